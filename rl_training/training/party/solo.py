"""A party of one: a single learner in the caller's thread, its checkpoint the run's."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecEnv

from rl_training.checkpoints.policy_set import is_policy_set, read_policy_set
from rl_training.config import TrainConfig
from rl_training.errors import ModelError
from rl_training.runs.session import RunSession
from rl_training.training.callbacks import StopCallback
from rl_training.training.party.lockstep import Lockstep
from rl_training.training.party.party import Exported, Party
from rl_training.training.party.pupil import Pupil, remembered_in
from rl_training.training.stop import StopRequest


class Solo(Party):
    """One learner.

    Args:
        pupil: it.
        env: all agents of the scene.
        config: the run, where it says more than the learner's own settings; None: those.
        lockstep: steps the groups of the scene; None: they are not told apart.
    """

    def __init__(
        self,
        pupil: Pupil,
        env: VecEnv,
        config: TrainConfig | None = None,
        lockstep: Lockstep | None = None,
    ) -> None:
        self.pupils = (pupil,)
        self.lockstep = lockstep
        self._pupil = pupil
        self._env = env
        self._config = config

    @property
    def config(self) -> TrainConfig:
        """See `Party`."""
        return self._pupil.learner.config if self._config is None else self._config

    @property
    def env(self) -> VecEnv:
        """See `Party`."""
        return self._env

    @property
    def results(self) -> tuple[float | None, float | None]:
        """See `Party`."""
        return self._pupil.learner.results

    def restore(self, start: Path) -> tuple[Mapping[str, Any], int]:
        """See `Party`. Of a set of policies, its own is taken."""
        self.resumed = True
        if not is_policy_set(start):
            self._pupil.restore(start)
            return remembered_in(start)
        found = read_policy_set(start)
        with tempfile.TemporaryDirectory() as folder:
            member = found.extract(self._pupil.name, Path(folder))
            if member is None or member.suffix != ".zip":
                raise ModelError(f"{start} holds no checkpoint of the policy {self._pupil.name!r}")
            self._pupil.restore(member)
            return remembered_in(member)

    def learn(
        self, callbacks: Sequence[BaseCallback], log: Logger, stop: StopRequest, session: RunSession
    ) -> None:
        """See `Party`."""
        own = self._pupil.callbacks(session.paths.observations)
        callbacks = [*callbacks, *own, StopCallback(stop)]
        self._pupil.learner.learn(callbacks, log, resumed=self.resumed)

    def save(self, path: Path, restarts: int, remembered: Mapping[str, Any]) -> None:
        """See `Party`."""
        self._pupil.save(path, restarts, remembered)

    def export(self, session: RunSession, restarts: int) -> dict[str, Exported]:
        """See `Party`."""
        path = session.paths.final_onnx
        difference = self._pupil.export(path, restarts)
        session.made("onnx", path, self.timesteps)
        return {self._pupil.name: Exported(path, difference)}

    def details(self) -> Mapping[str, Any]:
        """See `Party`."""
        return self._pupil.learner.details()
