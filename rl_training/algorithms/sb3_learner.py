"""The learners whose algorithm is a class of Stable-Baselines3 or sb3-contrib: what they share."""

from __future__ import annotations

import logging
import warnings
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from gymnasium import spaces
from stable_baselines3 import DQN
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv, VecNormalize
from threadpoolctl import threadpool_limits

from rl_training.algorithms.collection import OnPolicyCollecting
from rl_training.algorithms.learner import Actor, Learner
from rl_training.algorithms.normalisation import normalise
from rl_training.checkpoints.checkpoint import (
    CheckpointMeta,
    load_checkpoint,
    read_meta,
    restore_random_states,
    save_checkpoint,
)
from rl_training.checkpoints.normaliser import Normaliser, Observation
from rl_training.config import TrainConfig
from rl_training.errors import ActionSpaceError, ConfigError, HarnessError, ModelError
from rl_training.runs.seeds import episode_seed

logger = logging.getLogger(__name__)

Schedule = Callable[[float], float]
ACTIVATIONS = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}


class SB3Learner(Learner):
    """An algorithm of Stable-Baselines3's kind.

    Attributes:
        model: the algorithm.
    """

    model: BaseAlgorithm

    def __init__(self, env: VecEnv, config: TrainConfig) -> None:
        self._config = config
        limit_threads(config.training.torch_threads)
        ready = self.prepared(env)
        self._normalised: VecNormalize | None = normalise(ready, config)
        self.env = self._normalised or ready
        self.model = self.make()
        device = config.training.device
        if device not in ("cpu", "auto") and not isinstance(self.model, OnPolicyCollecting):
            name = config.algorithm.name
            logger.warning("training.device %s is not used: %s learns on the CPU", device, name)

    @abstractmethod
    def kind(self) -> type[BaseAlgorithm]:
        """Return the algorithm's class."""

    @abstractmethod
    def changeable(self) -> dict[str, Any]:
        """Return the arguments of the class that may change when a run is resumed."""

    def fixed(self) -> dict[str, Any]:
        """Return the other arguments of the class."""
        return {}

    def policy_kwargs(self) -> dict[str, Any]:
        """Return what makes the networks."""
        return {
            "net_arch": self.net_arch(),
            "activation_fn": ACTIVATIONS[self._config.network.activation],
        }

    def net_arch(self) -> list[int] | dict[str, list[int]]:
        """Return the widths of the hidden layers as SB3 takes them, the critic's apart or not.

        Raises:
            ConfigError: they are set apart, and the algorithm has no critic.
        """
        network = self._config.network
        policy = list(network.policy_arch or network.net_arch)
        critic = list(network.critic_arch or network.net_arch)
        if policy == critic:
            return policy
        kind = self.kind()
        if issubclass(kind, OnPolicyAlgorithm):
            return {"pi": policy, "vf": critic}
        if issubclass(kind, DQN):
            raise ConfigError(
                "network.policy_arch and critic_arch differ, and dqn has one network for both: "
                "set network.net_arch"
            )
        return {"pi": policy, "qf": critic}

    def policy_name(self) -> str | type[BasePolicy]:
        """Return the policy's class for this observation, or SB3's name of it."""
        return (
            "MultiInputPolicy"
            if isinstance(self.env.observation_space, spaces.Dict)
            else ("MlpPolicy")
        )

    def prepared(self, env: VecEnv) -> VecEnv:
        """Return the environment with an action space that the algorithm knows.

        Raises:
            ActionSpaceError: it has none.
        """
        return env

    def make(self) -> BaseAlgorithm:
        """Return the untrained algorithm, on the CPU."""
        with warnings.catch_warnings():
            # SB3 advises against truncated mini-batches; rollouts are shaped to avoid them.
            warnings.simplefilter("ignore", UserWarning)
            make: Any = self.kind()
            model: BaseAlgorithm = make(
                self.policy_name(),
                self.env,
                policy_kwargs=self.policy_kwargs(),
                seed=self._config.seed,
                device="cpu",
                **self.fixed(),
                **self.changeable(),
            )
        return model

    def restore(self, start: Path) -> None:
        """See `Learner`. Rates, rollouts and batches are the settings'; the network cannot change.

        The environment gets a seed that depends on the timesteps done, so that the run does not
        replay its episodes.
        """
        changes = self.loaded_changes()
        # SB3 seeds the environment with the model's seed when it loads.
        changes["seed"] = episode_seed(self._config.seed, read_meta(start).timesteps)
        checkpoint = load_checkpoint(start, self.env, custom_objects=changes, make=self.kind())
        model = checkpoint.model
        widths, wanted = model.policy_kwargs.get("net_arch"), self.net_arch()
        if widths != wanted:
            raise ModelError(
                f"{start} has layers {widths}, the settings ask for {wanted}: the network of a "
                "resumed run cannot change"
            )
        wrapper = self._normalised
        if (wrapper is None) != (checkpoint.normaliser is None):
            raise ModelError(
                f"{start} was {'not ' if wrapper else ''}trained with a normaliser, the settings "
                f"ask for {'one' if wrapper else 'none'}: it cannot change in a resumed run"
            )
        if wrapper is not None and checkpoint.normaliser is not None:
            checkpoint.normaliser.apply_to(wrapper)
        restore_random_states(start)
        self.model = model

    @classmethod
    def inputs(cls, config: TrainConfig) -> Sequence[Path]:
        """See `Learner`: what the run begins with."""
        start = config.training.start_from
        return [] if start is None else [Path(start)]

    def begin_from(self, start: Path) -> None:
        """See `Learner`. The optimiser is a new one."""
        checkpoint = load_checkpoint(start)
        policy = self.model.policy
        try:
            policy.load_state_dict(checkpoint.model.policy.state_dict())
        except RuntimeError as error:
            ours, theirs = type(policy).__name__, type(checkpoint.model.policy).__name__
            raise ModelError(
                f"{start} holds a {theirs} that does not fit this run's {ours}: use the same "
                "network, observations and actions, and an algorithm of the same kind"
            ) from error
        self._widen(self._config.training.start_log_std)
        wrapper = self._normalised
        if wrapper is not None and checkpoint.normaliser is not None:
            kept = checkpoint.normaliser
            ours_norm = Normaliser.of(wrapper)
            if kept.norm_obs != ours_norm.norm_obs:
                raise ModelError(
                    f"{start} {'normalises' if kept.norm_obs else 'does not normalise'} "
                    "observations, this run does otherwise: set observations.normalise alike"
                )
            # What the run says of clipping and rewards holds; only statistics are taken over.
            replace(
                ours_norm,
                obs=kept.obs,
                returns=kept.returns if kept.norm_reward else ours_norm.returns,
            ).apply_to(wrapper)
        elif (wrapper is not None and wrapper.norm_obs) or (
            checkpoint.normaliser is not None and checkpoint.normaliser.norm_obs
        ):
            raise ModelError(
                f"{start} and this run differ in normalisation: set observations.normalise alike"
            )

    def _widen(self, log_std: float | None) -> None:
        if log_std is None:
            return
        deviation = getattr(self.model.policy, "log_std", None)
        if not isinstance(deviation, torch.nn.Parameter):
            raise ConfigError(
                "training.start_log_std sets one deviation for each continuous action, and a "
                f"{type(self.model.policy).__name__} has none: leave it out"
            )
        with torch.no_grad():
            deviation.fill_(log_std)

    def loaded_changes(self) -> dict[str, Any]:
        """Return the attributes of a loaded model that are replaced by the settings."""
        changes = self.changeable()
        changes["lr_schedule"] = changes["learning_rate"]
        return changes

    def learn(self, callbacks: Sequence[BaseCallback], log: Logger, resumed: bool) -> None:
        """See `Learner`.

        Raises:
            HarnessError: the weights are no numbers any more.
        """
        self.model.set_logger(log)
        remaining = self._config.training.timesteps - self.timesteps
        try:
            # SB3 adds the timesteps done to what it is told when the count is not reset.
            self.model.learn(
                remaining,
                callback=list(callbacks),
                reset_num_timesteps=not resumed,
                **self.learn_arguments(),
            )
        except ValueError as error:
            if finite(self.model):
                raise
            raise diverged() from error
        if not finite(self.model):
            raise diverged()

    def learn_arguments(self) -> dict[str, Any]:
        """Return further arguments of `learn`."""
        return {}

    def actor(self) -> Actor:
        """See `Learner`."""
        wrapper = self._normalised
        return Actor(self.model, None if wrapper is None else Normaliser.of(wrapper))

    def save(
        self,
        path: Path,
        meta: CheckpointMeta,
        callbacks: Mapping[str, Any],
        recorded: Observation | None,
    ) -> None:
        """See `Learner`."""
        actor = self.actor()
        save_checkpoint(path, actor.model, actor.normaliser, meta, callbacks, recorded)

    @property
    def timesteps(self) -> int:
        """See `Learner`."""
        return self.model.num_timesteps

    @property
    def results(self) -> tuple[float | None, float | None]:
        """See `Learner`."""
        return recent_results(self.model)

    @property
    def config(self) -> TrainConfig:
        """See `Learner`."""
        return self._config

    def rate(self) -> Schedule:
        """Return the step size by the share of the run that remains."""
        start = self._config.algorithm.learning_rate
        if not self._config.algorithm.learning_rate_decay:
            return constant(start)

        def falling(remaining: float) -> float:
            # The last rollout may pass the end, where the share that remains is negative.
            return start * max(remaining, 0.0)

        return falling


def recent_results(model: Any) -> tuple[float | None, float | None]:
    """Return the mean reward and the success rate of the last episodes; None where unknown."""
    rewards = [episode["r"] for episode in model.ep_info_buffer or []]
    successes = [float(success) for success in model.ep_success_buffer or []]
    return (
        float(sum(rewards) / len(rewards)) if rewards else None,
        sum(successes) / len(successes) if successes else None,
    )


def limit_threads(count: int) -> None:
    """Bound the CPU threads of torch's operations and of NumPy's matrix products.

    A product that is split waits for its slowest part, which an engine holds up.
    """
    torch.set_num_threads(count)
    threadpool_limits(count, user_api="blas")


def constant(value: float) -> Schedule:
    """Return a schedule that stays at `value`."""

    def schedule(_remaining: float) -> float:
        return value

    return schedule


def require_box(env: VecEnv, name: str) -> VecEnv:
    """Return the environment if its actions are continuous.

    Raises:
        ActionSpaceError: they are not.
    """
    if not isinstance(env.action_space, spaces.Box):
        raise ActionSpaceError(
            f"{name} learns continuous actions only; the scene's are {env.action_space}: use ppo, "
            "maskable_ppo, a2c or trpo, or dqn for a single choice"
        )
    return env


def finite(model: BaseAlgorithm) -> bool:
    """Return whether all weights of the policy are numbers."""
    return all(bool(weights.isfinite().all()) for weights in model.policy.parameters())


def diverged() -> HarnessError:
    """Return the error of a run whose weights are no numbers any more."""
    return HarnessError(
        "training diverged: the policy's weights are NaN; lower --learning_rate or raise "
        "--batch_size and start from an earlier checkpoint"
    )
