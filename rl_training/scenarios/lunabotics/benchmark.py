"""How fast the NumPy worlds are: world-steps per second of one core, and where the time goes.

    python -m rl_training.scenarios.lunabotics.benchmark [--runs 5] [--profile]

A world-step is one physics tick with observation, reward, ends and resets. Sizes take turns, so
that a busy machine slows all of them alike; medians are printed, by CPU time of this process and by
the clock. Actions are random and held for 20 ticks, so rovers meet rocks and walls.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import statistics
import sys
import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from rl_training.scenarios.lunabotics.vec_env import LunaboticsVecEnv

SIZES = (1, 64, 512, 4096)
WORLD_STEPS = 400_000
"""Of one measurement, at most."""
MOST_STEPS = 2000
"""Calls of one measurement, at most."""
_HELD = 20


class Rate(NamedTuple):
    """World-steps per second.

    Attributes:
        cpu: of this process's CPU time.
        wall: of the clock's.
    """

    cpu: float
    wall: float


class Runner:
    """Steps some worlds.

    Args:
        worlds: how many.
    """

    def __init__(self, worlds: int) -> None:
        self.worlds = worlds
        self._env = LunaboticsVecEnv(worlds, 0)
        self._env.reset()
        rng = np.random.default_rng(0)
        low, high = [-1.0, -1.0, 0.0], [1.0, 1.0, 1.0]
        self._actions: list[NDArray[np.float32]] = [
            rng.uniform(low, high, (worlds, 3)).astype(np.float32) for _ in range(16)
        ]
        self._done = 0
        # Episodes end all over the measurement, not all in one step.
        self._env.world.state.decisions[:] = rng.integers(0, 1800, worlds)
        self.step(100)

    def step(self, count: int) -> None:
        """Step so often."""
        for _ in range(count):
            self._env.step(self._actions[self._done // _HELD % len(self._actions)])
            self._done += 1

    def measure(self) -> Rate:
        """Return one measurement."""
        count = max(50, min(MOST_STEPS, WORLD_STEPS // self.worlds))
        cpu, wall = time.process_time(), time.perf_counter()
        self.step(count)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        return Rate(count * self.worlds / cpu, count * self.worlds / wall)


def main(argv: list[str] | None = None) -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5, help="measurements of each size")
    parser.add_argument("--profile", action="store_true", help="print where the time goes, too")
    given = parser.parse_args(argv)
    threadpool_limits(1)
    runners = [Runner(size) for size in SIZES]
    found: dict[int, list[Rate]] = {size: [] for size in SIZES}
    for _ in range(given.runs):
        for runner in runners:
            found[runner.worlds].append(runner.measure())
    load = " ".join(f"{each:.1f}" for each in os.getloadavg()) if hasattr(os, "getloadavg") else "?"
    print(f"{given.runs} runs of each, taking turns; {os.cpu_count()} cores, load {load}")
    print(f"{'worlds':>7}  {'steps/s of CPU time':>20}  {'steps/s of the clock':>20}")
    for size, rates in found.items():
        cpu, wall = (statistics.median(each) for each in zip(*rates, strict=True))
        print(f"{size:>7}  {cpu:>20,.0f}  {wall:>20,.0f}")
    if given.profile:
        for runner in runners[1::2]:
            _print_profile(runner)
    return 0


def _print_profile(runner: Runner) -> None:
    profile = cProfile.Profile(time.process_time)
    profile.runcall(runner.step, 400)
    print(f"\n{runner.worlds} worlds, 400 steps, by CPU time")
    pstats.Stats(profile, stream=sys.stdout).sort_stats("tottime").print_stats(14)


if __name__ == "__main__":
    sys.exit(main())
