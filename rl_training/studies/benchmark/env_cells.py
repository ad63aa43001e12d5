"""This harness's environments: their rate with random actions, their start and their end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from rl_training.envs.settings import EnvSettings
from rl_training.studies.benchmark.processes import memory
from rl_training.studies.benchmark.task import WARM_UP_DECISIONS, Measurement, Task

_POOL = 64


def env_settings(task: Task) -> EnvSettings:
    """Return what this harness launches for a task."""
    return EnvSettings(
        project_path=task.project_path,
        scene_path=task.scene_path,
        num_envs=task.num_envs,
        arenas=task.arenas,
        action_repeat=task.action_repeat,
        seed=task.seed,
        transport=task.transport,
        godot=task.engine,
    )


def measure_env(task: Task) -> Measurement:
    """Step with random actions through the public interface.

    Returns:
        `value`: decisions per second of all agents; `agents`; `python_ms`: processor time of this
        process for one decision of all agents, in milliseconds; memory.
    """
    from rl_training.envs.factory import make_vec_env

    env = make_vec_env(env_settings(task), task.vec_env)
    try:
        env.reset()
        pool = action_pool(env.action_space, env.num_envs, task.seed)
        if task.free:
            return {"value": _free_rate(env, pool, task), "agents": env.num_envs, **memory()}
        pace = timed_loop(env.step, pool, task)
        return {
            "value": pace.calls_per_s * env.num_envs,
            "agents": env.num_envs,
            "python_ms": pace.python_ms,
            **memory(),
        }
    finally:
        env.close()


def _free_rate(env: Any, pool: list[NDArray[Any]], task: Task) -> float:
    """Drive each engine as soon as it answered; return decisions per second of all agents.

    All engines play the same number of decisions, the warm-up's and the measured ones.
    """
    for index in range(WARM_UP_DECISIONS):
        env.step(pool[index % len(pool)])
    blocks = env.blocks
    at = [0] * len(blocks)
    started = time.perf_counter()
    for engine, rows in enumerate(blocks):
        env.send_block(engine, pool[0][rows])
    count = task.decisions or 10**9
    open_engines = len(blocks)
    while open_engines:
        late = time.perf_counter() - started >= 3.0 * task.seconds
        for engine, _ in env.receive_blocks():
            at[engine] += 1
            if late or at[engine] >= count:
                open_engines -= 1
            else:
                env.send_block(engine, pool[at[engine] % len(pool)][blocks[engine]])
    elapsed = time.perf_counter() - started
    decided = sum(done * (rows.stop - rows.start) for done, rows in zip(at, blocks, strict=True))
    return float(decided / elapsed)


def measure_start(task: Task) -> Measurement:
    """Time from the constructor's call to the first observation, and the time of `close`.

    Returns:
        `value`: seconds to the first observations; `close_s`: seconds.
    """
    from rl_training.envs.factory import make_vec_env

    settings = env_settings(task)
    started = time.perf_counter()
    env = make_vec_env(settings, task.vec_env)
    try:
        env.reset()
        ready = time.perf_counter()
    finally:
        closing = time.perf_counter()
        env.close()
        closed = time.perf_counter()
    return {"value": ready - started, "close_s": closed - closing}


def action_pool(space: spaces.Space[Any], agents: int, seed: int) -> list[NDArray[Any]]:
    """Draw random actions of all agents beforehand, so that drawing them costs no measured time.

    Args:
        space: of one agent.
        agents: how many act.
        seed: of the draw.

    Returns:
        Arrays (agents, ...) of the space's dtype.
    """
    generator = np.random.default_rng(seed)
    if isinstance(space, spaces.Box):
        shape = (agents, *space.shape)
        return [generator.uniform(-1.0, 1.0, shape).astype(np.float32) for _ in range(_POOL)]
    if isinstance(space, spaces.MultiDiscrete):
        return [
            generator.integers(0, space.nvec, (agents, len(space.nvec)), dtype=np.int64)
            for _ in range(_POOL)
        ]
    space.seed(seed)
    return [np.array([space.sample() for _ in range(agents)]) for _ in range(_POOL)]


class Pace(NamedTuple):
    """How fast a loop ran.

    Attributes:
        calls_per_s: of the wall clock.
        python_ms: processor time of this process per call, milliseconds.
    """

    calls_per_s: float
    python_ms: float


def timed_loop(
    step: Callable[[NDArray[Any]], object], pool: list[NDArray[Any]], task: Task
) -> Pace:
    """Call `step` with pooled actions and return its pace after a warm-up.

    The loop ends after `task.decisions`, when given, so that compared cells play the same part of
    their episodes. It also ends after `task.seconds`, or three times that when decisions are given.
    """
    for index in range(WARM_UP_DECISIONS):
        step(pool[index % len(pool)])
    longest = 3.0 * task.seconds if task.decisions else task.seconds
    count = 0
    busy = time.process_time()
    started = time.perf_counter()
    while True:
        step(pool[count % len(pool)])
        count += 1
        elapsed = time.perf_counter() - started
        if elapsed >= longest or (task.decisions and count >= task.decisions):
            return Pace(count / elapsed, 1000.0 * (time.process_time() - busy) / count)
