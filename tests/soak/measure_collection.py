"""How much of the harness's own rate a collection keeps: pairs of equal work, in turn.

    python tests/soak/measure_collection.py --rounds 5

Each round plays about the same decisions twice on the same engines: `env.step` with random actions
and nothing else, and a `DataCollector` that writes a compressed file. Which comes first changes
from round to round. Prints each ratio and their median.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.play.collecting.collector import DataCollector
from rl_training.play.policies import RandomPolicy


def bare(env: GodotVecEnv, decisions: int) -> float:
    """Return decisions a second of the environment alone."""
    policy = RandomPolicy(env, 0)
    obs = env.reset()
    steps = max(1, decisions // env.num_envs)
    began = time.perf_counter()
    for _ in range(steps):
        obs, *_ = env.step(policy.act(obs))
    return steps * env.num_envs / (time.perf_counter() - began)


def collected(env: GodotVecEnv, episodes: int, seed: int) -> tuple[float, int, float]:
    """Return decisions a second of a collection, its decisions, and its file's share of bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "data.traj")
        collector = DataCollector(lambda: env, path, seed=seed)
        _ = collector.env
        began = time.perf_counter()
        found = collector.collect_episodes(episodes)
        seconds = time.perf_counter() - began
        share = path.stat().st_size / sum(one.nbytes for one in found)
        return collector.steps / seconds, collector.steps, share


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--episodes", type=int, default=0, help="of a round; 0: one each agent")
    parser.add_argument("--num_envs", type=int, default=2)
    parser.add_argument("--arenas", type=int, default=64)
    parser.add_argument("--scene_path", default="res://scenes/features/vr_locomotion_test.tscn")
    given = parser.parse_args()
    project = Path(__file__).parents[2]
    ratios = []
    with GodotVecEnv(
        project_path=project,
        scene_path=given.scene_path,
        num_envs=given.num_envs,
        arenas=given.arenas,
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
            ratios.append(kept / alone)
            print(
                f"round {number}: alone {alone:,.0f}, collected {kept:,.0f} decisions/s, "
                f"ratio {ratios[-1]:.3f}; file {share:.2f} of the arrays' bytes",
                flush=True,
            )
    print(f"median ratio {statistics.median(ratios):.3f} of {len(ratios)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
