"""Gymnasium's faces of the NumPy worlds: `LunaboticsEnv` is one, `LunaboticsVectorEnv` N of them.

Users of CleanRL and its kind call them. What an episode is, and which numbers it has, is as in
`LunaboticsVecEnv`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from rl_training.errors import UsageError
from rl_training.gymnasium_api import AutoresetMode, engine_seed
from rl_training.scenarios.lunabotics.numbering import Numbering
from rl_training.scenarios.lunabotics.picture import draw_world
from rl_training.scenarios.lunabotics.vec_env import (
    RENDER_MODE,
    LunaboticsVecEnv,
    action_space,
    observation_space,
)
from rl_training.scenarios.lunabotics.world import World

Floats = NDArray[np.float32]
PARAMETERS_OPTION = "parameters"


class LunaboticsEnv(gym.Env[Floats, Floats]):
    """One world.

    Args:
        render_mode: "rgb_array" or None.
        action_repeat: physics ticks of a decision, at least 1.
        parameters: environment parameters, as `LunaboticsVecEnv.set_parameters` takes them.

    Raises:
        UsageError: the render mode is unknown.
        ConfigError: a parameter is unknown or out of range.
    """

    metadata: dict[str, Any] = {"render_modes": [RENDER_MODE], "render_fps": 60}  # noqa: RUF012

    def __init__(
        self,
        render_mode: str | None = None,
        action_repeat: int = 1,
        parameters: Mapping[str, object] | None = None,
    ) -> None:
        if render_mode not in (None, RENDER_MODE):
            raise UsageError(f"render_mode is {render_mode!r}, expected None or {RENDER_MODE!r}")
        self.render_mode = render_mode
        seen: Any = observation_space()
        acted: Any = action_space()
        self.observation_space, self.action_space = seen, acted
        self.world = World(1, action_repeat)
        self.world.set_parameters(parameters or {})
        self._numbering = Numbering(1, 0)
        self._only = np.zeros(1, np.intp)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Floats, dict[str, Any]]:
        """Begin the next episode; with a seed, the first one of that seed.

        Args:
            seed: any of Gymnasium's.
            options: `{"parameters": {name: value}}` from this episode on.
        """
        super().reset(seed=seed)
        self.world.set_parameters((options or {}).get(PARAMETERS_OPTION, {}))
        if seed is not None:
            self._numbering.seed(engine_seed(seed))
        self._numbering.restart()
        return self.world.begin(self._only, self._numbering.take(self._only))[0], {}

    def step(self, action: Floats) -> tuple[Floats, float, bool, bool, dict[str, Any]]:
        """Act for one decision.

        Raises:
            ActionSpaceError: the action has another shape, or is not finite.
        """
        observations, rewards = self.world.step(np.asarray(action, np.float32)[None])
        ended = self.world.ends(observations).infos
        terminated, truncated = bool(self.world.terminated[0]), bool(self.world.truncated[0])
        return observations[0], float(rewards[0]), terminated, truncated, dict(*ended)

    def render(self) -> NDArray[np.uint8] | None:
        """Return a (height, width, 3) RGB picture; None without a render mode."""
        return None if self.render_mode is None else draw_world(self.world, 0)


class LunaboticsVectorEnv(gym.vector.VectorEnv[Floats, Floats, Any]):
    """N worlds. The next episode begins in the step in which the last one ends.

    In that step the infos hold `final_obs` and `final_info`, as Gymnasium defines them for
    same-step autoreset.

    Args:
        num_envs: worlds, at least 1.
        seed: for the first reset.
        render_mode: "rgb_array" or None.
        action_repeat: physics ticks of a decision, at least 1.
        parameters: environment parameters.

    Attributes:
        vec_env: the `LunaboticsVecEnv` below.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012
        "render_modes": [RENDER_MODE],
        "render_fps": 60,
        "autoreset_mode": AutoresetMode.SAME_STEP,
    }

    def __init__(
        self,
        num_envs: int = 1,
        seed: int = 0,
        *,
        render_mode: str | None = None,
        action_repeat: int = 1,
        parameters: Mapping[str, object] | None = None,
    ) -> None:
        self.vec_env = LunaboticsVecEnv(
            num_envs,
            seed,
            action_repeat=action_repeat,
            parameters=parameters,
            render_mode=render_mode,
        )
        self.render_mode = render_mode
        self.num_envs = num_envs
        self.single_observation_space = observation_space()
        self.single_action_space = action_space()
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Floats, dict[str, Any]]:
        """Begin new episodes everywhere.

        Args:
            seed: one integer, from which all episodes are drawn; None: the next episodes.
            options: `{"parameters": {name: value}}` from these episodes on.

        Raises:
            UsageError: several seeds are given.
        """
        if seed is not None and not isinstance(seed, (int, np.integer)):
            raise UsageError(
                f"seed is {seed!r}, expected one integer: every world's episodes follow from it"
            )
        super().reset(seed=None if seed is None else int(seed))
        self.vec_env.set_parameters((options or {}).get(PARAMETERS_OPTION, {}))
        if seed is not None:
            self.vec_env.seed(engine_seed(int(seed)))
        return self.vec_env.reset(), {}

    def step(
        self, actions: Floats
    ) -> tuple[Floats, NDArray[Any], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Act for one decision in every world.

        Raises:
            ActionSpaceError: the actions have another shape, or are not finite.
        """
        observations, rewards, dones, infos = self.vec_env.step(actions)
        assert isinstance(observations, np.ndarray)
        world = self.vec_env.world
        told: dict[str, Any] = {}
        for row in np.flatnonzero(dones).tolist():
            info = dict(infos[row])
            info.pop("TimeLimit.truncated")
            last = info.pop("terminal_observation")
            told = self._add_info(told, {"final_obs": last, "final_info": info}, row)
        return observations, rewards, world.terminated.copy(), world.truncated.copy(), told

    def render(self) -> Any:
        """Return a tuple of (height, width, 3) pictures, at most 16; None without a mode."""
        return None if self.render_mode is None else tuple(self.vec_env.get_images())
