"""What a run of several policies logs of all together, under the tags of a run of one."""

from __future__ import annotations

import time
from collections.abc import Callable

from stable_baselines3.common.callbacks import BaseCallback


class TotalsCallback(BaseCallback):
    """Logs `rollout/ep_rew_mean`, `rollout/success_rate`, `rollout/ep_len_mean` and `time/...`.

    Args:
        results: returns mean reward and success rate over all policies.
    """

    def __init__(self, results: Callable[[], tuple[float | None, float | None]]) -> None:
        super().__init__()
        self._results = results
        self._began = 0.0
        self._began_at = 0

    def _on_training_start(self) -> None:
        self._began, self._began_at = time.monotonic(), self.num_timesteps

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        reward, success = self._results()
        if reward is not None:
            self.logger.record("rollout/ep_rew_mean", reward)
        if success is not None:
            self.logger.record("rollout/success_rate", success)
        lengths = [episode["l"] for episode in self.model.ep_info_buffer or ()]
        if lengths:
            self.logger.record("rollout/ep_len_mean", sum(lengths) / len(lengths))
        done, seconds = self.num_timesteps, time.monotonic() - self._began
        self.logger.record("time/fps", int((done - self._began_at) / max(seconds, 1e-9)))
        self.logger.record("time/time_elapsed", int(seconds))
        self.logger.record("time/total_timesteps", done, exclude="tensorboard")
