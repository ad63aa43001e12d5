"""The same scene through godot-rl's own Python package: its client, its wrapper, its PPO settings.

Our addon speaks its protocol, so that only the client's side differs. The stock client launches a
game by its path, so it is given a small script that behaves as an exported game. It waits for ever
when an engine dies: a cell with it must be bounded in time from outside.
"""

from __future__ import annotations

import random
import shlex
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import torch
from godot_rl.core.godot_env import GodotEnv
from godot_rl.wrappers.stable_baselines_wrapper import StableBaselinesGodotEnv
from numpy.typing import NDArray
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecMonitor

from rl_training.errors import UsageError
from rl_training.studies.benchmark.env_cells import action_pool, timed_loop
from rl_training.studies.benchmark.ppo_cells import Learner, RolloutShape, learn
from rl_training.studies.benchmark.processes import kill, memory, process_info
from rl_training.studies.benchmark.task import DOCUMENTED_SPEEDUP, Measurement, Task

# stable_baselines_training() in godot_rl/wrappers/stable_baselines_wrapper.py, version 0.8.2.
_SCRIPT_N_STEPS = 32
_SCRIPT_ENT_COEF = 0.0001
_ENGINE_END_S = 2.0


def measure_stock_env(task: Task) -> Measurement:
    """Step several `GodotEnv`s in lockstep, as the stock wrapper does, with random actions.

    Returns:
        `value`: decisions per second of all agents; `agents`; memory.
    """
    with _launcher(task) as game, ExitStack() as stack:
        port = free_ports(task.num_envs)
        envs = []
        for index in range(task.num_envs):
            env = GodotEnv(
                env_path=str(game),
                port=port + index,
                seed=task.seed + index,
                convert_action_space=True,
                **_arguments(task),
            )
            stack.callback(_close, env)
            envs.append(env)
        for env in envs:
            env.reset()
        agents = envs[0].num_envs

        def step(actions: NDArray[Any]) -> None:
            for index, env in enumerate(envs):
                env.step_send(actions[index * agents : (index + 1) * agents])
            for env in envs:
                env.step_recv()

        pool = action_pool(envs[0].action_space, agents * len(envs), task.seed)
        pace = timed_loop(step, pool, task)
        total = agents * len(envs)
        return {
            "value": pace.calls_per_s * total,
            "agents": total,
            "python_ms": pace.python_ms,
            **memory(),
        }


def measure_stock_start(task: Task) -> Measurement:
    """Time from the constructor's call to the first observation, and the time of `close`.

    Returns:
        `value`: seconds to the first observations; `close_s`: seconds.
    """
    with _launcher(task) as game:
        port = free_ports(task.num_envs)
        started = time.perf_counter()
        env = _stock_vec_env(task, game, port)
        env.reset()
        ready = time.perf_counter()
        env.close()
        return {"value": ready - started, "close_s": time.perf_counter() - ready}


def measure_stock_ppo(task: Task, learner: Learner) -> Measurement:
    """Train with the stock wrapper.

    As documented, everything is as in godot-rl's own script. At its best, torch has one thread and
    PPO this harness's rollout length and batch size; with `n_epochs_as_ours` its passes as well.

    Returns:
        `value`: decisions per second of all agents, learning included; `agents`; memory.
    """
    with _launcher(task) as game:
        env = VecMonitor(_stock_vec_env(task, game, free_ports(task.num_envs)))
        try:
            if task.documented:
                model = PPO(
                    "MultiInputPolicy", env, ent_coef=_SCRIPT_ENT_COEF, n_steps=_SCRIPT_N_STEPS
                )
            else:
                torch.set_num_threads(1)
                shape = learner.shape(task.scenario, env.num_envs)
                model = _best_model(env, shape, task.n_epochs_as_ours)
            return learn(model, task)
        finally:
            with suppress(OSError):
                env.close()


def free_ports(count: int) -> int:
    """Return the first of `count` free neighbouring ports: the stock client does not look."""
    for _ in range(200):
        first = random.SystemRandom().randrange(20000, 60000)
        with ExitStack() as stack:
            try:
                for port in range(first, first + count):
                    stack.enter_context(socket.create_server(("127.0.0.1", port)))
            except OSError:
                continue
            return first
    raise UsageError(f"no {count} free neighbouring ports between 20000 and 60000")


def _best_model(env: VecMonitor, shape: RolloutShape, our_epochs: bool) -> PPO:
    default_epochs = 10
    return PPO(
        "MultiInputPolicy",
        env,
        ent_coef=_SCRIPT_ENT_COEF,
        n_steps=shape.n_steps,
        batch_size=shape.batch_size,
        n_epochs=shape.n_epochs if our_epochs else default_epochs,
    )


def _stock_vec_env(task: Task, game: Path, port: int) -> Any:
    return StableBaselinesGodotEnv(
        env_path=str(game),
        n_parallel=task.num_envs,
        seed=task.seed,
        port=port,
        **_arguments(task),
    )


def _arguments(task: Task) -> dict[str, Any]:
    """Return the stock client's launch settings; `arenas` reaches our addon as it is."""
    pace = {"speedup": DOCUMENTED_SPEEDUP} if task.documented else {"framerate": task.physics_ticks}
    return {"arenas": task.arenas, "action_repeat": task.action_repeat, **pace}


@contextmanager
def _launcher(task: Task) -> Iterator[Path]:
    """Yield a script that behaves as an exported game; engines that outlive the block are killed.

    Raises:
        UsageError: this system does not run such scripts.
    """
    if not sys.platform.startswith("linux"):
        raise UsageError("the stock client is measured on Linux only")
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_stock_") as folder:
        game, pids = Path(folder, "game.x86_64"), Path(folder, "pids")
        words = [task.engine, "--path", task.project_path, task.scene_path]
        game.write_text(
            f'#!/bin/sh\necho $$ >> {shlex.quote(str(pids))}\nexec {shlex.join(words)} "$@"\n',
            encoding="utf-8",
        )
        game.chmod(0o755)
        try:
            yield game
        finally:
            started = pids.read_text().split() if pids.is_file() else []
            _end([int(pid) for pid in started], task.project_path)


def _end(pids: list[int], project_path: str) -> None:
    """Wait for engines that were told to close, then kill those that stayed."""
    deadline = time.monotonic() + _ENGINE_END_S
    while (left := [pid for pid in pids if _is_ours(pid, project_path)]) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.05)
    kill(left)


def _is_ours(pid: int, project_path: str) -> bool:
    info = process_info(pid)
    return info is not None and project_path in info.command


def _close(env: Any) -> None:
    with suppress(OSError):
        env.close()
