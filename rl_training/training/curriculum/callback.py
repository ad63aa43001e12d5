"""The curriculum in a run: Stable-Baselines3's callbacks around `curriculum.Curriculum`.

Made by the pipeline when lessons or schedules are configured; other runs pay nothing. Each policy
has an `EpisodesCallback`, the run one `CurriculumCallback`, which changes parameters between two
rollouts, when nothing is in flight.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import KVWriter, Logger

from rl_training.errors import ConfigError
from rl_training.runs.session import RunSession
from rl_training.training.curriculum.curriculum import Curriculum
from rl_training.training.curriculum.wording import line
from rl_training.training.live_parameters import require_change
from rl_training.training.party.party import Party

logger = logging.getLogger(__name__)

_LOOK_EVERY = 16  # decisions at least between two looks: off-policy "rollouts" are one long
_SAY_EVERY_S = 120.0
_TAGS = {"lesson": "lesson", "value": "measure", "threshold": "threshold", "episodes": "episodes"}


def follow(
    curriculum: Curriculum, party: Party, log: Logger, session: RunSession
) -> list[BaseCallback]:
    """Return the run's callbacks that follow lessons and schedules; nothing where there are none.

    Each policy's own is given to its pupil.

    Raises:
        ConfigError: a lesson sets what may not change in this learner.
    """
    if not curriculum.is_live:
        return []
    for lessons in curriculum.lessons.values():
        for number, lesson in enumerate(lessons.settings.lessons, 1):
            for name, value in lesson.learner.items():
                _require(party, name, value, f"curriculum.{lessons.parameter}, lesson {number}")
    episodes = []
    for pupil in party.pupils if curriculum.lessons else ():
        others = len(party.pupils) > 1
        episodes.append(EpisodesCallback(curriculum, pupil.name, others=others))
        pupil.listeners.append(episodes[-1])
    if curriculum.logged_tags:
        log.output_formats.append(LoggedNumbers(curriculum))
    return [CurriculumCallback(curriculum, party.env, episodes, session, change=party.change)]


def _require(party: Party, name: str, value: float, where: str) -> None:
    for pupil in party.pupils:
        try:
            require_change(pupil.learner.actor().model, name, value)
        except ConfigError as error:
            raise ConfigError(f"{where}: {error}") from error


class EpisodesCallback(BaseCallback):
    """Tells a curriculum of the episodes of one policy.

    Args:
        curriculum: of the run.
        policy: its name; empty where there is only one.
        others: other policies may learn on when this one has ended.
    """

    def __init__(self, curriculum: Curriculum, policy: str = "", *, others: bool = False) -> None:
        super().__init__()
        self._others = others
        self.policy = policy
        self._curriculum = curriculum

    @property
    def infos(self) -> Sequence[Mapping[str, Any]]:
        """Infos of the last decision; empty before the first."""
        return self.locals.get("infos") or ()

    def _on_training_start(self) -> None:
        self._curriculum.open(self.policy, self.training_env.num_envs)

    def _on_step(self) -> bool:
        dones = self.locals["dones"]
        if dones.any():
            infos = self.locals["infos"]
            for agent in np.flatnonzero(dones).tolist():
                self._curriculum.end(self.policy, agent, infos[agent])
        return True

    def _on_training_end(self) -> None:
        if self._others:
            self._curriculum.close(self.policy)
            self.locals = {}


class CurriculumCallback(BaseCallback):
    """Begins lessons, follows schedules, and says how the lessons stand.

    Logs `curriculum/<parameter>/lesson` (from 1), `/measure`, `/threshold` and `/episodes`.

    Args:
        curriculum: of the run.
        env: takes `set_parameters`.
        episodes: of each policy that learns.
        session: whose status shows the lessons; None: nobody asks.
        say_every_s: seconds between two lines that say why a lesson has not advanced.
        change: changes a setting of the learner, by name, and says what it was.
    """

    def __init__(
        self,
        curriculum: Curriculum,
        env: Any,
        episodes: Sequence[EpisodesCallback] = (),
        session: RunSession | None = None,
        say_every_s: float = _SAY_EVERY_S,
        change: Callable[[str, float], str] = lambda _name, _value: "",
    ) -> None:
        super().__init__()
        self._curriculum = curriculum
        self._env = env
        self._episodes = tuple(episodes)
        self._session = session
        self._say_every_s = say_every_s
        self._change = change
        self._learner: dict[str, float] = {}
        self._say_at: dict[tuple[str, int], float] = {}
        self._look_at = 0
        self._tell_at = 0
        self._row: dict[str, float] = {}

    def _on_rollout_start(self) -> None:
        if self.n_calls < self._look_at:
            return
        self._look_at = self.n_calls + _LOOK_EVERY
        done = self.model.num_timesteps
        for each in self._episodes:
            if each.infos:
                self._curriculum.forget_absent(each.policy, each.infos)
        for said in self._curriculum.look(done):
            logger.info("%s", said)
        changes = self._curriculum.changes(done)
        if changes:
            self._env.set_parameters(changes)
        self._change_learner()
        self._say_why()

    def _change_learner(self) -> None:
        # Only what is new: what was set by hand holds until a lesson says otherwise.
        for name, value in self._curriculum.learner().items():
            if self._learner.get(name) != value:
                self._learner[name] = value
                logger.info("the lesson sets %s", self._change(name, value))

    def _on_rollout_end(self) -> None:
        if self.n_calls >= self._tell_at:
            self._tell_at = self.n_calls + _LOOK_EVERY
            self._tell()
        for tag, value in self._row.items():
            self.logger.record(tag, value)

    def _on_step(self) -> bool:
        return True

    def _on_training_end(self) -> None:
        self._tell()

    def _tell(self) -> None:
        status = self._curriculum.status()
        if self._session is not None:
            self._session.writer.update(curriculum=status)
        self._row = {
            f"curriculum/{name}/{shown}": float(told[key])
            for name, told in status.items()
            for key, shown in _TAGS.items()
            if told[key] is not None
        }

    def _say_why(self) -> None:
        now = time.monotonic()
        for name, lessons in self._curriculum.lessons.items():
            key = (name, lessons.index)
            if key not in self._say_at:  # it has just begun
                self._say_at[key] = now + self._say_every_s
            elif now >= self._say_at[key] and not lessons.is_last:
                self._say_at[key] = now + self._say_every_s
                logger.info("%s", line(lessons))


class LoggedNumbers(KVWriter):
    """An output of the run's log that hands a curriculum the numbers that it asks for.

    Args:
        curriculum: of the run.
    """

    def __init__(self, curriculum: Curriculum) -> None:
        self._curriculum = curriculum
        self._tags = curriculum.logged_tags

    def write(
        self,
        key_values: dict[str, Any],
        key_excluded: dict[str, tuple[str, ...]],
        step: int = 0,
    ) -> None:
        """Take what is asked for of one row."""
        for tag in self._tags:
            value = key_values.get(tag)
            if value is not None and np.isfinite(value):
                self._curriculum.log(tag, float(value))

    def close(self) -> None:
        """There is nothing to close."""
