"""The environment as an algorithm learns on it: observations and rewards normalised."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv, VecNormalize
from stable_baselines3.common.vec_env.base_vec_env import VecEnvStepReturn

from rl_training.config import TrainConfig
from rl_training.envs.seats import innermost, vacant_seats


class SeatNormalize(VecNormalize):
    """SB3's normaliser, whose statistics leave out the rows of empty seats.

    Attributes:
        idle: (num_envs,) bool, True where nobody acted in the last decision; None: all did.
    """

    idle: NDArray[np.bool_] | None = None

    def reset(self) -> Any:
        """See `VecNormalize`."""
        obs: Any = self.venv.reset()
        self.old_obs = obs
        self.returns = np.zeros(self.num_envs)
        self._count(obs)
        return self.normalize_obs(obs)

    def step_wait(self) -> VecEnvStepReturn:
        """See `VecNormalize`."""
        self.idle = vacant_seats(innermost(self.venv))
        obs: Any
        obs, rewards, dones, infos = self.venv.step_wait()
        self.old_obs, self.old_reward = obs, rewards
        self._count(obs)
        seen: Any = self.normalize_obs(obs)
        if self.training:
            self._update_reward(rewards)
        rewards = self.normalize_reward(rewards)
        for row in np.flatnonzero(dones).tolist():
            if "terminal_observation" in infos[row]:
                last = infos[row]["terminal_observation"]
                infos[row]["terminal_observation"] = self.normalize_obs(last)
        self.returns[dones] = 0
        return seen, rewards, dones, infos

    def _count(self, obs: Any) -> None:
        """Gather observations of the seats where somebody sits."""
        if not (self.training and self.norm_obs):
            return
        empty = vacant_seats(innermost(self.venv))
        if empty is not None and empty.all():
            return
        rms: Any = self.obs_rms
        if not isinstance(rms, dict):
            rms, obs = {"": rms}, {"": obs}
        for key, statistics in rms.items():
            statistics.update(obs[key] if empty is None else obs[key][~empty])

    def _update_reward(self, reward: NDArray[Any]) -> None:
        self.returns = self.returns * self.gamma + reward
        acted = self.returns
        if self.idle is not None:
            self.returns[self.idle] = 0.0
            acted = self.returns[~self.idle]
        if len(acted):
            self.ret_rms.update(acted)


def normalise(env: VecEnv, config: TrainConfig) -> VecNormalize | None:
    """Wrap an environment with running normalisation; None when the settings ask for none.

    Images and other observations that are not vectors of floats stay as they are.
    """
    space = env.observation_space
    keys: list[str] | None = None
    norm_obs = config.observations.normalise
    if isinstance(space, spaces.Dict):
        keys = [key for key, part in space.spaces.items() if is_vector(part)]
        norm_obs = norm_obs and bool(keys)
    else:
        norm_obs = norm_obs and is_vector(space)
    if not norm_obs and not config.rewards.normalise:
        return None
    return SeatNormalize(
        env,
        norm_obs=norm_obs,
        norm_reward=config.rewards.normalise,
        clip_obs=config.observations.clip,
        clip_reward=config.rewards.clip,
        gamma=config.algorithm.gamma,
        norm_obs_keys=keys if norm_obs else None,
    )


def is_vector(space: spaces.Space[Any]) -> bool:
    """Return whether a space holds vectors of floats."""
    return isinstance(space, spaces.Box) and len(space.shape) == 1 and space.dtype.kind == "f"
