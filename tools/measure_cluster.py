"""What it costs to play rollouts in an actor of a Ray cluster instead of beside the learner.

    python tools/measure_cluster.py --rollouts 9
    python tools/measure_cluster.py --algorithm sac --steps 16

Two sets of the same engines, one played here, one by an actor of a cluster on this machine, take
turns: a rollout here, one there. Other work on the machine slows both.
"""

from __future__ import annotations

import argparse
import pickle
import statistics
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import torch
from stable_baselines3 import SAC

from rl_training.algorithms.collection import CollectingPPO, collecting
from rl_training.algorithms.normalisation import SeatNormalize
from rl_training.config.sections import ClusterSettings
from rl_training.envs import EnvSettings, GodotVecEnv
from rl_training.envs.cluster.ray_vec_env import RayVecEnv
from rl_training.envs.seats import SeatMonitor
from rl_training.scenarios import get_scenario


class Side:
    """Engines and who is to learn from them."""

    def __init__(self, env: Any, steps: int, algorithm: str) -> None:
        seen = SeatNormalize(SeatMonitor(env))
        kind: Any = CollectingPPO if algorithm == "ppo" else collecting(SAC)
        how: dict[str, Any] = {"n_steps": steps, "batch_size": 1024}
        if algorithm == "sac":
            # As `train` makes it; the actions are the policy's from the first decision on.
            network = {"net_arch": [256, 256], "activation_fn": torch.nn.ReLU}
            how = {"train_freq": steps, "learning_starts": 0, "policy_kwargs": network}
        self.env = env
        self._model: Any = kind("MultiInputPolicy", seen, seed=0, device="cpu", **how)
        self._model.collection = "free"
        _, self._callback = self._model._setup_learn(1 << 30, None)

    def rollout(self) -> float:
        """Collect one; return its seconds."""
        model, began = self._model, time.perf_counter()
        if hasattr(model, "rollout_buffer"):
            model.collect_rollouts(model.env, self._callback, model.rollout_buffer, model.n_steps)
        else:
            model.collect_rollouts(
                *(model.env, self._callback, model.train_freq, model.replay_buffer)
            )
        return time.perf_counter() - began


class Sizes:
    """Notes how large what goes to an actor and what comes back is, pickled."""

    def __init__(self, crew: Any) -> None:
        self.given = self.score = self.played = 0
        begin, finished, share = crew.begin, crew.finished, crew.share

        def shared(value: Any) -> Any:
            self.score = len(pickle.dumps(value, protocol=5))
            return share(value)

        def begun(actor: int, given: Any) -> None:
            self.given += len(pickle.dumps(given[1:], protocol=5))
            begin(actor, given)

        def watched(*, wait: bool) -> Any:
            for actor, answer in finished(wait=wait):
                self.played = len(pickle.dumps(answer, protocol=5))
                yield actor, answer

        crew.begin, crew.finished, crew.share = begun, watched, shared


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenario", default="vr_locomotion")
    parser.add_argument("--algorithm", default="ppo", choices=("ppo", "sac"))
    parser.add_argument("--rollouts", type=int, default=9, help="of each side (9)")
    parser.add_argument("--steps", type=int, default=256, help="decisions of a rollout (256)")
    parser.add_argument("--num_envs", type=int, default=1, help="engines of each side (1)")
    parser.add_argument("--arenas", type=int, default=16)
    parser.add_argument("--port", type=int, default=13200)
    options = parser.parse_args()
    torch.set_num_threads(1)
    scenario = get_scenario(options.scenario)
    settings = EnvSettings(
        project_path=str(ROOT),
        scene_path=scenario.scene_path,
        num_envs=options.num_envs,
        arenas=options.arenas,
        action_repeat=scenario.action_repeat,
        port=options.port,
    )
    cluster = ClusterSettings(backend="ray", engines_per_actor=options.num_envs)
    with GodotVecEnv.from_settings(settings) as here, RayVecEnv(settings, cluster) as there:
        sides = [Side(env, options.steps, options.algorithm) for env in (here, there)]
        for side in sides:  # what is made at the first rollout is not measured
            side.rollout()
        times: list[list[float]] = [[], []]
        for _ in range(options.rollouts):
            for side, own in zip(sides, times, strict=True):
                own.append(side.rollout())
        sizes = Sizes(there._crew)
        sides[1].rollout()
        medians = [statistics.median(own) for own in times]
        ratios = [a / b for a, b in zip(*times, strict=True)]
        agents = here.num_envs
    print(f"{options.steps} decisions of {agents} agents, {options.rollouts} rollouts of each side")
    print(f"here:     {medians[0] * 1000:8.1f} ms a rollout (median)")
    print(f"an actor: {medians[1] * 1000:8.1f} ms a rollout (median)")
    print(f"rate of the actor / rate here: {medians[0] / medians[1]:.3f} of the medians,")
    spread = f"({min(ratios):.2f} to {max(ratios):.2f})"
    print(f"  {statistics.median(ratios):.3f} median of pairs {spread}")
    print(f"policy {sizes.score:,} bytes, random numbers {sizes.given:,}, rollout {sizes.played:,}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
