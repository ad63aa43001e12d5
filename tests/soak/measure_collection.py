"""How much of the harness's own rate a collection keeps: pairs of equal work, in turn.

    python tests/soak/measure_collection.py --rounds 5

Each round plays about the same decisions twice on the same engines: `env.step` with random actions
and nothing else, and a `DataCollector` that writes a compressed file. Which comes first changes
from round to round. Prints each ratio and their median: of decisions a second by the clock, and of
decisions for each second of processor time, of Python and its engines together, which other work on
the machine does not stretch.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))

from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.play.collecting.collector import DataCollector
from rl_training.play.policies import RandomPolicy
from rl_training.studies.dashboard.usage import usage_of


class Rate(NamedTuple):
    """How fast decisions were made.

    Attributes:
        clock: decisions a second.
        processor: decisions for each second of processor time.
    """

    clock: float
    processor: float


class Stopwatch:
    """Runs from its making."""

    def __init__(self) -> None:
        self._clock, self._processor = time.perf_counter(), usage_of(os.getpid()).cpu_s

    def rate(self, decisions: int) -> Rate:
        """Return the rate of so many decisions."""
        clock = time.perf_counter() - self._clock
        return Rate(decisions / clock, decisions / (usage_of(os.getpid()).cpu_s - self._processor))


def bare(env: GodotVecEnv, decisions: int) -> Rate:
    """Return the rate of the environment alone."""
    policy = RandomPolicy(env, 0)
    obs = env.reset()
    steps = max(1, decisions // env.num_envs)
    watch = Stopwatch()
    for _ in range(steps):
        obs, *_ = env.step(policy.act(obs))
    return watch.rate(steps * env.num_envs)


def collected(env: GodotVecEnv, episodes: int, seed: int) -> tuple[Rate, int, float]:
    """Return the rate of a collection, its decisions, and its file's share of bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "data.traj")
        collector = DataCollector(lambda: env, path, seed=seed)
        _ = collector.env
        watch = Stopwatch()
        found = collector.collect_episodes(episodes)
        rate = watch.rate(collector.steps)
        share = path.stat().st_size / sum(one.nbytes for one in found)
        return rate, collector.steps, share


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--episodes", type=int, default=0, help="of a round; 0: one each agent")
    parser.add_argument("--num_envs", type=int, default=2)
    parser.add_argument("--arenas", type=int, default=64)
    parser.add_argument("--port", type=int, default=11008)
    parser.add_argument("--scene_path", default="res://scenes/features/vr_locomotion_test.tscn")
    given = parser.parse_args()
    project = Path(__file__).parents[2]
    ratios: list[Rate] = []
    with GodotVecEnv(
        project_path=project,
        scene_path=given.scene_path,
        num_envs=given.num_envs,
        arenas=given.arenas,
        port=given.port,
    ) as env:
        episodes = given.episodes or env.num_envs
        _, decisions, _ = collected(env, episodes, 0)
        for number in range(given.rounds):
            if number % 2:
                alone = bare(env, decisions)
                kept, _, share = collected(env, episodes, number + 1)
            else:
                kept, _, share = collected(env, episodes, number + 1)
                alone = bare(env, decisions)
            ratios.append(Rate(kept.clock / alone.clock, kept.processor / alone.processor))
            print(
                f"round {number}: {alone.clock:,.0f} decisions/s alone, "
                f"{kept.clock:,.0f} collected, ratio {ratios[-1].clock:.3f}; a processor second "
                f"{alone.processor:,.0f} and {kept.processor:,.0f}, ratio "
                f"{ratios[-1].processor:.3f}; file {share:.2f} of the arrays' bytes",
                flush=True,
            )
    clock = statistics.median(one.clock for one in ratios)
    processor = statistics.median(one.processor for one in ratios)
    print(f"median of {len(ratios)}: {clock:.3f} by the clock, {processor:.3f} by processor time")
    return 0


if __name__ == "__main__":
    sys.exit(main())
