"""The learners of a run behind one face: the pipeline's stages do not ask how many there are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecEnv

from rl_training.config import TrainConfig
from rl_training.errors import ConfigError
from rl_training.runs.session import RunSession
from rl_training.training.live_parameters import change_parameter
from rl_training.training.party.lockstep import Lockstep
from rl_training.training.party.pupil import Pupil
from rl_training.training.standing import Standing
from rl_training.training.stop import StopRequest


@dataclass(frozen=True)
class Exported:
    """An exported policy.

    Attributes:
        path: the .onnx file.
        difference: largest difference from the trained policy.
    """

    path: Path
    difference: float


class Party(ABC):
    """The learners of a run.

    Attributes:
        pupils: at least one.
        lockstep: steps the groups of the scene; None: they are not told apart.
        resumed: it goes on from a checkpoint (`restore`).
    """

    pupils: Sequence[Pupil]
    lockstep: Lockstep | None = None
    resumed: bool = False

    @property
    @abstractmethod
    def config(self) -> TrainConfig:
        """The settings that are saved with the run."""

    @property
    @abstractmethod
    def env(self) -> VecEnv:
        """The environment, for what concerns all engines."""

    @property
    def num_agents(self) -> int:
        """Agents that learn."""
        return sum(pupil.learner.env.num_envs for pupil in self.pupils)

    @property
    def timesteps(self) -> int:
        """Decisions of all learning agents together."""
        return sum(pupil.learner.timesteps for pupil in self.pupils)

    @property
    @abstractmethod
    def results(self) -> tuple[float | None, float | None]:
        """Mean reward and success rate of the last episodes of all; None where unknown."""

    @property
    def algorithms(self) -> str:
        """Names of the algorithms, each once."""
        names = [pupil.algorithm for pupil in self.pupils]
        return ", ".join(dict.fromkeys(names))

    def change(self, name: str, value: Any) -> str:
        """Change a learner's parameter from its next update on; see `live_parameters`.

        Args:
            name: of the parameter, for all policies; "policy.parameter" for one of several.
            value: a number.

        Raises:
            ConfigError: the parameter may not change, or the value is out of range.
        """
        owner, _, parameter = name.rpartition(".")
        chosen = [pupil for pupil in self.pupils if pupil.name == owner or not owner]
        if not chosen:
            known = ", ".join(pupil.name for pupil in self.pupils)
            raise ConfigError(f"no policy {owner!r} learns; these do: {known}")
        told = [
            (pupil.name, change_parameter(pupil.learner.actor().model, parameter, value))
            for pupil in chosen
        ]
        return "; ".join(f"{who} {what}".strip() for who, what in told)

    def standings(self) -> dict[str, Standing]:
        """Return how each policy stands, by the name of its group."""
        return {
            pupil.name: Standing(pupil.learner.timesteps, *pupil.learner.results, pupil.mean_length)
            for pupil in self.pupils
        }

    @abstractmethod
    def restore(self, start: Path) -> tuple[Mapping[str, Any], int]:
        """Go on from a checkpoint; return what callbacks of the run remembered, and restarts.

        Raises:
            ModelError: the file is missing, damaged, or does not fit the settings.
        """

    @abstractmethod
    def learn(
        self, callbacks: Sequence[BaseCallback], log: Logger, stop: StopRequest, session: RunSession
    ) -> None:
        """Learn until the run's timesteps are done, or it is stopped.

        Args:
            callbacks: of the run as a whole.
            log: of the run.
            stop: ends it.
            session: the run.
        """

    @abstractmethod
    def save(self, path: Path, restarts: int, remembered: Mapping[str, Any]) -> None:
        """Write one file with all of it, whole or not at all."""

    @abstractmethod
    def export(self, session: RunSession, restarts: int) -> dict[str, Exported]:
        """Write the ONNX files; return them by policy."""

    def describe(self) -> list[str]:
        """Return how it learns, a line for each policy."""
        return [
            f"{pupil.name}: {pupil.learner.describe()}" if pupil.name else pupil.learner.describe()
            for pupil in self.pupils
        ]

    def notes(self) -> tuple[str, ...]:
        """Return what the learners have to say besides, line by line."""
        return tuple(
            f"{pupil.name}: {line}" if pupil.name else line
            for pupil in self.pupils
            for line in pupil.learner.summary()
        )

    @abstractmethod
    def details(self) -> Mapping[str, Any]:
        """Return the same as values that JSON can hold."""
