"""Each engine driven from a worker process of its own.

It pays when decoding and not the engine is the bottleneck (many JSON floats, many cores); else the
default `GodotVecEnv` is the faster one.
"""

from __future__ import annotations

import contextlib
import multiprocessing as mp
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from numpy.typing import NDArray
from stable_baselines3.common.vec_env import SubprocVecEnv

from rl_training.envs.agent_calls import agents_by_engine
from rl_training.envs.batches import EngineReset, EngineStep
from rl_training.envs.engine_group import bind_all
from rl_training.envs.engine_vec_env import EngineVecEnv
from rl_training.envs.engine_worker import WorkerTask, run_worker
from rl_training.envs.group_rows import check_equal
from rl_training.envs.launch_plan import make_plan
from rl_training.envs.supervision import EngineRestart, RestartBudget
from rl_training.errors import (
    EngineDiedError,
    EngineTimeoutError,
    HarnessError,
    UsageError,
)
from rl_training.protocol import EnvInfo
from rl_training.protocol.orders import Order

# On top of the worker's own time-out: it starts Python, imports and forces a hung engine to end.
_WORKER_MARGIN_S = 30.0
_JOIN_S = 10.0


class SubprocGodotVecEnv(EngineVecEnv, SubprocVecEnv):
    """A `SubprocVecEnv` with one engine, one port and all its agents in each worker.

    Arguments, semantics and errors: see `EngineVecEnv`; the settings: see `EnvSettings`.
    """

    def _start(self) -> None:
        self.waiting = False
        self.closed = False
        self.restarts: list[EngineRestart] = []
        # Workers that owe an answer: an interrupt (Ctrl-C) may come before all were received.
        self._owing: set[int] = set()
        self.remotes: tuple[Any, ...] = ()
        self.processes: list[Any] = []
        # Each worker replaces its engine by itself; this bounds what all of them do together.
        self._budget = RestartBudget(self.settings.max_restarts)
        start_method = self.settings.start_method
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
        infos: list[EnvInfo] = self._answers()
        check_equal(infos)
        self.agent_policy_names = [name for info in infos for name in info.policy_names]
        self._describe(infos)

    def _reset_engines(self, seed: int | None) -> list[EngineReset]:
        for worker in sorted(self._owing):
            self._answer(worker)
        self.waiting = False
        self._command_all([("reset", seed)] * len(self.remotes))
        return [part for answer in self._answers() for part in answer]

    def _send(self, actions: Sequence[Sequence[NDArray[Any]]]) -> None:
        if self.waiting:
            raise UsageError("step_async() was called twice with no step_wait() between")
        self._command_all([("step", [part]) for part in actions])
        self.waiting = True

    def _receive(self) -> list[EngineStep]:
        if not self.waiting:
            raise UsageError("step_wait() was called without step_async()")
        parts = [part for answer in self._answers() for part in answer]
        self.waiting = False
        return parts

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

    def tick_times(self) -> list[dict[str, float]]:
        """Return how long physics ticks took; see `EngineGroup.tick_times`."""
        if self.waiting:
            return []
        self._command_all([("tick_times", None)] * len(self.remotes))
        return [times for part in self._answers() for times in part]

    def _call(self, method: str, args: Sequence[Any], agents: Iterable[int]) -> list[Any]:
        """Call a method of controllers, each worker its own agents."""
        if self.waiting:
            raise UsageError(f"'{method}' cannot be called between step_async() and step_wait()")
        wanted = [int(agent) for agent in agents]
        values: dict[int, Any] = {}
        for worker, local in agents_by_engine(wanted, self.group_rows.bounds).items():
            self._command(worker, ("call", (method, list(args), local)))
            first = self.group_rows.bounds[worker]
            returns = self._answer(worker)
            values |= {first + a: value for a, value in zip(local, returns, strict=True)}
        return [values[agent] for agent in wanted]

    def _order(self, orders: Mapping[int, Order]) -> list[dict[str, Any]]:
        """Give workers their engines' orders; all answer before one's refusal is raised."""
        if self.waiting:
            kind = next(iter(orders.values())).kind
            raise UsageError(f"'{kind}' cannot be sent between step_async() and step_wait()")
        for worker, order in orders.items():
            self._command(worker, ("order", {0: order}))
        answers: list[dict[str, Any]] = []
        refusal: UsageError | None = None
        for worker in orders:
            try:
                answers += self._answer(worker)
            except UsageError as error:
                refusal = refusal or error
        if refusal is not None:
            raise refusal
        return answers

    def _command_all(self, commands: Sequence[tuple[str, Any]]) -> None:
        for worker, command in enumerate(commands):
            self._command(worker, command)

    def _command(self, worker: int, command: tuple[str, Any]) -> None:
        if self.closed:
            raise UsageError("the environment is closed")
        try:
            self.remotes[worker].send(command)
            self._owing.add(worker)
        except OSError:
            self._answer(worker)  # an error that the worker sent before it ended
            raise EngineDiedError(f"the worker of engine {worker} ended") from None

    def _count(self, restarts: list[EngineRestart]) -> None:
        """Take note of a worker's restarts, all workers' together bounded by `max_restarts`."""
        for restart in restarts:
            self.restarts.append(restart)
            error = EngineDiedError(restart.reason)
            error.failure = restart.failure
            self._budget.spend(error)

    def _answers(self) -> list[Any]:
        return [self._answer(worker) for worker in range(len(self.remotes))]

    def _answer(self, worker: int) -> Any:
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
