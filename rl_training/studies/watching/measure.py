"""Pairs of segments of a living run, watched and not: steps a second, and processor time a step.

Called by `spacetime-rl study watching`. It attaches to a run as a window does, by a wish for poses,
and draws nothing: what is measured is the run's own cost. Both of a pair stand side by side in
time, so that a machine with other work is as busy in both; processor time tells more there.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psutil

from rl_training.errors import UsageError
from rl_training.runs.live_view import wish_poses
from rl_training.runs.metrics import read_new_metrics
from rl_training.runs.paths import RunPaths
from rl_training.runs.status import read_status

_POLL_S = 0.02
_LEASE_S = 4.0
_SETTLE = 1  # iterations after each change that do not count
_DRAWS = 2000


@dataclass(frozen=True)
class Segment:
    """Some iterations of a run.

    Attributes:
        rate: timesteps per second, by the clock.
        cpu_us: processor time of trainer and engines per timestep, microseconds.
    """

    rate: float
    cpu_us: float


def measure(
    paths: RunPaths,
    pairs: int,
    iterations: int,
    arenas: Sequence[int] = (0,),
    say: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Measure a living run with and without a watcher.

    Args:
        paths: of the run; its learner must write a line of metrics an iteration, as PPO does.
        pairs: at least 2.
        iterations: of each segment.
        arenas: that are watched.
        say: told each pair.

    Returns:
        "rate_ratio" and "cpu_ratio" (watched / not: median of the pairs, with the 95 % interval of
        a bootstrap), "pairs", and the medians of both kinds.

    Raises:
        UsageError: the run does not live, or ends meanwhile.
    """
    run = _Run(paths)
    rates, costs = [], []
    plain: list[Segment] = []
    watched: list[Segment] = []
    for number in range(pairs):
        found: dict[bool, Segment] = {}
        order = [False, True] if number % 2 == 0 else [True, False]
        for is_watched in order:
            run.look_on(arenas if is_watched else ())
            run.pass_by(_SETTLE)
            found[is_watched] = run.segment(iterations)
        plain.append(found[False])
        watched.append(found[True])
        rates.append(found[True].rate / found[False].rate)
        costs.append(found[True].cpu_us / found[False].cpu_us)
        if say is not None:
            say(f"pair {number + 1}: rate x {rates[-1]:.3f}, processor time x {costs[-1]:.3f}")
    run.look_on(())
    return {
        "pairs": pairs,
        "iterations": iterations,
        "arenas": list(arenas),
        "rate_ratio": _interval(rates),
        "cpu_ratio": _interval(costs),
        "steps_per_second": statistics.median(one.rate for one in plain),
        "steps_per_second_watched": statistics.median(one.rate for one in watched),
        "cpu_us_per_step": statistics.median(one.cpu_us for one in plain),
        "cpu_us_per_step_watched": statistics.median(one.cpu_us for one in watched),
    }


class _Run:
    """A living run as it is followed."""

    def __init__(self, paths: RunPaths) -> None:
        status = read_status(paths.status)
        if status is None or not status.is_alive:
            raise UsageError(f"{paths.experiment} is no living run of {paths.root}")
        self._paths = paths
        self._process = psutil.Process(status.pid)
        self._arenas: Sequence[int] = ()
        self._wish_at = 0.0
        _, self._offset = read_new_metrics(paths.metrics, 0)

    def look_on(self, arenas: Sequence[int]) -> None:
        """Watch these arenas from now on; none: no more."""
        self._arenas = arenas
        wish_poses(self._paths, arenas, _LEASE_S if arenas else -1.0, "study")
        # Engines look at wishes once a second.
        end = time.monotonic() + 1.2
        while time.monotonic() < end:
            self._keep()

    def pass_by(self, iterations: int) -> None:
        """Wait for the ends of iterations."""
        left = iterations
        while left > 0:
            left -= len(self._next())

    def segment(self, iterations: int) -> Segment:
        """Return what the next iterations are, from an end of one on."""
        first = self._next()[-1]
        began = self._cpu()
        rows: list[Any] = []
        while len(rows) < iterations:
            rows += self._next()
        spent = self._cpu() - began
        steps = rows[-1]["timesteps"] - first["timesteps"]
        return Segment(steps / (rows[-1]["time"] - first["time"]), spent * 1e6 / steps)

    def _next(self) -> list[Any]:
        while True:
            self._keep()
            rows, self._offset = read_new_metrics(self._paths.metrics, self._offset)
            if rows:
                return rows
            status = read_status(self._paths.status)
            if status is None or not status.is_alive:
                raise UsageError(f"{self._paths.experiment} ended before all was measured")

    def _keep(self) -> None:
        if self._arenas and time.monotonic() >= self._wish_at:
            self._wish_at = time.monotonic() + 1.0
            wish_poses(self._paths, self._arenas, _LEASE_S, "study")
        time.sleep(_POLL_S)

    def _cpu(self) -> float:
        total = 0.0
        for process in [self._process, *self._process.children(recursive=True)]:
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
        return total


def _interval(ratios: Sequence[float]) -> dict[str, float]:
    """Return the median of ratios with the 95 % interval of a bootstrap."""
    draw = random.Random(0)
    medians = sorted(statistics.median(draw.choices(ratios, k=len(ratios))) for _ in range(_DRAWS))
    return {
        "median": statistics.median(ratios),
        "low": medians[int(0.025 * _DRAWS)],
        "high": medians[int(0.975 * _DRAWS)],
    }
