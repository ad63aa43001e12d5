"""Each engine driven from a worker process of its own.

It pays when decoding and not the engine is the bottleneck (many JSON floats, many cores); else the
default `GodotVecEnv` is the faster one.
"""

from __future__ import annotations

import contextlib
import multiprocessing as mp
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import SubprocVecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnv, VecEnvIndices

from rl_training.envs.agent_calls import call_method, get_attribute, has_attribute, set_attribute
from rl_training.envs.engine_group import bind_all, check_equal
from rl_training.envs.engine_worker import WorkerTask, run_worker
from rl_training.envs.launch_plan import make_plan
from rl_training.envs.seeding import SeedKeeper
from rl_training.envs.settings import DEFAULT_PORT, EnvSettings, ScreenChoice
from rl_training.envs.supervision import EngineRestart, RestartBudget
from rl_training.errors import (
    ActionSpaceError,
    EngineDiedError,
    EngineTimeoutError,
    HarnessError,
    UsageError,
)
from rl_training.protocol import EnvInfo

# On top of the worker's own time-out: it starts Python, imports and forces a hung engine to end.
_WORKER_MARGIN_S = 30.0
_JOIN_S = 10.0


class SubprocGodotVecEnv(SubprocVecEnv):
    """A `SubprocVecEnv` with one engine, one port and all its agents in each worker.

    The arguments, the semantics and the errors are those of `GodotVecEnv`.

    Args:
        env_path: see `GodotVecEnv`.
        project_path: see `GodotVecEnv`.
        scene_path: see `GodotVecEnv`.
        num_envs: engine processes and workers, >= 1.
        port: see `GodotVecEnv`.
        arenas: see `GodotVecEnv`.
        isolation: see `GodotVecEnv`.
        action_repeat: see `GodotVecEnv`.
        seed: see `GodotVecEnv`.
        show_window: see `GodotVecEnv`.
        transport: see `GodotVecEnv`.
        timeout_s: see `GodotVecEnv`.
        env_args: see `GodotVecEnv`.
        port_strict: see `GodotVecEnv`.
        godot: see `GodotVecEnv`.
        screen: see `EnvSettings.screen`.
        speedup: see `EnvSettings.speedup`.
        fixed_fps: see `EnvSettings.fixed_fps`.
        pin_cores: see `EnvSettings.pin_cores`.
        max_restarts: see `EnvSettings.max_restarts`.
        host: see `EnvSettings.host`.
        token: see `EnvSettings.token`.
        start_method: of `multiprocessing`; None: forkserver where there is one, else spawn.
    """

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
        start_method: str | None = None,
    ) -> None:
        self.waiting = False
        self.closed = False
        self.restarts: list[EngineRestart] = []
        # Workers that owe an answer: an interrupt (Ctrl-C) may come before all were received.
        self._owing: set[int] = set()
        self.remotes: tuple[Any, ...] = ()
        self.processes: list[Any] = []
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
        self._budget = RestartBudget(max_restarts)
        try:
            self._start(start_method)
        except BaseException:
            self.close()
            raise

    @classmethod
    def from_settings(
        cls, settings: EnvSettings, start_method: str | None = None
    ) -> SubprocGodotVecEnv:
        """Build the environment that the settings describe."""
        return cls(**settings.as_arguments(), start_method=start_method)

    def _start(self, start_method: str | None) -> None:
        if start_method is None:
            start_method = "forkserver" if "forkserver" in mp.get_all_start_methods() else "spawn"
        context: Any = mp.get_context(start_method)
        if start_method == "forkserver":
            context.set_forkserver_preload([run_worker.__module__])
        settings = self.settings
        plan = self._resources.enter_context(make_plan(settings).screen())
        listeners = bind_all(settings)
        self.ports = [listener.port for listener in listeners]
        try:
            for index, listener in enumerate(listeners):
                remote, work_remote = context.Pipe()
                self.remotes = (*self.remotes, remote)
                task = WorkerTask(index, plan)
                process = context.Process(
                    target=run_worker,
                    args=(work_remote, remote, task, listener.socket),
                    daemon=True,
                )
                with _main_module_hidden():
                    process.start()
                self.processes.append(process)
                work_remote.close()
        finally:
            for listener in listeners:
                listener.close()
        self.work_remotes = ()
        infos: list[EnvInfo] = self._receive_all()
        check_equal(infos)
        self.env_info = infos[0]
        self._bounds = [0, *np.cumsum([info.n_agents for info in infos]).tolist()]
        self.agent_policy_names = [name for info in infos for name in info.policy_names]
        self._seed_keeper = SeedKeeper(settings.seed)
        VecEnv.__init__(
            self, self._bounds[-1], self.env_info.observation_space, self.env_info.action_space
        )

    def __enter__(self) -> SubprocGodotVecEnv:
        """Return the environment."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Close the environment."""
        self.close()

    def __del__(self) -> None:
        """End the workers of an environment that was forgotten."""
        with contextlib.suppress(Exception):
            self.close()

    def reset(self) -> dict[str, NDArray[Any]]:
        """Begin new episodes; see `GodotVecEnv.reset`."""
        for worker in sorted(self._owing):
            self._receive(worker)
        self.waiting = False
        seed = self._seed_keeper.take()
        self._send_all([("reset", seed)] * len(self.remotes))
        results = self._receive_all()
        self.reset_infos = [info for _, infos in results for info in infos]
        self._reset_seeds()
        self._reset_options()
        return _stack([observations for observations, _ in results])

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Draw the episodes after the next `reset` from `seed`; see `GodotVecEnv.seed`."""
        first = self._seed_keeper.give(seed)
        self._seeds = [first + index for index in range(self.num_envs)]
        return self._seeds

    def step_async(self, actions: NDArray[Any]) -> None:
        """Send (num_envs, columns) actions to all workers."""
        if self.waiting:
            raise UsageError("step_async() was called twice with no step_wait() between")
        array = np.asarray(actions)
        if len(array) != self.num_envs:
            raise ActionSpaceError(f"{len(array)} actions were given for {self.num_envs} agents")
        bounds = zip(self._bounds, self._bounds[1:], strict=False)
        self._send_all([("step", array[first:last]) for first, last in bounds])
        self.waiting = True

    def step_wait(
        self,
    ) -> tuple[dict[str, NDArray[Any]], NDArray[np.float32], NDArray[np.bool_], list[Any]]:
        """Receive observations, rewards, dones and infos; see `GodotVecEnv.step_wait`."""
        if not self.waiting:
            raise UsageError("step_wait() was called without step_async()")
        results = self._receive_all()
        self.waiting = False
        observations, rewards, dones, infos = zip(*results, strict=True)
        return (
            _stack(list(observations)),
            np.concatenate(rewards),
            np.concatenate(dones),
            [info for part in infos for info in part],
        )

    def close(self) -> None:
        """End all workers and their engines; may be called again."""
        if self.closed:
            return
        self.closed = True
        self.waiting = False
        self._owing.clear()
        for remote in self.remotes:
            with contextlib.suppress(OSError):
                remote.send(("close", None))
        for process in self.processes:
            process.join(_JOIN_S)
            if process.is_alive():
                process.terminate()
                process.join(_JOIN_S)
        for remote in self.remotes:
            remote.close()
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
        return call_method(self._call, method_name, method_args, method_kwargs, agents)

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """Read a property of the agents' controllers."""
        return get_attribute(self._call, attr_name, list(self._get_indices(indices)))

    def has_attr(self, attr_name: str) -> bool:
        """Return whether the agents' controllers have a property that is not null."""
        return has_attribute(self._call, attr_name, range(self.num_envs))

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Write a property of the agents' controllers."""
        set_attribute(self._call, attr_name, value, self._get_indices(indices))

    def tick_times(self) -> list[dict[str, float]]:
        """Return how long physics ticks took; see `EngineGroup.tick_times`."""
        if self.waiting:
            return []
        self._send_all([("tick_times", None)] * len(self.remotes))
        return [times for part in self._receive_all() for times in part]

    def env_is_wrapped(self, wrapper_class: type, indices: VecEnvIndices = None) -> list[bool]:
        """Return False for every agent: nothing in an engine is a Gymnasium wrapper."""
        return [False for _ in self._get_indices(indices)]

    def get_images(self) -> Sequence[NDArray[Any] | None]:
        """Not available: engines draw into their own windows."""
        raise NotImplementedError("engines draw into their own windows; use show_window")

    def _call(self, method: str, args: Sequence[Any], agents: Iterable[int]) -> list[Any]:
        """Call a method of controllers, each worker its own agents."""
        if self.waiting:
            raise UsageError(f"'{method}' cannot be called between step_async() and step_wait()")
        wanted = [int(agent) for agent in agents]
        for agent in wanted:
            if not 0 <= agent < self.num_envs:
                raise UsageError(f"there is no agent {agent}, only 0 to {self.num_envs - 1}")
        values: dict[int, Any] = {}
        for worker, (first, last) in enumerate(zip(self._bounds, self._bounds[1:], strict=False)):
            local = sorted({agent - first for agent in wanted if first <= agent < last})
            if local:
                self._send(worker, ("call", (method, list(args), local)))
                returns = self._receive(worker)
                values |= {first + a: value for a, value in zip(local, returns, strict=True)}
        return [values[agent] for agent in wanted]

    def _send_all(self, commands: Sequence[tuple[str, Any]]) -> None:
        for worker, command in enumerate(commands):
            self._send(worker, command)

    def _send(self, worker: int, command: tuple[str, Any]) -> None:
        if self.closed:
            raise UsageError("the environment is closed")
        try:
            self.remotes[worker].send(command)
            self._owing.add(worker)
        except OSError:
            self._receive(worker)  # an error that the worker sent before it ended
            raise EngineDiedError(f"the worker of engine {worker} ended") from None

    def _count(self, restarts: list[EngineRestart]) -> None:
        """Take note of a worker's restarts, all workers' together bounded by `max_restarts`."""
        for restart in restarts:
            self.restarts.append(restart)
            error = EngineDiedError(restart.reason)
            error.failure = restart.failure
            self._budget.spend(error)

    def _receive_all(self) -> list[Any]:
        return [self._receive(worker) for worker in range(len(self.remotes))]

    def _receive(self, worker: int) -> Any:
        """Receive a worker's answer; on its error, end all workers and raise it here."""
        remote = self.remotes[worker]
        limit = self.settings.timeout_s + _WORKER_MARGIN_S
        try:
            if not remote.poll(limit):
                raise EngineTimeoutError(
                    f"the worker of engine {worker} did not answer within {limit:g} s"
                )
            answer = remote.recv()
            self._owing.discard(worker)
            if answer[0] == "error":
                raise answer[1]
            _, value, restarts = answer
            self._count(restarts)
        except (EOFError, OSError):
            self.close()
            code = self.processes[worker].exitcode
            raise EngineDiedError(
                f"the worker of engine {worker} ended (exit code {code})"
            ) from None
        except UsageError:
            raise
        except HarnessError:
            self.close()
            raise
        return value


def _stack(observations: list[dict[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    return {key: np.concatenate([obs[key] for obs in observations]) for key in observations[0]}


@contextlib.contextmanager
def _main_module_hidden() -> Iterator[None]:
    """Keep multiprocessing from running the caller's script again in every worker.

    A worker needs nothing from it, and the script usually imports torch: seconds and 300 MB each.
    """
    main = sys.modules["__main__"]
    hidden: dict[str, Any] = {
        name: vars(main)[name] for name in ("__spec__", "__file__") if name in vars(main)
    }
    vars(main).update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        vars(main).update(hidden)
