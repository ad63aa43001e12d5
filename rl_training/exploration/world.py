"""Engines as arenas that play levels, decision by decision.

Called by the explorer and by `confirm`. It hides how episodes are ordered, cut off and found again
after an engine failed; it decides nothing and judges nothing.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from rl_training.envs import GodotVecEnv
from rl_training.envs.groups import ParameterSetting
from rl_training.envs.settings import EXPLORE_ARGS, EnvSettings
from rl_training.errors import EngineError, HarnessError, ProtocolError, UsageError
from rl_training.exploration.course import Course
from rl_training.exploration.moment import Moment
from rl_training.exploration.moment_reader import MomentReader
from rl_training.exploration.spans import Spans
from rl_training.limits import MAX_SEED
from rl_training.protocol import EnvInfo

TOGETHER = "--rl.arena_episodes=together"
TIED = (
    "several agents share an arena and begin each by itself: their episodes were tied together "
    "(arena_episodes=together), so that a level decides what all of them play"
)
"""What a reader should know where engines were started with `TOGETHER`."""


def with_words(settings: EnvSettings, *words: str) -> EnvSettings:
    """Return the settings of engines that are started with more words."""
    return dataclasses.replace(settings, env_args=(*settings.env_args, *words))


def is_to_be_tied(info: EnvInfo) -> bool:
    """Return whether several agents share an arena and begin each by itself."""
    harness = info.harness
    several = info.arenas.count(0) > 1
    return several and harness is not None and harness.arena_episodes == "each"


class World:
    """All arenas of all engines. Use it in a `with` block, or call `close`.

    Where several agents of an arena begin each by itself, the game is started with their episodes
    tied together (`notes` says so): only then a level decides what all of them play.

    Args:
        settings: of the environment; "worlds" isolation makes levels exact.
        parameters: environment parameters of all episodes.
        env: whose engines are played; started with `EXPLORE_ARGS`, where it `is_to_be_tied` also
            with `TOGETHER`, and ended by who started it. None: engines are started by these
            settings.

    Attributes:
        env: the environment.
        spans: which agents are in which arena.
        takes_levels: whether the game plays levels as ordered; without, no state can be returned
            to.
        notes: what a reader of the report should know of the game.
        is_dead: the engine failed and was not to be replaced.

    Raises:
        HarnessError: the game does not start, or does not know a parameter's arena.
    """

    def __init__(
        self,
        settings: EnvSettings,
        parameters: Mapping[str, ParameterSetting] | None = None,
        env: GodotVecEnv | None = None,
    ) -> None:
        self.notes: list[str] = []
        self.is_dead = False
        self._parameters = dict(parameters or {})
        self.settings = with_words(settings, *EXPLORE_ARGS)
        self._owns = env is None
        self.env = GodotVecEnv.from_settings(self.settings) if env is None else env
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        if self._owns and is_to_be_tied(self.env.env_info):
            self.notes.append(TIED)
            self.env.close()
            self.settings = with_words(self.settings, TOGETHER)
            self.env = GodotVecEnv.from_settings(self.settings)
        harness = self.env.env_info.harness
        self.takes_levels = harness is not None and harness.takes_orders
        self.spans = Spans(self.env.groups)
        waits_for_all = harness is not None and harness.arena_episodes == "last"
        if self._parameters:
            self.env.set_parameters(self._parameters)
        if not self.takes_levels:
            self.notes.append(
                "this game takes no levels (another plugin, or JSON): states cannot be returned to"
            )
        self._courses = [Course(self.takes_levels) for _ in range(self.arenas)]
        self._starts = np.ones(self.env.num_envs, np.bool_)
        self._reader = MomentReader(self.env, self.spans, waits_for_all)
        self.obs: dict[str, dict[str, NDArray[Any]]] = {}

    @property
    def levels(self) -> list[int]:
        """What each arena plays now; -1: a numbered episode."""
        return [course.level for course in self._courses]

    @property
    def arenas(self) -> int:
        """Arenas over all engines."""
        return len(self.spans.seats)

    @property
    def width(self) -> int:
        """Numbers of one arena's action."""
        return self.spans.width

    @property
    def starts(self) -> NDArray[np.bool_]:
        """(rows,) bool: the next decision of the environment's row is the first of an episode."""
        return self._starts

    def is_playing(self, arena: int) -> bool:
        """Whether the next decision of the arena counts."""
        return not self._courses[arena].skips

    def begin(self, levels: Mapping[int, int]) -> dict[int, Moment]:
        """Begin an episode in all arenas, of these levels."""
        self._order({arena: [level] for arena, level in levels.items()})
        found = self.env.reset_groups()
        self.obs = {name: dict(one.obs) for name, one in found.items()}
        for arena, course in enumerate(self._courses):
            course.start(levels.get(arena))
        self._starts[:] = True
        lines = self._reader.new_lines()
        return {arena: self._reader.first(arena, found, lines) for arena in range(self.arenas)}

    def order(self, levels: Mapping[int, Sequence[int]]) -> None:
        """Say what arenas play after the episode that is under way, each level once.

        Of an arena that `is_playing` denies, the first one is what it begins to play then.
        """
        for arena, queue in levels.items():
            self._courses[arena].order(queue)
        self._order({arena: list(queue) for arena, queue in levels.items()})

    def cut(self, arenas: list[int]) -> None:
        """End the episodes of arenas; they begin what was ordered with the decision after next."""
        rows = [seat.env_row for arena in arenas for seat in self.spans.seats[arena]]
        if rows:
            self.env.set_attr("truncated", True, indices=rows)
            for arena in arenas:
                self._courses[arena].skips = True

    def step(self, actions: NDArray[np.float64]) -> dict[int, Moment]:
        """Let all arenas decide.

        Args:
            actions: (arenas, width).

        Returns:
            The moment of each arena whose decision counted.

        Raises:
            HarnessError: an engine failed and cannot be replaced any more.
        """
        given = self.spans.split(actions)
        try:
            found = self.env.step_groups(given)
        except (EngineError, ProtocolError) as error:
            if self.settings.max_restarts > 0:
                raise
            self.is_dead = True
            return {
                arena: self._reader.last(arena, actions[arena], course, error)
                for arena, course in enumerate(self._courses)
            }
        self.obs = {name: dict(one.obs) for name, one in found.items()}
        lines = self._reader.new_lines()
        self._starts[:] = False
        moments: dict[int, Moment] = {}
        lost: list[int] = []
        for arena, course in enumerate(self._courses):
            moment = self._reader.after_step(arena, found, actions[arena], lines, course)
            if moment.ended:
                for seat in self.spans.seats[arena]:
                    self._starts[seat.env_row] = True
                course.begin()
            if moment.failure is not None:
                lost.append(arena)
            if not course.skips:
                moments[arena] = moment
            elif moment.ended:
                course.skips = False
        self._recover(lost)
        return moments

    def close(self) -> None:
        """End the engines, where this world started them; may be called again."""
        if self._owns:
            with contextlib.suppress(HarnessError):
                self.env.close()

    def kill(self) -> None:
        """End the engines at once: recordings under way stay as they are."""
        for client in self.env.envs:
            if client.process is not None:
                client.process.stop(timeout_s=0.0)
        self.close()

    def __enter__(self) -> Self:
        """Return the world."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """End the engines."""
        self.close()

    def _order(self, levels: Mapping[int, list[int]]) -> None:
        if self.takes_levels and levels:
            for level in (each for queue in levels.values() for each in queue):
                if not 0 <= level <= MAX_SEED:
                    raise UsageError(f"a level lies in [0, {MAX_SEED}], found {level}")
            self.env.set_levels(levels)

    def _recover(self, lost: list[int]) -> None:
        """The replaced engines play numbered episodes: cut those off and order levels again."""
        self._reader.open_logs({int(self._reader.engine_of[arena]) for arena in lost})
        if lost and self.takes_levels:
            playing = {arena: self._courses[arena] for arena in lost}
            self.order({a: [max(0, one.level), *one.queued] for a, one in playing.items()})
            self.cut(lost)
