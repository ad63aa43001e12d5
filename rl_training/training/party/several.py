"""Several learners in one run: each in a thread of its own, one at a time, one file of all.

A learner that is done plays on with what it has learned until the others are done too: all agents
decide together.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from rl_training.algorithms.sb3_learner import limit_threads
from rl_training.checkpoints.policy_set import (
    SetMember,
    is_policy_set,
    read_policy_set,
    write_policy_set,
)
from rl_training.config import TrainConfig
from rl_training.errors import ModelError
from rl_training.runs.paths import policy_file
from rl_training.runs.seeds import episode_seed
from rl_training.runs.session import RunSession
from rl_training.training.callbacks import StopCallback
from rl_training.training.party.baton import Baton
from rl_training.training.party.lockstep import Lockstep, PlayedOut
from rl_training.training.party.party import Exported, Party
from rl_training.training.party.policy_log import PolicyLog
from rl_training.training.party.pupil import Pupil, remembered_in
from rl_training.training.party.roles import Roles
from rl_training.training.party.totals import TotalsCallback
from rl_training.training.party.whole import Whole, WholeRun
from rl_training.training.stop import StopRequest


class Several(Party):
    """Several learners.

    Args:
        pupils: one for each view of `lockstep`, in its order.
        lockstep: steps their agents together.
        roles: of all groups.
        config: the run.
    """

    def __init__(
        self, pupils: Sequence[Pupil], lockstep: Lockstep, roles: Roles, config: TrainConfig
    ) -> None:
        self.pupils = tuple(pupils)
        self.lockstep = self._lockstep = lockstep
        self._roles = roles
        self._config = config
        self._learning: set[str] = set()
        self._began_anew = False
        self._env = cast(Any, lockstep.env)
        self._env.seed(config.seed)

    @property
    def config(self) -> TrainConfig:
        """See `Party`."""
        return self._config

    @property
    def env(self) -> VecEnv:
        """See `Party`."""
        env: VecEnv = self._env
        return env

    @property
    def results(self) -> tuple[float | None, float | None]:
        """See `Party`: the means of the policies' means."""
        results = [pupil.learner.results for pupil in self.pupils]
        reward = [each for each, _ in results if each is not None]
        success = [each for _, each in results if each is not None]
        return (_mean(reward), _mean(success))

    def restore(self, start: Path) -> tuple[Mapping[str, Any], int]:
        """See `Party`. The environment gets a seed that depends on the timesteps done."""
        self.resumed = True
        if not is_policy_set(start):
            raise ModelError(
                f"{start} was trained with one policy, the settings ask for "
                f"{len(self.pupils)}; begin anew under another --experiment_name"
            )
        found = read_policy_set(start)
        remembered: tuple[Mapping[str, Any], int] = ({}, 0)
        folder = self._folder(start)
        for pupil in self.pupils:
            member = found.member(pupil.name)
            path = folder / f"{policy_file(pupil.name)}.zip"
            if member.file != path.name:
                raise ModelError(f"{start} holds no policy of {pupil.name!r} that has learned")
            folder.mkdir(parents=True, exist_ok=True)
            found.extract(pupil.name, folder)
            try:
                pupil.restore(path)
                if pupil is self.pupils[0]:
                    remembered = remembered_in(path)
            finally:
                path.unlink()
        self._tidy(folder)
        self._env.seed(episode_seed(self._config.seed, self.timesteps))
        return remembered

    def learn(
        self, callbacks: Sequence[BaseCallback], log: Logger, stop: StopRequest, session: RunSession
    ) -> None:
        """See `Party`."""
        policy_log = PolicyLog(log)
        whole = Whole(
            [pupil.learner for pupil in self.pupils], self._lockstep.views, log, self._env
        )
        totals = TotalsCallback(lambda: self.results)
        run = WholeRun(whole, self._lockstep.views, [totals, *callbacks])

        def write() -> None:
            if policy_log.has_news:
                policy_log.write(self.timesteps)

        def on_barrier() -> None:
            run.decided()
            if self._began_anew:
                self._began_anew = False
                run.between(write)

        tasks = [self._task(pupil, policy_log, stop, session) for pupil in self.pupils]
        baton = Baton(tasks)
        self._learning = {pupil.name for pupil in self.pupils}
        self._lockstep.wait = baton.pass_on
        self._lockstep.on_barrier = on_barrier
        self._lockstep.is_over = lambda: not self._learning
        run.begin()
        baton.run()
        run.end(write)

    def save(self, path: Path, restarts: int, remembered: Mapping[str, Any]) -> None:
        """See `Party`: a set of all policies (`checkpoints.policy_set`)."""
        folder = self._folder(path)
        folder.mkdir(parents=True, exist_ok=True)
        models: dict[str, Path] = {}
        try:
            for pupil in self.pupils:
                models[pupil.name] = folder / f"{policy_file(pupil.name)}.zip"
                # What the run remembers is in the first one.
                own = remembered if pupil is self.pupils[0] else {}
                pupil.save(models[pupil.name], restarts, own)
            for name, policy in self._roles.frozen.items():
                models[name] = Path(policy.model or "")
            write_policy_set(path, self._members(), models, self.timesteps)
        finally:
            for pupil in self.pupils:
                (folder / f"{policy_file(pupil.name)}.zip").unlink(missing_ok=True)
            self._tidy(folder)

    def export(self, session: RunSession, restarts: int) -> dict[str, Exported]:
        """See `Party`."""
        found: dict[str, Exported] = {}
        for pupil in self.pupils:
            path = session.paths.policy_onnx(pupil.name)
            found[pupil.name] = Exported(path, pupil.export(path, restarts))
            session.made("onnx", path, self.timesteps)
        return found

    def details(self) -> Mapping[str, Any]:
        """See `Party`: by policy."""
        told = {pupil.name: dict(pupil.learner.details()) for pupil in self.pupils}
        return {"policy_details": told} if any(told.values()) else {}

    def _task(
        self, pupil: Pupil, log: PolicyLog, stop: StopRequest, session: RunSession
    ) -> Callable[[], None]:
        model = pupil.learner.actor().model
        short = isinstance(model, OffPolicyAlgorithm)
        everyone_short = all(
            isinstance(each.learner.actor().model, OffPolicyAlgorithm) for each in self.pupils
        )
        observations = session.paths.policy_observations(pupil.name)
        callbacks: list[BaseCallback] = [*pupil.callbacks(observations)]
        # Rollouts of a learner with a replay buffer are one decision long: no moment of note.
        if not short or everyone_short:
            callbacks.append(_BeginsAnew(self._note_beginning))
        callbacks.append(StopCallback(stop))

        def task() -> None:
            limit_threads(self._config.training.torch_threads)
            try:
                if pupil.learner.timesteps < pupil.learner.config.training.timesteps:
                    pupil.learner.learn(callbacks, log.of(pupil.name), resumed=self.resumed)
            finally:
                self._learning.discard(pupil.name)
            with contextlib.suppress(PlayedOut):
                pupil.learner.play_on(lambda: bool(self._learning))

        return task

    def _note_beginning(self) -> None:
        self._began_anew = True

    def _members(self) -> list[SetMember]:
        roles, found = self._roles, []
        for name in roles.groups:
            if name in roles.frozen:
                found.append(SetMember(name, "frozen", actions=roles.frozen[name].actions))
            elif name in roles.scripted:
                found.append(SetMember(name, "scripted"))
            else:
                found.append(SetMember(name, shares=roles.sharing.get(name, "")))
        return found

    def _folder(self, path: Path) -> Path:
        """Return where the members of a set are while it is written, and their replay buffers."""
        experiment = self._config.experiment_name
        return path.parent / f"{experiment}_policies"

    def _tidy(self, folder: Path) -> None:
        with contextlib.suppress(OSError):
            folder.rmdir()


class _BeginsAnew(BaseCallback):
    """Notes that a learner has learned and begins a rollout."""

    def __init__(self, note: Callable[[], None]) -> None:
        super().__init__()
        self._note = note

    def _on_rollout_start(self) -> None:
        self._note()

    def _on_step(self) -> bool:
        return True


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
