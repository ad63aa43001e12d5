"""All engines driven from this process: the default environment.

A subclass of godot-rl's `StableBaselinesGodotEnv`, so that code written for that one accepts it. It
never runs the parent's constructor, which launches engines one after another with sleeps.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from godot_rl.wrappers.stable_baselines_wrapper import StableBaselinesGodotEnv
from numpy.typing import NDArray
from stable_baselines3.common.vec_env.base_vec_env import VecEnv, VecEnvIndices

from rl_training.engine.log_messages import EngineMessages
from rl_training.envs.agent_calls import call_method, get_attribute, has_attribute, set_attribute
from rl_training.envs.camera_screen import picture, with_screen
from rl_training.envs.engine_group import BatchStep, EngineGroup, bind_all
from rl_training.envs.launch_plan import make_plan
from rl_training.envs.seeding import SeedKeeper
from rl_training.envs.settings import DEFAULT_PORT, EnvSettings, ScreenChoice
from rl_training.envs.supervision import EngineRestart


class GodotVecEnv(StableBaselinesGodotEnv):  # type: ignore[misc]
    """A Stable-Baselines3 `VecEnv` over one or many Godot engines.

    Every agent of every engine is one environment. Observations are dictionaries of
    (num_envs, ...) arrays, rewards (num_envs,) float32. After an episode's end the observation is
    the next episode's first; `infos[i]["terminal_observation"]` and
    `infos[i]["TimeLimit.truncated"]` tell about the one that ended. Close it, or use it in a `with`
    block.

    Args:
        env_path: an exported game; with `project_path`, an engine binary; None: the engine that is
            found or installed. With neither, an editor's Play button is waited for.
        project_path: folder with project.godot, to run from source.
        scene_path: scene inside the project; None for the main scene.
        num_envs: engine processes, >= 1 (the attribute `num_envs` counts agents, as in SB3).
        port: first TCP port; a taken one is skipped and said.
        arenas: copies of the scene in each process; None: about 128 in total.
        isolation: "shared" or "worlds".
        action_repeat: physics ticks per decision; None: the scene's own.
        seed: every episode is drawn from it, in [0, 2**31).
        show_window: open a window on the first engine.
        transport: "auto" (binary when the addon offers it, else JSON), "binary" or "json".
        timeout_s: longest wait for a connection or an answer in seconds.
        env_args: further arguments for the engine.
        port_strict: a taken port is an error.
        godot: engine binary to run a project with.
        screen: see `EnvSettings.screen`.
        speedup: see `EnvSettings.speedup`.
        fixed_fps: see `EnvSettings.fixed_fps`.
        pin_cores: see `EnvSettings.pin_cores`.
        max_restarts: see `EnvSettings.max_restarts`.
        host: see `EnvSettings.host`.
        token: see `EnvSettings.token`.

    Raises:
        UsageError: a setting, the project, the scene, a port or the machine's screen will not do.
        EngineStartError: an engine ended before it was ready.
        EngineTimeoutError: an engine was not ready within `timeout_s`.
        ProtocolError: what an engine declares cannot be used.
    """

    # The parent has read-only properties of these names; SB3's constructor assigns them.
    num_envs: int = 0
    observation_space: Any = None
    action_space: Any = None

    def __init__(
        self,
        env_path: str | os.PathLike[str] | None = None,
        project_path: str | os.PathLike[str] | None = None,
        scene_path: str | None = None,
        num_envs: int = 1,
        port: int = DEFAULT_PORT,
        arenas: int | None = None,
        isolation: str = "shared",
        action_repeat: int | None = None,
        seed: int = 0,
        show_window: bool = False,
        transport: str = "auto",
        timeout_s: float = 60.0,
        env_args: Sequence[str] | None = None,
        *,
        port_strict: bool = False,
        godot: str | os.PathLike[str] | None = None,
        screen: ScreenChoice = "auto",
        speedup: float | None = None,
        fixed_fps: int | None = None,
        pin_cores: bool | None = None,
        max_restarts: int = 0,
        host: str = "127.0.0.1",
        token: str = "",
    ) -> None:
        self._group: EngineGroup | None = None
        self._resources = contextlib.ExitStack()
        self.settings = EnvSettings(
            env_path=None if env_path is None else os.fspath(env_path),
            project_path=None if project_path is None else os.fspath(project_path),
            scene_path=scene_path,
            num_envs=num_envs,
            port=port,
            arenas=arenas,
            isolation=isolation,
            action_repeat=action_repeat,
            seed=seed,
            show_window=show_window,
            transport=transport,
            timeout_s=timeout_s,
            env_args=tuple(env_args or ()),
            port_strict=port_strict,
            godot=None if godot is None else os.fspath(godot),
            screen=screen,
            speedup=speedup,
            fixed_fps=fixed_fps,
            pin_cores=pin_cores,
            max_restarts=max_restarts,
            host=host,
            token=token,
        )
        self._start()

    @classmethod
    def from_settings(cls, settings: EnvSettings) -> GodotVecEnv:
        """Build the environment that the settings describe."""
        return cls(**settings.as_arguments())

    def _start(self) -> None:
        group = self._launch()
        found = picture(group, self.settings)
        if found != "fine":
            self._group = group
            drawing = with_screen(self.settings, found)
            if drawing != self.settings:
                self.close()
                self.settings = drawing
                group = self._launch()
        self._group = group
        # What code written for the parent class looks at.
        self.envs = group.clients
        self.n_parallel = len(group.clients)
        self.ports = [client.port for client in group.clients]
        self.env_info = group.info
        self.results: BatchStep | None = None
        self._seed_keeper = SeedKeeper(self.settings.seed)
        VecEnv.__init__(self, group.n_agents, group.info.observation_space, group.info.action_space)

    def _launch(self) -> EngineGroup:
        with contextlib.ExitStack() as stack:
            plan = stack.enter_context(make_plan(self.settings).screen())
            listeners = bind_all(self.settings)
            group = EngineGroup(plan, listeners)
            stack.callback(group.close)
            self._resources = stack.pop_all()
        return group

    def __enter__(self) -> GodotVecEnv:
        """Return the environment."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Close the environment."""
        self.close()

    def __del__(self) -> None:
        """End the engines of an environment that was forgotten."""
        with contextlib.suppress(Exception):
            self.close()

    @property
    def agent_policy_names(self) -> list[str]:
        """Name of the policy that each agent asks for, over all engines."""
        return [name for client in self.envs for name in client.agent_policy_names]

    @property
    def restarts(self) -> list[EngineRestart]:
        """Engines that failed and were replaced, in their order."""
        return self._open_group().restarts

    def reset(self) -> dict[str, NDArray[Any]]:
        """Begin new episodes: from the seed at the first reset and after `seed()`, else the next.

        Returns:
            Key to (num_envs, ...) array.
        """
        observations, self.reset_infos = self._open_group().reset(self._seed_keeper.take())
        self._reset_seeds()
        self._reset_options()
        return observations

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Draw the episodes after the next `reset` from `seed`; None: from a random one.

        Returns:
            One number per agent, as SB3 wants it; episodes depend on the first one only.
        """
        first = self._seed_keeper.give(seed)
        self._seeds = [first + index for index in range(self.num_envs)]
        return self._seeds

    def step(
        self, actions: NDArray[Any]
    ) -> tuple[dict[str, NDArray[Any]], NDArray[np.float32], NDArray[np.bool_], list[Any]]:
        """Send actions and receive what they brought."""
        self.step_async(actions)
        return self.step_wait()

    def step_async(self, actions: NDArray[Any]) -> None:
        """Send (num_envs, columns) actions to all engines."""
        self._open_group().send(actions)

    def step_wait(
        self,
    ) -> tuple[dict[str, NDArray[Any]], NDArray[np.float32], NDArray[np.bool_], list[Any]]:
        """Receive observations, rewards, dones and infos from all engines.

        Raises:
            EngineDiedError: an engine ended; the others are ended too.
            EngineTimeoutError: an engine did not answer in time.
            ObservationError: an observation holds NaN or changed its size.
        """
        return self._open_group().receive()

    def close(self) -> None:
        """End all engines; may be called again."""
        self._resources.close()

    def env_method(
        self,
        method_name: str,
        *method_args: Any,
        indices: VecEnvIndices = None,
        **method_kwargs: Any,
    ) -> list[Any]:
        """Call a method of the agents' controllers; arguments and results are JSON values."""
        agents = self._get_indices(indices)
        return call_method(self._open_group().call, method_name, method_args, method_kwargs, agents)

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """Read a property of the agents' controllers."""
        return get_attribute(self._open_group().call, attr_name, list(self._get_indices(indices)))

    def has_attr(self, attr_name: str) -> bool:
        """Return whether the agents' controllers have a property that is not null."""
        return has_attribute(self._open_group().call, attr_name, range(self.num_envs))

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Write a property of the agents' controllers."""
        set_attribute(self._open_group().call, attr_name, value, self._get_indices(indices))

    def tick_times(self) -> list[dict[str, float]]:
        """Return how long physics ticks took; see `EngineGroup.tick_times`."""
        return self._open_group().tick_times()

    def engine_messages(self) -> EngineMessages:
        """Return what the engines' logs told: errors of scripts, pushed errors and warnings."""
        return self._open_group().messages()

    def env_is_wrapped(self, wrapper_class: type, indices: VecEnvIndices = None) -> list[bool]:
        """Return False for every agent: nothing in an engine is a Gymnasium wrapper."""
        return [False for _ in self._get_indices(indices)]

    def _open_group(self) -> EngineGroup:
        assert self._group is not None, "the constructor sets it"
        return self._group
