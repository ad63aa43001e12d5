"""One agent of a game as a `gymnasium.Env`: the face for libraries of single environments.

It stands on `GodotVecEnv` with one engine and one arena. The engine begins the next episode in the
step that ends one; this class keeps that episode's first observation until `reset` asks for it.
"""

from __future__ import annotations

import os
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self, Unpack

from rl_training.envs.faces import (
    EngineArguments,
    ShownSpaces,
    settings_of,
)
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.envs.pictures import take_picture
from rl_training.envs.reset_options import LoneArenaOptions
from rl_training.errors import UsageError
from rl_training.gymnasium_api import engine_seed

ENV_ID = "SpaceTimeRL/Godot-v0"
"""For `gymnasium.make("rl_training.envs.gym_env:SpaceTimeRL/Godot-v0", project_path=...)`."""


RENDER_MODES = ("human", "rgb_array")


class GodotEnv(gym.Env[Any, Any]):
    """One agent in one engine.

    Episodes: `reset(seed=s)` begins episode 0 of the seed s, and every `reset()` after it the next
    one, whether the last one ended or was abandoned; one in which nothing was decided begins
    again. Episode k of a seed is the same whenever it is played. Before any `reset` with a seed the
    constructor's `seed` counts. A seed above 2**31 - 1 is mixed into the range.

    Args:
        project_path: folder with project.godot, to run from source.
        scene_path: scene inside the project, `res://...` or relative; None for the main scene.
        env_path: an exported game; with `project_path`, an engine binary.
        render_mode: None; "human": a window, at the speed of the clock; "rgb_array": `render`
            returns pictures, which a virtual screen (Xvfb) draws where nothing else is asked for.
        flatten: one observation alone without its key, several vectors as one, one discrete
            action as `Discrete(n)`; False: spaces as in `GodotVecEnv` (a `Dict`).
        settings: further settings by name, as `EnvSettings` describes them: `port`, `seed`,
            `action_repeat`, `show_window`, `screen`, ...

    Attributes:
        vec_env: the `GodotVecEnv` below, for `env_method`, `get_attr`, `set_attr`.

    Raises:
        UsageError: a setting, the project, the scene or a port will not do, or the scene holds
            several agents.
        EngineStartError: the engine ended before it was ready.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012
        "render_modes": [*RENDER_MODES],
        "render_fps": 60,
    }

    def __init__(
        self,
        project_path: str | os.PathLike[str] | None = None,
        scene_path: str | None = None,
        *,
        env_path: str | os.PathLike[str] | None = None,
        render_mode: str | None = None,
        flatten: bool = True,
        **settings: Unpack[EngineArguments],
    ) -> None:
        self.vec_env: GodotVecEnv | None = None
        if render_mode not in (None, *RENDER_MODES):
            raise UsageError(
                f"render_mode is {render_mode!r}, expected None, 'human' (a window) or 'rgb_array'"
            )
        if render_mode == "human":
            settings["show_window"] = True
        if render_mode == "rgb_array" and not settings.get("show_window"):
            settings.setdefault("screen", "virtual")
        self.render_mode = render_mode or ("human" if settings.get("show_window") else None)
        wanted = settings_of(settings, project_path, scene_path, env_path)
        self.vec_env = GodotVecEnv.from_settings(wanted)
        agents = self.vec_env.num_envs
        if agents != 1:
            self.close()
            raise UsageError(
                f"the scene holds {agents} agents and GodotEnv is for one: use GodotParallelEnv "
                "(each agent by its name) or GodotVectorEnv (agents of one kind as a batch)"
            )
        self._shown = ShownSpaces(
            self.vec_env.observation_space, self.vec_env.action_space, flatten
        )
        self.observation_space = self._shown.observation_space
        self.action_space = self._shown.action_space
        self.metadata = {
            "render_modes": [*RENDER_MODES],
            "render_fps": decisions_per_second(self.vec_env),
        }
        self._told = LoneArenaOptions()
        # The first observation of an episode that the engine began by itself.
        self._begun: Any = None
        self._is_running = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode.

        Args:
            seed: begin episode 0 of this seed; None: the next episode.
            options: `{"parameters": {name: value}}` sets environment parameters from this episode
                on, until they are set again: a number, a sampler ("uniform(0, 1)" or an object of
                `config.samplers`), or None: the scene's default. `{"level": seed}` makes this
                episode the one with that seed, whatever its number.

        Returns:
            The first observation, and what the controller's `get_info` tells at the start.
        """
        super().reset(seed=seed)
        vec_env = self._opened()
        changed = self._told.tell(vec_env, options)
        begun, self._begun = self._begun, None
        self._is_running = True
        if begun is not None and seed is None and not changed:
            return begun, {}
        if seed is not None:
            vec_env.seed(engine_seed(seed))
        observations = vec_env.reset()
        return self._shown.row(observations, 0), dict(vec_env.reset_infos[0])

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Act for one decision.

        Returns:
            Observation (at an episode's end the final one), reward, terminated, truncated, and
            what the controller's `get_info` tells.

        Raises:
            UsageError: the episode is over, or none has begun.
            ActionSpaceError: the action has another shape than `action_space`, or is not finite.
        """
        vec_env = self._opened()
        if not self._is_running:
            raise UsageError("there is no running episode: call reset() before step()")
        observations, rewards, dones, infos = vec_env.step(self._columns(action))
        info = dict(infos[0])
        was_cut_off = bool(info.pop("TimeLimit.truncated", False))
        reward = float(rewards[0])
        if not dones[0]:
            return self._shown.row(observations, 0), reward, False, False, info
        # An agent that left the tree has begun nothing.
        self._begun = None if "absent" in info else self._shown.row(observations, 0)
        self._is_running = False
        last = self._shown.single(info.pop("terminal_observation"))
        return last, reward, not was_cut_off, was_cut_off, info

    def render(self) -> NDArray[np.uint8] | None:
        """Return (height, width, 3) uint8 of the window with "rgb_array", drawn for this call.

        Otherwise None: with "human" the engine draws into its own window.
        """
        return take_picture(self._opened()) if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        """End the engine; may be called again."""
        if self.vec_env is not None:
            self.vec_env.close()

    def __enter__(self) -> Self:
        """Return the environment."""
        return self

    def _opened(self) -> GodotVecEnv:
        assert self.vec_env is not None, "the constructor sets it"
        return self.vec_env

    def _columns(self, action: Any) -> NDArray[Any]:
        return self._shown.columns(np.asarray(action)[None])


def decisions_per_second(vec_env: GodotVecEnv) -> int:
    """Return decisions per simulated second, at least 1: the speed of a window."""
    harness = vec_env.env_info.harness
    if harness is None:
        return 60
    return max(1, round(harness.physics_ticks_per_second / harness.action_repeat))


gym.register(
    id=ENV_ID,
    entry_point="rl_training.envs.gym_env:GodotEnv",
    vector_entry_point="rl_training.envs.gym_vector_env:GodotVectorEnv",
)
