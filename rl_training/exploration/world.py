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
from rl_training.envs.groups import GroupReset, GroupStep, ParameterSetting
from rl_training.envs.settings import EnvSettings
from rl_training.errors import (
    EngineError,
    EngineTimeoutError,
    HarnessError,
    ObservationError,
    ProtocolError,
    UsageError,
)
from rl_training.exploration.engine_log import EngineLog, LogLine
from rl_training.exploration.moment import Failure, Moment
from rl_training.exploration.spans import Spans, digest, seen
from rl_training.limits import MAX_SEED

FACTS = "--rl.explore=1"
TOGETHER = "--rl.arena_episodes=together"


class World:
    """All arenas of all engines. Use it in a `with` block, or call `close`.

    Where several agents of an arena begin each by itself, the game is started with their episodes
    tied together (`notes` says so): only then a level decides what all of them play.

    Args:
        settings: of the environment; "worlds" isolation makes levels exact.
        parameters: environment parameters of all episodes.

    Attributes:
        env: the environment.
        spans: which agents are in which arena.
        takes_levels: whether the game plays levels as ordered; without, no state can be returned
            to.
        levels: what each arena plays now; -1: a numbered episode.
        notes: what a reader of the report should know of the game.
        is_dead: the engine failed and was not to be replaced.

    Raises:
        HarnessError: the game does not start, or does not know a parameter's arena.
    """

    def __init__(
        self, settings: EnvSettings, parameters: Mapping[str, ParameterSetting] | None = None
    ) -> None:
        self.notes: list[str] = []
        self.is_dead = False
        self._parameters = dict(parameters or {})
        self.settings = dataclasses.replace(settings, env_args=(*settings.env_args, FACTS))
        self.env = GodotVecEnv.from_settings(self.settings)
        try:
            self._open()
        except BaseException:
            self.env.close()
            raise

    def _open(self) -> None:
        harness = self.env.env_info.harness
        self.takes_levels = harness is not None and harness.takes_orders
        self.spans = Spans(self.env.groups)
        several = len(self.spans.seats[0]) > 1
        if several and harness is not None and harness.arena_episodes == "each":
            self.notes.append(
                "several agents share an arena and begin each by itself: their episodes were tied "
                "together (arena_episodes=together), so that a level decides what all of them play"
            )
            self.env.close()
            args = (*self.settings.env_args, TOGETHER)
            self.settings = dataclasses.replace(self.settings, env_args=args)
            self.env = GodotVecEnv.from_settings(self.settings)
            self.spans = Spans(self.env.groups)
            harness = self.env.env_info.harness
        self._waits_for_all = harness is not None and harness.arena_episodes == "last"
        if self._parameters:
            self.env.set_parameters(self._parameters)
        if not self.takes_levels:
            self.notes.append(
                "this game takes no levels (another plugin, or JSON): states cannot be returned to"
            )
        count = self.arenas
        self.levels = [-1] * count
        self._queued: list[list[int]] = [[] for _ in range(count)]
        self._decisions = [0] * count
        self._skips = [False] * count  # the next decision ends an episode that nobody plays
        self._over: list[set[int]] = [set() for _ in range(count)]
        self._starts = np.ones(self.env.num_envs, np.bool_)
        self._logs = [
            None if client.process is None else EngineLog(client.process.log_path)
            for client in self.env.envs
        ]
        bounds = self.env.group_rows.arena_bounds
        self._engine_of = np.searchsorted(np.asarray(bounds[1:]), np.arange(count), side="right")
        self.obs: dict[str, dict[str, NDArray[Any]]] = {}

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
        return not self._skips[arena]

    def begin(self, levels: Mapping[int, int]) -> dict[int, Moment]:
        """Begin an episode in all arenas, of these levels."""
        self._order({arena: [level] for arena, level in levels.items()})
        found = self.env.reset_groups()
        self.obs = {name: dict(one.obs) for name, one in found.items()}
        for arena in range(self.arenas):
            self._skips[arena] = False
            self._queued[arena] = [levels[arena]] if arena in levels else []
            self._note_begin(arena)
        self._starts[:] = True
        lines = self._new_lines()
        return {arena: self._first(arena, found, lines) for arena in range(self.arenas)}

    def order(self, levels: Mapping[int, Sequence[int]]) -> None:
        """Say what arenas play after the episode that is under way, each level once.

        Of an arena that `is_playing` denies, the first one is what it begins to play then.
        """
        for arena, queue in levels.items():
            self._queued[arena] = list(queue)
        self._order({arena: list(queue) for arena, queue in levels.items()})

    def cut(self, arenas: list[int]) -> None:
        """End the episodes of arenas; they begin what was ordered with the decision after next."""
        rows = [seat.env_row for arena in arenas for seat in self.spans.seats[arena]]
        if rows:
            self.env.set_attr("truncated", True, indices=rows)
            for arena in arenas:
                self._skips[arena] = True

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
            return {arena: self._last(arena, actions, error) for arena in range(self.arenas)}
        self.obs = {name: dict(one.obs) for name, one in found.items()}
        lines = self._new_lines()
        self._starts[:] = False
        moments: dict[int, Moment] = {}
        lost: list[int] = []
        for arena in range(self.arenas):
            moment = self._moment(arena, found, actions[arena], lines)
            if moment.ended:
                for seat in self.spans.seats[arena]:
                    self._starts[seat.env_row] = True
                self._note_begin(arena)
            if moment.failure is not None:
                lost.append(arena)
            if not self._skips[arena]:
                moments[arena] = moment
            elif moment.ended:
                self._skips[arena] = False
        self._recover(lost)
        return moments

    def close(self) -> None:
        """End the engines; may be called again."""
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

    def _note_begin(self, arena: int) -> None:
        queue = self._queued[arena]
        self.levels[arena] = queue.pop(0) if queue and self.takes_levels else -1
        self._decisions[arena] = 0
        self._over[arena].clear()

    def _recover(self, lost: list[int]) -> None:
        """The replaced engines play numbered episodes: cut those off and order levels again."""
        for engine in {int(self._engine_of[arena]) for arena in lost}:
            process = self.env.envs[engine].process
            self._logs[engine] = None if process is None else EngineLog(process.log_path)
        if lost and self.takes_levels:
            self.order({a: [max(0, self.levels[a]), *self._queued[a]] for a in lost})
            self.cut(lost)

    def _new_lines(self) -> list[tuple[LogLine, ...]]:
        return [() if log is None else tuple(log.new()) for log in self._logs]

    def _first(
        self, arena: int, found: Mapping[str, GroupReset], lines: list[tuple[LogLine, ...]]
    ) -> Moment:
        seats = self.spans.seats[arena]
        parts = [seen(found[seat.group].obs, seat.row) for seat in seats]
        return Moment(
            arena=arena,
            decision=-1,
            observation=np.concatenate([floats for floats, _ in parts]),
            digest=digest([whole for _, whole in parts]),
            action=np.zeros(0),
            infos=tuple(found[seat.group].infos[seat.row] for seat in seats),
            log=lines[self._engine_of[arena]],
        )

    def _moment(
        self,
        arena: int,
        found: Mapping[str, GroupStep],
        action: NDArray[np.float64],
        lines: list[tuple[LogLine, ...]],
    ) -> Moment:
        parts, infos, rewards = [], [], []
        terminated = False
        over = self._over[arena]
        failure: Failure | None = None
        for place, seat in enumerate(self.spans.seats[arena]):
            one = found[seat.group]
            info = one.infos[seat.row]
            if one.terminated[seat.row] or one.truncated[seat.row]:
                over.add(place)
                terminated = terminated or bool(one.terminated[seat.row])
                parts.append(seen(info["terminal_observation"], None))
            else:
                parts.append(seen(one.obs, seat.row))
            if "engine_restart" in info:
                failure = self._failure_of(int(info["engine_restart"]))
            infos.append(info)
            rewards.append(float(one.rewards[seat.row]))
        everyone = len(over) == len(self.spans.seats[arena])
        decision = self._decisions[arena]
        self._decisions[arena] += 1
        return Moment(
            arena=arena,
            decision=decision,
            observation=np.concatenate([floats for floats, _ in parts]),
            digest=digest([whole for _, whole in parts]),
            action=action.copy(),
            rewards=tuple(rewards),
            ended=everyone if self._waits_for_all and failure is None else bool(over),
            terminated=terminated,
            infos=tuple(infos),
            log=lines[self._engine_of[arena]],
            failure=failure,
        )

    def _failure_of(self, restart: int) -> Failure:
        told = self.env.restarts[restart - 1]
        log = () if told.failure is None else tuple(told.failure.log_tail)
        return Failure(_KINDS.get(told.error, "crash"), told.reason, log)

    def _last(self, arena: int, actions: NDArray[np.float64], error: HarnessError) -> Moment:
        log = () if error.failure is None else tuple(error.failure.log_tail)
        return Moment(
            arena=arena,
            decision=self._decisions[arena],
            observation=np.zeros(0, np.float32),
            digest=0,
            action=actions[arena].copy(),
            ended=True,
            log=tuple(line for log_ in self._logs if log_ is not None for line in log_.new()),
            failure=Failure(_kind_of(error), " ".join(str(error).split()), log),
        )


_KINDS = {
    "EngineTimeoutError": "hang",
    "ObservationError": "nan",
    "ObservationValueError": "nan",
}


def _kind_of(error: HarnessError) -> str:
    if isinstance(error, EngineTimeoutError):
        return "hang"
    return "nan" if isinstance(error, ObservationError) else "crash"
