#!/usr/bin/env python3
"""Measure one cell of the benchmark in this process: TASK.json RESULT.json SECONDS.

Started by benchmark_harness.py. It lends the suite this harness's training settings.
"""

from __future__ import annotations

import faulthandler
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import configure_logging, run_main
from rl_training.studies.benchmark.worker import run_cell

if TYPE_CHECKING:
    from stable_baselines3 import PPO
    from stable_baselines3.common.vec_env import VecEnv

    from rl_training.studies.benchmark.ppo_cells import RolloutShape


class DefaultLearner:
    """The training script's defaults, as `benchmark.ppo_cells.Learner` wants them."""

    def shape(self, scenario: str, agents: int) -> RolloutShape:
        """Return the rollout of a default run with so many agents."""
        from rl_training.algorithms.on_policy import rollout_shape
        from rl_training.config.algorithms import PPOSettings
        from rl_training.studies.benchmark.ppo_cells import RolloutShape
        from rl_training.training.configuration import default_config

        config = default_config(scenario)
        assert isinstance(config.algorithm, PPOSettings), "the benchmark measures PPO"
        n_steps, batch_size = rollout_shape(config.algorithm, agents, config.training.timesteps)
        return RolloutShape(n_steps, batch_size, config.algorithm.n_epochs)

    def make(self, env: VecEnv, scenario: str, torch_forward: bool) -> PPO:
        """Return the untrained model of a default run, its normaliser around `env` included."""
        from typing import cast

        from stable_baselines3 import PPO

        from rl_training.algorithms.on_policy import PPOLearner
        from rl_training.training.configuration import default_config

        class TorchForward(PPOLearner):
            def kind(self) -> type[PPO]:
                return PPO

        kind = TorchForward if torch_forward else PPOLearner
        return cast(PPO, kind(env, default_config(scenario)).model)


def main(argv: list[str] | None = None) -> int:
    """Measure what the first file says and write the second; end after so many seconds."""
    task, result, limit_s = sys.argv[1:] if argv is None else argv
    # The stock client can wait for ever, and whoever started this process may be gone by then.
    faulthandler.dump_traceback_later(float(limit_s), exit=True)
    configure_logging()
    return run_cell(Path(task), Path(result), DefaultLearner)


if __name__ == "__main__":
    sys.exit(run_main(main))
