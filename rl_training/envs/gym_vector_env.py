"""All agents of all engines as a `gymnasium.vector.VectorEnv`: the face for CleanRL and its kind.

It stands on `GodotVecEnv`. An agent's next episode begins in the step in which the last one ends
(`AutoresetMode.SAME_STEP`), as it does in the engine; nothing is stepped twice or thrown away.
"""

from __future__ import annotations

import os
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray
from typing_extensions import Self, Unpack

from rl_training.envs.faces import (
    EngineArguments,
    ShownSpaces,
    settings_of,
)
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.envs.reset_options import LEVELS, RESET_MASK, levels_of, parameters_of
from rl_training.envs.vector_infos import object_array, vector_infos
from rl_training.errors import UsageError
from rl_training.gymnasium_api import AutoresetMode, engine_seed

ABSENT = "absent"

__all__ = ["AutoresetMode", "GodotVectorEnv"]


class GodotVectorEnv(gym.vector.VectorEnv[Any, Any, Any]):
    """Every agent of every engine is one of the environments.

    In the step in which an agent's episode ends, `obs` is the next episode's first observation,
    and the infos hold, as Gymnasium defines them for same-step autoreset:

    - `final_obs`: (num_envs,) objects, the last observation of the episode that ended, else None;
    - `final_info`: what the controller's `get_info` told at the end, an array for each key;
    - `_final_obs`, `_final_info`: (num_envs,) bool, where an episode ended.

    A row whose agent has left the tree has the reason in the info `absent` until another takes its
    place; its actions are ignored and its reward is 0.

    Args:
        project_path: folder with project.godot, to run from source.
        scene_path: scene inside the project, `res://...` or relative; None for the main scene.
        env_path: an exported game; with `project_path`, an engine binary.
        num_envs: engine processes; the attribute `num_envs` counts agents.
        arenas: copies of the scene in each process; None: as many as make about 128 agents.
        render_mode: None, or "human": a window on the first engine, at the speed of the clock.
        flatten: one observation alone without its key, several vectors as one, one discrete
            action as `Discrete(n)`; False: spaces as in `GodotVecEnv` (a `Dict`).
        settings: further settings by name, as `EnvSettings` describes them: `port`, `seed`,
            `action_repeat`, `isolation`, ...

    Attributes:
        vec_env: the `GodotVecEnv` below, for `env_method`, `get_attr`, `set_attr`.

    Raises:
        UsageError: a setting, the project, the scene or a port will not do.
        EngineStartError: an engine ended before it was ready.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012
        "render_modes": ["human"],
        "autoreset_mode": AutoresetMode.SAME_STEP,
    }

    def __init__(
        self,
        project_path: str | os.PathLike[str] | None = None,
        scene_path: str | None = None,
        *,
        env_path: str | os.PathLike[str] | None = None,
        num_envs: int = 1,
        arenas: int | None = None,
        render_mode: str | None = None,
        flatten: bool = True,
        **settings: Unpack[EngineArguments],
    ) -> None:
        self.vec_env: GodotVecEnv | None = None
        if render_mode not in (None, "human"):
            raise UsageError(f"render_mode is {render_mode!r}, expected None or 'human' (a window)")
        if render_mode == "human":
            settings["show_window"] = True
        self.render_mode = "human" if settings.get("show_window") else None
        wanted = settings_of(settings, project_path, scene_path, env_path, num_envs, arenas)
        self.vec_env = GodotVecEnv.from_settings(wanted)
        if not self.vec_env.group_rows.is_flat:
            groups = ", ".join(f"'{name}'" for name in self.vec_env.groups)
            self.close()
            raise UsageError(
                f"the scene's agents differ (groups {groups}) and a batch holds agents of one "
                "kind: use GodotParallelEnv, or GodotVecEnv and its step_groups()"
            )
        self.num_envs = self.vec_env.num_envs
        self._shown = ShownSpaces(
            self.vec_env.observation_space, self.vec_env.action_space, flatten
        )
        self.single_observation_space = self._shown.observation_space
        self.single_action_space = self._shown.action_space
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin new episodes of all agents.

        Args:
            seed: one integer for all; the agents' episodes are drawn from it and their numbers, so
                no two are alike. None: the next episodes (at the first reset those of the
                constructor's `seed`).
            options: `{"parameters": {name: value}}` sets environment parameters from these
                episodes on: numbers, samplers, or None for the scene's default.
                `{"levels": {arena: [seed, ...]}}` gives the next episodes of arenas their seeds.
                `reset_mask` is accepted when it is True everywhere: agents of an
                engine begin together, and single ones by themselves when their episodes end.

        Returns:
            (num_envs, ...) observations and infos.

        Raises:
            UsageError: several seeds, or a mask that leaves agents out.
        """
        if seed is not None and not isinstance(seed, (int, np.integer)):
            raise UsageError(
                f"seed is {seed!r}, expected one integer: every agent's episodes follow from it"
            )
        super().reset(seed=None if seed is None else int(seed))
        if not np.all((options or {}).get(RESET_MASK, True)):
            raise UsageError(
                "reset_mask leaves agents out, but all begin together: episodes that end are "
                "followed by the next ones in the same step, so no mask is needed"
            )
        vec_env = self._opened()
        parameters, levels = parameters_of(options, LEVELS), levels_of(options)
        if parameters:
            vec_env.set_parameters(parameters)
        vec_env.set_levels(levels)
        if seed is not None:
            vec_env.seed(engine_seed(int(seed)))
        observations = vec_env.reset()
        told = {row: info for row, info in enumerate(vec_env.reset_infos) if info}
        return self._shown.batch(observations), vector_infos(told, self.num_envs)

    def step(
        self, actions: Any
    ) -> tuple[Any, NDArray[Any], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Act for one decision of all agents.

        Returns:
            (num_envs, ...) observations, (num_envs,) float32 rewards, (num_envs,) bool terminated
            and truncated, and infos.

        Raises:
            ActionSpaceError: the actions have another shape than `action_space`, or are not finite.
        """
        vec_env = self._opened()
        observations, rewards, dones, infos = vec_env.step(self._shown.columns(actions))
        truncated = np.zeros(self.num_envs, np.bool_)
        last: dict[int, Any] = {}
        last_infos: dict[int, dict[str, Any]] = {}
        gone: dict[int, dict[str, Any]] = {}
        for row in np.flatnonzero(dones).tolist():
            info = dict(infos[row])
            truncated[row] = info.pop("TimeLimit.truncated", False)
            last[row] = self._shown.single(info.pop("terminal_observation"))
            last_infos[row] = info
            if ABSENT in info:
                gone[row] = {ABSENT: info[ABSENT]}
        running = {
            row: {key: value for key, value in info.items() if key != "TimeLimit.truncated"}
            for row, info in enumerate(infos)
            if len(info) > 1 and row not in last
        }
        told = vector_infos(running | gone, self.num_envs)
        if last:
            told["final_obs"] = object_array(last, self.num_envs)
            told["final_info"] = vector_infos(last_infos, self.num_envs)
            told["_final_obs"] = dones.copy()
            told["_final_info"] = dones.copy()
        return self._shown.batch(observations), rewards, dones & ~truncated, truncated, told

    def render(self) -> None:
        """Do nothing: with `render_mode="human"` the first engine draws into its own window."""

    def close_extras(self, **_arguments: Any) -> None:
        """End the engines; `close` calls it."""
        if self.vec_env is not None:
            self.vec_env.close()

    def __enter__(self) -> Self:
        """Return the environment."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Close the environment."""
        self.close()

    def _opened(self) -> GodotVecEnv:
        assert self.vec_env is not None, "the constructor sets it"
        return self.vec_env
