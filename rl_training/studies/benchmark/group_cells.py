"""What groups of unlike agents cost: the rate of a scene whose agents act group by group.

Both scenes hold as many agents, floats and actions; one has them in one group, one in two.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from rl_training.studies.benchmark.env_cells import action_pool, env_settings
from rl_training.studies.benchmark.processes import memory
from rl_training.studies.benchmark.task import WARM_UP_DECISIONS, Measurement, Task

Actions = Mapping[str, NDArray[Any]]


def measure_groups(task: Task) -> Measurement:
    """Step all groups with random actions.

    Returns:
        `value`: decisions per second of all agents; `agents`; `python_ms`: processor time of this
        process for one decision of all agents, in milliseconds; memory.
    """
    from rl_training.envs.godot_vec_env import GodotVecEnv

    env = GodotVecEnv.from_settings(env_settings(task))
    try:
        env.reset_groups()
        pools = {
            name: action_pool(group.action_space, len(group.agents), task.seed)
            for name, group in env.groups.items()
        }
        pool: list[Actions] = [
            dict(zip(pools, each, strict=True)) for each in zip(*pools.values(), strict=True)
        ]
        for index in range(WARM_UP_DECISIONS):
            env.step_groups(pool[index % len(pool)])
        count, busy, started = 0, time.process_time(), time.perf_counter()
        while time.perf_counter() - started < task.seconds:
            env.step_groups(pool[count % len(pool)])
            count += 1
        elapsed = time.perf_counter() - started
        agents = sum(len(group.agents) for group in env.groups.values())
        return {
            "value": count / elapsed * agents,
            "agents": agents,
            "python_ms": 1000.0 * (time.process_time() - busy) / count,
            **memory(),
        }
    finally:
        env.close()
