"""This harness's training defaults, as the cells that train want them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

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
        from stable_baselines3 import PPO

        from rl_training.algorithms.on_policy import PPOLearner
        from rl_training.training.configuration import default_config

        class TorchForward(PPOLearner):
            def kind(self) -> type[PPO]:
                return PPO

        kind = TorchForward if torch_forward else PPOLearner
        return cast("PPO", kind(env, default_config(scenario)).model)
