"""Callbacks that use the engine's HTTP API while a policy learns: scene reloads, figures.

Users pass them to `train(more_callbacks=...)` or to Stable-Baselines3's `learn`; the command
`api_controlled_training.py` does. They speak to engines beside the trainer's connection, or to
those that an `HttpVecEnv` drives.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from stable_baselines3.common.callbacks import BaseCallback

from rl_training.envs.http_api.client import EngineApi
from rl_training.errors import HttpApiError

logger = logging.getLogger(__name__)

_RATIOS = ("physics_frame_time_ratio", "render_frame_time_ratio", "chunk_count_ratio")


class SceneReloadCallback(BaseCallback):
    """Reloads the engines' scene every `reload_frequency` timesteps, in the middle of training.

    For games whose world wears out (leaks, debris, drifting state), and for scenes that were edited
    on disk. The running episodes end as truncated with the next decision: their last transition is
    told with `TimeLimit.truncated` and its terminal observation, no transition is lost, and the
    policy, the normaliser and the counts go on.

    Args:
        apis: a client of each engine, owned by whoever made them.
        reload_frequency: timesteps between two reloads, >= 1.

    Attributes:
        reloads: how often the scene was reloaded.
    """

    def __init__(self, apis: EngineApi | Sequence[EngineApi], reload_frequency: int) -> None:
        super().__init__()
        if reload_frequency < 1:
            raise ValueError(f"reload_frequency is {reload_frequency}, expected >= 1")
        self.reloads = 0
        self._apis = [apis] if isinstance(apis, EngineApi) else list(apis)
        self._frequency = reload_frequency
        self._reloaded_at = 0

    def _on_training_start(self) -> None:
        self._reloaded_at = self.num_timesteps

    def _on_step(self) -> bool:
        if self.num_timesteps // self._frequency > self._reloaded_at // self._frequency:
            self._reloaded_at = self.num_timesteps
            for api in self._apis:
                api.reload_scene()
            self.reloads += 1
            logger.info("reloaded the scene at %s steps", f"{self.num_timesteps:,}")
        return True

    def _on_rollout_end(self) -> None:
        self.logger.record("engine/scene_reloads", self.reloads)


class ApiMetricsCallback(BaseCallback):
    """Logs the engine's `performance/...` ratios (docs/performance.md) after each rollout.

    An engine that does not answer is warned of once, and training goes on.

    Args:
        api: a client of the engine, owned by whoever made it.
    """

    def __init__(self, api: EngineApi) -> None:
        super().__init__()
        self._api = api
        self._warned = False

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        try:
            told = self._api.metrics()
        except HttpApiError as error:
            if not self._warned:
                logger.warning("no performance metrics: %s", error)
            self._warned = True
            return
        for name in _RATIOS:
            value = told.get(name)
            if isinstance(value, (int, float)):
                self.logger.record(f"performance/{name}", float(value))
