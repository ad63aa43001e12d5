"""Cloning against TD3+BC from fixed data, played in the engine: the table of docs/imitation.md.

    python tests/soak/measure_offline.py --good good.traj --random random.traj

Each learner learns from the good episodes alone, then from those and as many decisions of random
play. Every policy is exported and plays the same episodes in the engine.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from stable_baselines3.common.logger import Logger

from rl_training.algorithms.imitation.spaces_only import SpacesOnly
from rl_training.algorithms.registry import learner_class
from rl_training.algorithms.sb3_learner import limit_threads
from rl_training.checkpoints.checkpoint import CheckpointMeta
from rl_training.checkpoints.sb3_classes import class_name
from rl_training.config import TrainConfig
from rl_training.config.layers import Layer, resolve
from rl_training.data.readers import read_trajectories
from rl_training.data.spaces import action_space_of, observation_space_of
from rl_training.data.trajectory import Trajectory
from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.request import EvaluationRequest
from rl_training.policy_export.onnx_export import export


def main() -> None:
    """Learn, play, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--good", type=Path, required=True)
    parser.add_argument("--random", type=Path, required=True)
    parser.add_argument("--scenario", default="vr_locomotion")
    parser.add_argument("--timesteps", type=int, default=400_000)
    parser.add_argument("--episodes", type=int, default=40)
    parser.add_argument("--port", type=int)
    parser.add_argument("--only", choices=("good", "mixed"), help="one data set")
    given = parser.parse_args()
    limit_threads(1)
    good = read_trajectories(given.good)
    mixed = [*good, *_as_many(read_trajectories(given.random), sum(map(len, good)))]
    print("| data | decisions | learner | seconds | success | mean reward | touches |")
    print("|---|---|---|---|---|---|---|")
    for name, data in (("good", good), ("mixed", mixed)):
        for algorithm in ("bc", "td3_bc") if given.only in (None, name) else ():
            began = time.process_time()
            learner = _trained(algorithm, data, given.timesteps)
            seconds = time.process_time() - began
            report = _played(learner, given)
            touches = np.mean([row.metrics.get("collisions", np.nan) for row in report.rows()])
            print(
                f"| {name} | {sum(map(len, data)):,} | `{algorithm}` | {seconds:.0f} | "
                f"{100 * (report.success_rate or 0.0):.0f} % | {report.mean_reward:.1f} | "
                f"{touches:.2f} |",
                flush=True,
            )


def _as_many(episodes: Sequence[Trajectory], decisions: int) -> list[Trajectory]:
    found: list[Trajectory] = []
    while episodes and sum(map(len, found)) < decisions and len(found) < len(episodes):
        found.append(episodes[len(found)])
    return found


def _trained(algorithm: str, data: list[Trajectory], timesteps: int) -> Any:
    settings = {"algorithm": {"name": algorithm}, "training": {"timesteps": timesteps}}
    config: TrainConfig = resolve([Layer("measurement", settings)]).config
    env = SpacesOnly(observation_space_of(data), action_space_of(data))
    make: Any = learner_class(algorithm)
    learner = make(env, config, data)
    learner.learn([], Logger(None, []), resumed=False)
    return learner


def _played(learner: Any, given: argparse.Namespace) -> Any:
    model, normaliser = learner.actor()
    meta = CheckpointMeta(algorithm=class_name(model), timesteps=learner.timesteps)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "policy.onnx")
        export(model, normaliser, file, meta)
        return evaluate(
            EvaluationRequest(
                model=file,
                scenario=given.scenario,
                episodes=given.episodes,
                in_engine=True,
                num_envs=1,
                arenas=given.episodes // 2,
                port=given.port,
            )
        )


if __name__ == "__main__":
    main()
