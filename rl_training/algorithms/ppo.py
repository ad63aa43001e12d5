"""Make PPO, or load it from a checkpoint, with the run's settings."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from gymnasium import spaces
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecEnv, VecNormalize
from threadpoolctl import threadpool_limits

from rl_training.algorithms.collection import CollectingPPO
from rl_training.checkpoints.checkpoint import load_checkpoint, read_meta, restore_random_states
from rl_training.config import PPOConfig
from rl_training.errors import ModelError
from rl_training.runs.seeds import episode_seed

MIN_ROLLOUT_STEPS = 16
"""An agent's shortest rollout when the length is chosen for a short run."""

Schedule = Callable[[float], float]


def rollout_shape(config: PPOConfig, num_agents: int, timesteps: int) -> tuple[int, int]:
    """Choose the rollout's length and the batch size for so many agents.

    A run gets at least four rollouts, so a short one neither overshoots its timesteps by far nor
    ends without having learned. Batches divide the rollout evenly.

    Returns:
        (n_steps, batch_size)
    """
    n_steps = config.n_steps
    if n_steps is None:
        per_agent = min(config.rollout_size, math.ceil(timesteps / 4)) / num_agents
        n_steps = max(MIN_ROLLOUT_STEPS, round(per_agent))
        batches = max(1, round(n_steps * num_agents / config.batch_size))
        n_steps = max(1, round(n_steps / batches)) * batches
    rollout = n_steps * num_agents
    batches = max(1, round(rollout / config.batch_size))
    return n_steps, math.ceil(rollout / batches)


def normalise(env: VecEnv, config: PPOConfig) -> VecNormalize | None:
    """Wrap an environment with running normalisation; None when the settings ask for none.

    Images and other observations that are not vectors of floats stay as they are.
    """
    space = env.observation_space
    keys: list[str] | None = None
    norm_obs = config.normalise_obs
    if isinstance(space, spaces.Dict):
        keys = [key for key, part in space.spaces.items() if _is_vector(part)]
        norm_obs = norm_obs and bool(keys)
    else:
        norm_obs = norm_obs and _is_vector(space)
    if not norm_obs and not config.normalise_reward:
        return None
    return VecNormalize(
        env,
        norm_obs=norm_obs,
        norm_reward=config.normalise_reward,
        clip_obs=config.clip_obs,
        gamma=config.gamma,
        norm_obs_keys=keys if norm_obs else None,
    )


def make_model(
    env: VecEnv,
    config: PPOConfig,
    seed: int,
    timesteps: int,
    kind: type[PPO] = CollectingPPO,
) -> PPO:
    """Make an untrained PPO on the CPU for this environment.

    Args:
        env: as it is trained on, normalisation included.
        config: how it learns.
        seed: of Python, NumPy and torch.
        timesteps: how long it will train, which bounds the rollout.
        kind: PPO or a class that learns like it.
    """
    _limit_threads(config.torch_threads)
    policy = "MultiInputPolicy" if isinstance(env.observation_space, spaces.Dict) else "MlpPolicy"
    with warnings.catch_warnings():
        # SB3 advises against truncated mini-batches; rollout_shape keeps them even where it can.
        warnings.simplefilter("ignore", UserWarning)
        return kind(
            policy,
            env,
            gae_lambda=config.gae_lambda,
            gamma=config.gamma,
            vf_coef=config.vf_coef,
            policy_kwargs={
                "net_arch": list(config.net_arch),
                "activation_fn": torch.nn.Tanh if config.activation == "tanh" else torch.nn.ReLU,
                "log_std_init": config.log_std_init,
            },
            seed=seed,
            device="cpu",
            **_changeable(config, env.num_envs, timesteps),
        )


def load_model(path: Path, env: VecEnv, config: PPOConfig, seed: int, timesteps: int) -> PPO:
    """Load a checkpoint to go on training: weights, optimiser, counters, normaliser, generators.

    Settings that may change in mid-run (rates, rollout, batch) are the config's. The environment
    gets a seed that depends on the timesteps done, so that the run does not replay its episodes.

    Raises:
        ModelError: the file is missing, damaged, or does not fit the environment or the settings.
    """
    _limit_threads(config.torch_threads)
    changes = _changeable(config, env.num_envs, timesteps)
    changes["lr_schedule"] = changes["learning_rate"]
    changes |= {"gamma": config.gamma, "gae_lambda": config.gae_lambda, "vf_coef": config.vf_coef}
    # SB3 seeds the environment with the model's seed when it loads.
    changes["seed"] = episode_seed(seed, read_meta(path).timesteps)
    checkpoint = load_checkpoint(path, env, custom_objects=changes, make=CollectingPPO)
    model = checkpoint.model
    if not isinstance(model, PPO):
        raise ModelError(f"{path} holds {type(model).__name__}, not PPO")
    widths = model.policy_kwargs.get("net_arch")
    if widths != list(config.net_arch):
        raise ModelError(
            f"{path} has layers {widths}, the settings ask for {list(config.net_arch)}: "
            "the network of a resumed run cannot change"
        )
    wrapper = model.get_vec_normalize_env()
    if (wrapper is None) != (checkpoint.normaliser is None):
        raise ModelError(
            f"{path} was {'not ' if wrapper else ''}trained with a normaliser, the settings ask "
            f"for {'one' if wrapper else 'none'}: it cannot change in a resumed run"
        )
    if wrapper is not None and checkpoint.normaliser is not None:
        checkpoint.normaliser.apply_to(wrapper)
    restore_random_states(path)
    return model


def _limit_threads(count: int) -> None:
    """Bound the CPU threads of torch's operations and of NumPy's matrix products.

    A product that is split waits for its slowest part, which an engine holds up.
    """
    torch.set_num_threads(count)
    threadpool_limits(count, user_api="blas")


def _changeable(config: PPOConfig, num_agents: int, timesteps: int) -> dict[str, Any]:
    n_steps, batch_size = rollout_shape(config, num_agents, timesteps)
    return {
        "n_steps": n_steps,
        "batch_size": batch_size,
        "n_epochs": config.n_epochs,
        "learning_rate": _rate(config),
        "clip_range": _constant(config.clip_range),
        "ent_coef": config.ent_coef,
        "max_grad_norm": config.max_grad_norm,
        "target_kl": config.target_kl,
    }


def _rate(config: PPOConfig) -> Schedule:
    start = config.learning_rate
    if not config.learning_rate_decay:
        return _constant(start)

    def falling(remaining: float) -> float:
        # The last rollout may pass the end, where the share that remains is negative.
        return start * max(remaining, 0.0)

    return falling


def _constant(value: float) -> Schedule:
    def constant(_remaining: float) -> float:
        return value

    return constant


def _is_vector(space: spaces.Space[Any]) -> bool:
    return isinstance(space, spaces.Box) and len(space.shape) == 1 and space.dtype.kind == "f"
