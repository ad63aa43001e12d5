"""Makes moments of what the environment returns and of the engines' logs.

Called by `World`. It joins what the agents of an arena saw; it orders nothing and judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rl_training.envs import GodotVecEnv
from rl_training.envs.groups import GroupReset, GroupStep
from rl_training.errors import EngineTimeoutError, HarnessError, ObservationError
from rl_training.exploration.course import Course
from rl_training.exploration.engine_log import EngineLog, LogLine
from rl_training.exploration.moment import Failure, Moment
from rl_training.exploration.spans import Spans, digest, seen

_KINDS = {
    "EngineTimeoutError": "hang",
    "ObservationError": "nan",
    "ObservationValueError": "nan",
}

Lines = Sequence[tuple[LogLine, ...]]
"""What each engine wrote since the last decision."""


class MomentReader:
    """Reads the moments of all arenas.

    Args:
        env: the environment.
        spans: which agents are in which arena.
        waits_for_all: an arena's episode ends when those of all its agents are over.

    Attributes:
        engine_of: (arenas,) int, the engine of each arena.
    """

    def __init__(self, env: GodotVecEnv, spans: Spans, waits_for_all: bool) -> None:
        self._env = env
        self._spans = spans
        self._waits_for_all = waits_for_all
        self._logs: list[EngineLog | None] = [None] * len(env.envs)
        self.open_logs(range(len(env.envs)))
        bounds = env.group_rows.arena_bounds
        arenas = np.arange(len(spans.seats))
        self.engine_of = np.searchsorted(np.asarray(bounds[1:]), arenas, side="right")

    def open_logs(self, engines: Iterable[int]) -> None:
        """Read these engines' logs from their beginning: they were started just now."""
        for engine in engines:
            process = self._env.envs[engine].process
            self._logs[engine] = None if process is None else EngineLog(process.log_path)

    def new_lines(self) -> Lines:
        """Return what each engine wrote since this was last asked."""
        return [() if log is None else tuple(log.new()) for log in self._logs]

    def first(self, arena: int, found: Mapping[str, GroupReset], lines: Lines) -> Moment:
        """Return the beginning of an episode."""
        seats = self._spans.seats[arena]
        parts = [seen(found[seat.group].obs, seat.row) for seat in seats]
        return Moment(
            arena=arena,
            decision=-1,
            observation=np.concatenate([floats for floats, _ in parts]),
            digest=digest([whole for _, whole in parts]),
            action=np.zeros(0),
            infos=tuple(found[seat.group].infos[seat.row] for seat in seats),
            log=lines[self.engine_of[arena]],
        )

    def after_step(
        self,
        arena: int,
        found: Mapping[str, GroupStep],
        action: NDArray[np.float64],
        lines: Lines,
        course: Course,
    ) -> Moment:
        """Return what a decision brought; the course counts it, and who is over."""
        parts, infos, rewards = [], [], []
        terminated = False
        failure: Failure | None = None
        seats = self._spans.seats[arena]
        for place, seat in enumerate(seats):
            one = found[seat.group]
            info = one.infos[seat.row]
            if one.terminated[seat.row] or one.truncated[seat.row]:
                course.over.add(place)
                terminated = terminated or bool(one.terminated[seat.row])
                parts.append(seen(info["terminal_observation"], None))
            else:
                parts.append(seen(one.obs, seat.row))
            if "engine_restart" in info:
                failure = self._failure_of(int(info["engine_restart"]))
            infos.append(info)
            rewards.append(float(one.rewards[seat.row]))
        waits = self._waits_for_all and failure is None
        return Moment(
            arena=arena,
            decision=course.count(),
            observation=np.concatenate([floats for floats, _ in parts]),
            digest=digest([whole for _, whole in parts]),
            action=action.copy(),
            rewards=tuple(rewards),
            ended=len(course.over) == len(seats) if waits else bool(course.over),
            terminated=terminated,
            infos=tuple(infos),
            log=lines[self.engine_of[arena]],
            failure=failure,
        )

    def last(
        self, arena: int, action: NDArray[np.float64], course: Course, error: HarnessError
    ) -> Moment:
        """Return the decision in which the engine failed for good."""
        tail = () if error.failure is None else tuple(error.failure.log_tail)
        return Moment(
            arena=arena,
            decision=course.decision,
            observation=np.zeros(0, np.float32),
            digest=0,
            action=action.copy(),
            ended=True,
            log=tuple(line for lines in self.new_lines() for line in lines),
            failure=Failure(_kind_of(error), " ".join(str(error).split()), tail),
        )

    def _failure_of(self, restart: int) -> Failure:
        told = self._env.restarts[restart - 1]
        tail = () if told.failure is None else tuple(told.failure.log_tail)
        return Failure(_KINDS.get(told.error, "crash"), told.reason, tail)


def _kind_of(error: HarnessError) -> str:
    if isinstance(error, EngineTimeoutError):
        return "hang"
    return "nan" if isinstance(error, ObservationError) else "crash"
