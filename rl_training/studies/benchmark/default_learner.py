"""This harness's training defaults, as the cells that train want them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stable_baselines3 import PPO
    from stable_baselines3.common.vec_env import VecEnv

    from rl_training.studies.benchmark.ppo_cells import RolloutShape


class DefaultLearner:
    """The training script's defaults, as `benchmark.ppo_cells.Learner` wants them."""

    def shape(self, scenario: str, agents: int) -> RolloutShape:
        """Return the rollout of a default run with so many agents."""
        from rl_training.algorithms.ppo import rollout_shape
        from rl_training.studies.benchmark.ppo_cells import RolloutShape
        from rl_training.training.arguments import training_config

        config = training_config([], scenario, "")
        n_steps, batch_size = rollout_shape(config.ppo, agents, config.timesteps)
        return RolloutShape(n_steps, batch_size, config.ppo.n_epochs)

    def make(self, env: VecEnv, scenario: str, torch_forward: bool) -> PPO:
        """Return the untrained model of a default run, its normaliser around `env` included."""
        from stable_baselines3 import PPO

        from rl_training.algorithms.collection import CollectingPPO
        from rl_training.algorithms.ppo import make_model, normalise
        from rl_training.training.arguments import training_config

        config = training_config([], scenario, "")
        kind = PPO if torch_forward else CollectingPPO
        normalised = normalise(env, config.ppo) or env
        return make_model(normalised, config.ppo, 0, config.timesteps, kind)
