"""`LunaboticsVecEnv`: N NumPy worlds as a Stable-Baselines3 `VecEnv`.

Learners, evaluations and users call it. It runs no engine; the Godot scene is its twin
(docs/lunabotics.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvStepReturn

from rl_training.errors import UsageError
from rl_training.scenarios.lunabotics import constants as c
from rl_training.scenarios.lunabotics import top_view
from rl_training.scenarios.lunabotics.numbering import Numbering
from rl_training.scenarios.lunabotics.parameters import PARAMETERS
from rl_training.scenarios.lunabotics.picture import draw_world, side_by_side
from rl_training.scenarios.lunabotics.world import ACTIONS, OBSERVATIONS, World

RENDER_MODE = "rgb_array"
_MOST_DRAWN = 16


def observation_space() -> spaces.Box:
    """Return the space of the 28 observations; README.md of the scene lists each."""
    low = np.full(OBSERVATIONS, -1.0, np.float32)
    # Zone, holding and distances are never negative.
    low[[6, 7]] = 0.0
    low[8::2] = 0.0
    return spaces.Box(low, np.ones(OBSERVATIONS, np.float32), dtype=np.float32)


def action_space() -> spaces.Box:
    """Return the space of the three actions: linear, angular in [-1, 1], dig in [0, 1]."""
    low = np.array([-1.0, -1.0, 0.0], np.float32)
    return spaces.Box(low, np.ones(ACTIONS, np.float32), dtype=np.float32)


class LunaboticsVecEnv(VecEnv):
    """N worlds in this process.

    In the step in which an episode ends, the observation is the next episode's first, and the
    world's info holds `terminal_observation`, `TimeLimit.truncated`, `is_success`, `metrics`,
    `reward_terms`, and `parameters` where any were set. Other infos are empty.

    Args:
        num_envs: worlds, at least 1.
        seed: every episode is drawn from it, in [0, 2^31).
        action_repeat: physics ticks of a decision, at least 1.
        parameters: environment parameters, as `set_parameters` takes them.
        render_mode: "rgb_array" or None.
        first_world: number of the first world among all of a run that is split over processes.
        total_worlds: worlds of that run; None: those here.

    Attributes:
        world: the arrays.

    Raises:
        UsageError: a number is out of range.
        ConfigError: a parameter is unknown or out of range.
    """

    metadata: dict[str, Any] = {"render_modes": [RENDER_MODE]}  # noqa: RUF012 - as VecEnv has it

    def __init__(
        self,
        num_envs: int,
        seed: int = 0,
        *,
        action_repeat: int = 1,
        parameters: Mapping[str, object] | None = None,
        render_mode: str | None = RENDER_MODE,
        first_world: int = 0,
        total_worlds: int | None = None,
    ) -> None:
        for name, value in (("num_envs", num_envs), ("action_repeat", action_repeat)):
            if value < 1:
                raise UsageError(f"{name} must be at least 1; found {value}")
        if render_mode not in (None, RENDER_MODE):
            raise UsageError(f"render_mode is {render_mode!r}, expected None or {RENDER_MODE!r}")
        self.render_mode = render_mode
        super().__init__(num_envs, observation_space(), action_space())
        self.world = World(num_envs, action_repeat)
        self.world.set_parameters(parameters or {})
        self._numbering = Numbering(num_envs, seed, first_world, total_worlds)
        self._actions: NDArray[Any] | None = None
        self._all = np.arange(num_envs)
        self._no_infos: list[dict[str, Any]] = []

    @property
    def observation_names(self) -> dict[str, list[str]]:
        """Names of the observation's elements, as scenes tell them."""
        return {"obs": list(c.OBSERVATION_NAMES)}

    @property
    def scene_facts(self) -> dict[str, Any]:
        """What a checkpoint tells of the scene, so that the Godot twin plays its policy."""
        return {
            "actions": [
                {"key": name, "action_type": "continuous", "size": 1} for name in c.ACTION_NAMES
            ],
            "action_repeat": self.world.action_repeat,
            "physics_ticks_per_second": round(1.0 / PARAMETERS["dt"].default),
        }

    def reset(self) -> NDArray[np.float32]:
        """Begin new episodes everywhere; return (num_envs, 28) float32."""
        self._numbering.restart()
        self._reset_seeds()
        self._reset_options()
        self.reset_infos = [{} for _ in range(self.num_envs)]
        return self.world.begin(self._all, self._numbering.take(self._all))

    def step_async(self, actions: NDArray[Any]) -> None:
        """Take (num_envs, 3) actions; they are clipped to the action space."""
        self._actions = actions

    def step_wait(self) -> VecEnvStepReturn:
        """Act; return observations, rewards, dones and infos.

        Raises:
            ActionSpaceError: the actions have another shape, or are not finite.
        """
        assert self._actions is not None, "step_async comes first"
        world = self.world
        observations, rewards = world.step(self._actions)
        dones = world.terminated | world.truncated
        infos = self._empty_infos()
        if dones.any():
            ended = world.ends(observations)
            for row, last, info in zip(ended.worlds.tolist(), *ended[1:], strict=True):
                info["terminal_observation"] = last
                info["TimeLimit.truncated"] = bool(world.truncated[row])
                infos[row] = info
            seeds = self._numbering.take(ended.worlds)
            observations[ended.worlds] = world.begin(ended.worlds, seeds)
        return observations, rewards, dones, infos

    def _empty_infos(self) -> list[dict[str, Any]]:
        """Return a list of empty infos; the same ones again, unless a caller has filled one."""
        if any(self._no_infos) or not self._no_infos:
            self._no_infos = [{} for _ in range(self.num_envs)]
        return self._no_infos.copy()

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Number the episodes after the next `reset` from `seed`; None: from a random one."""
        first = self._numbering.seed(seed)
        self._seeds = [first + index for index in range(self.num_envs)]
        return self._seeds

    def set_parameters(
        self, values: Mapping[str, object], arenas: Sequence[int] | None = None
    ) -> None:
        """Set environment parameters from the next episodes on.

        Args:
            values: name to a number, a sampler in any form, or None for the default.
            arenas: worlds that get them; only None, all, is known here.

        Raises:
            ConfigError: a name is unknown, or a value will not do.
            UsageError: single worlds are asked for.
        """
        if arenas is not None:
            raise UsageError("the NumPy twin takes parameters for all worlds: leave out arenas")
        self.world.set_parameters(values)

    def known_parameters(self) -> dict[str, float]:
        """Return all parameters with their defaults."""
        return {name: each.default for name, each in PARAMETERS.items()}

    def set_levels(self, levels: Mapping[int, Sequence[int]]) -> None:
        """Choose the seeds of the next episodes of worlds; see `GodotVecEnv.set_levels`.

        Raises:
            UsageError: there is no such world, or a level is out of range.
        """
        self._numbering.order_levels(levels)

    def live_nodes(self, world: int) -> list[list[Any]]:
        """Return what there is in a world, as the dashboard's live view draws it: `top_view`."""
        return top_view.nodes(self.world, world)

    def live_places(self, world: int) -> dict[str, Any]:
        """Return the running episode, its decisions, and where things are."""
        return {
            "episode": self._numbering.episode(world),
            "decisions": int(self.world.state.decisions[world]),
            "at": top_view.places(self.world, world),
        }

    def get_images(self) -> Sequence[NDArray[np.uint8] | None]:
        """Return a (height, width, 3) picture of each of the first 16 worlds."""
        return [draw_world(self.world, row) for row in range(min(self.num_envs, _MOST_DRAWN))]

    def render(self, mode: str | None = None) -> NDArray[np.uint8] | None:
        """Return one (height, width, 3) RGB picture of the first worlds, at most 16."""
        return side_by_side([each for each in self.get_images() if each is not None])

    def close(self) -> None:
        """Do nothing: there is nothing to end."""

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """Return an attribute of this environment for each world.

        Raises:
            AttributeError: it has none of that name.
        """
        return [getattr(self, attr_name)] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Refuse: all worlds are one object.

        Raises:
            UsageError: always.
        """
        raise UsageError("the worlds are rows of arrays: use set_parameters or env.world")

    def env_method(
        self,
        method_name: str,
        *method_args: Any,
        indices: VecEnvIndices = None,
        **method_kwargs: Any,
    ) -> list[Any]:
        """Refuse: a world is no object with methods.

        Raises:
            UsageError: always.
        """
        raise UsageError("the worlds are rows of arrays and have no methods: use env.world")

    def env_is_wrapped(self, wrapper_class: type, indices: VecEnvIndices = None) -> list[bool]:
        """Return False for every world: nothing here is a Gymnasium wrapper."""
        return [False for _ in self._get_indices(indices)]
