"""One policy that learns in a run, with what is remembered and told of it alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback

from rl_training.algorithms.learner import Learner
from rl_training.checkpoints.checkpoint import (
    CheckpointMeta,
    read_callbacks,
    read_meta,
    read_recorded,
)
from rl_training.checkpoints.sb3_classes import class_name
from rl_training.config import TrainConfig
from rl_training.policy_export.layout import action_layout, observation_parts
from rl_training.policy_export.onnx_export import export
from rl_training.policy_export.verify import verify
from rl_training.runs.paths import policy_file
from rl_training.training.callbacks import (
    AbsentCallback,
    EpisodeMetricsCallback,
    ExplorationCallback,
)
from rl_training.training.reset_analysis import ResetAnalysis
from rl_training.training.scene_facts import ObservationSamples, observation_names, scene_facts
from rl_training.training.turtle_recovery import TurtleRecoveryLogger
from rl_training.training.watch.watch_callback import WatchCallback

_EPISODES = "episodes"
_TURTLES = "turtles"


class Pupil:
    """A learner and its callbacks, its checkpoint and its export.

    Args:
        name: of its group; empty where there is only one.
        learner: untrained.
        config: with which it learns.

    Attributes:
        name: as given.
        learner: as given.
        listeners: callbacks of the run that are told of this policy alone.
    """

    def __init__(self, name: str, learner: Learner, config: TrainConfig) -> None:
        self.name = name
        self.learner = learner
        self.listeners: list[BaseCallback] = []
        self._config = config
        self._names = observation_names(learner.env)
        self._facts = scene_facts(learner.env)
        self._episodes = EpisodeMetricsCallback()
        self._samples = ObservationSamples()
        ticks = self._facts.get("physics_ticks_per_second")
        self._turtles = TurtleRecoveryLogger(int(ticks or 0), policy=name)
        self._algorithm = class_name(learner.actor().model)

    def callbacks(self, observations: Path) -> list[BaseCallback]:
        """Return what concerns this policy alone while it learns.

        Args:
            observations: file that gets the ranges of its observation's elements.
        """
        found: list[BaseCallback] = [self._episodes, self._samples, AbsentCallback()]
        found += [
            self._turtles,
            ResetAnalysis(self._resets(observations), self._config.debug.learning),
        ]
        found += self.listeners
        actions = self._config.actions
        if actions.log_std_final is not None:
            start, final = actions.log_std_init, actions.log_std_final
            found.append(ExplorationCallback(start, final, self._config.training.timesteps))
        if self._config.training.hints:
            found.append(WatchCallback(observations, policy=self.name))
        return found

    def _resets(self, observations: Path) -> Path:
        name = f"resets_{policy_file(self.name)}.json" if self.name else "resets.json"
        return observations.with_name(name)

    def save(self, path: Path, restarts: int, remembered: Mapping[str, Any]) -> None:
        """Write its checkpoint.

        Args:
            path: the .zip file.
            restarts: engines that failed until now.
            remembered: what callbacks of the run remember, by their names.
        """
        memory = {
            _EPISODES: self._episodes.state(),
            **({_TURTLES: self._turtles.state()} if self._turtles.events else {}),
            **remembered,
        }
        self.learner.save(path, self.meta(restarts), memory, self._samples.recorded())

    def restore(self, start: Path) -> None:
        """Go on from a checkpoint; see `Learner.restore`."""
        self.learner.restore(start)
        self._episodes.restore(read_callbacks(start).get(_EPISODES, {}))
        self._turtles.restore(read_callbacks(start).get(_TURTLES, {}))
        self._samples.restore(read_recorded(start))

    def export(self, path: Path, restarts: int) -> float:
        """Write its ONNX file; return how far that differs from the trained policy at most.

        Raises:
            ModelError: it cannot be exported, or the file differs.
        """
        model, normaliser = self.learner.actor()
        seen = self._samples.recorded()
        export(model, normaliser, path, self.meta(restarts), seen)
        return verify(path, model, normaliser, recorded=seen).max_difference

    def meta(self, restarts: int) -> CheckpointMeta:
        """Return what its checkpoint says about itself."""
        return CheckpointMeta(
            algorithm=self._algorithm,
            scenario=self._config.scenario,
            seed=self._config.seed,
            timesteps=self.learner.timesteps,
            config=self.learner.config.public_dict(),
            restarts=restarts,
            observation_names=self._names,
            scene=self._facts,
        )

    @property
    def algorithm(self) -> str:
        """Name of its algorithm, as the settings have it."""
        return self._config.algorithm.name

    @property
    def mean_length(self) -> float | None:
        """Mean length of its last episodes; None before the first."""
        model: Any = self.learner.actor().model
        lengths = [episode["l"] for episode in model.ep_info_buffer or ()]
        return math.fsum(lengths) / len(lengths) if lengths else None


def remembered_in(start: Path) -> tuple[Mapping[str, Any], int]:
    """Return what callbacks of the run remembered in a checkpoint, and its restarts."""
    return read_callbacks(start), read_meta(start).restarts


def require_exportable(env: Any) -> None:
    """Refuse spaces that no exported model can have.

    Raises:
        ModelError: the observation or the actions.
    """
    observation_parts(env.observation_space)
    action_layout(env.action_space)
