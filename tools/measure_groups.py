"""What groups cost: agents in one group against as many in two, side by side on the real engine.

    python tools/measure_groups.py [--arenas 64] [--rounds 7] [--decisions 300]

Both environments stand open at once and play in turns. Processor time of Python and the engine
together is what is compared, since other programs move the wall clock; both are shown.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rl_training.envs import EnvSettings, GodotVecEnv

PROJECT = Path(__file__).parents[1]
FIXTURES = "res://tests/godot/fixtures"
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class Spent(NamedTuple):
    """Microseconds a decision: of processor time, both sides and each; of the clock."""

    both: float
    python: float
    engine: float
    clock: float


def main() -> None:
    """Measure and print medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--arenas", type=int, default=64, help="copies of a scene of 2 agents")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--decisions", type=int, default=300, help="in each round")
    given = parser.parse_args()
    cases = {"one group": "one_group", "two groups": "two_groups"}
    spent: dict[str, list[Spent]] = {name: [] for name in cases}
    envs = {name: start(scene, given.arenas) for name, scene in cases.items()}
    try:
        for env in envs.values():
            play(env, 50)
        for _ in range(given.rounds):
            for name, env in envs.items():
                spent[name].append(play(env, given.decisions))
    finally:
        for env in envs.values():
            env.close()
    for name in cases:
        print(
            name
            + ", us a decision: "
            + ", ".join(f"{what} {of(what, spent[name]):.0f}" for what in Spent._fields)
        )
    for what in Spent._fields:
        pairs = zip(spent["one group"], spent["two groups"], strict=True)
        ratios = [getattr(two, what) / getattr(one, what) for one, two in pairs]
        shown = ", ".join(f"{ratio:.3f}" for ratio in sorted(ratios))
        print(f"two groups / one group, {what}: {statistics.median(ratios):.3f} ({shown})")


def of(what: str, spent: list[Spent]) -> float:
    """Return the median of one column."""
    return float(statistics.median(getattr(each, what) for each in spent))


def start(scene: str, arenas: int) -> GodotVecEnv:
    """Return an environment of `arenas` copies of a scene of two agents, begun."""
    env = GodotVecEnv.from_settings(
        EnvSettings(
            project_path=str(PROJECT),
            scene_path=f"{FIXTURES}/{scene}.tscn",
            port=0,
            arenas=arenas,
            action_repeat=1,
        )
    )
    env.reset_groups()
    return env


def play(env: GodotVecEnv, decisions: int) -> Spent:
    """Return what so many decisions cost."""
    actions: dict[str, Any] = {
        name: np.zeros((len(group.agents), *group.action_space.shape), np.float32)  # type: ignore[misc]
        for name, group in env.groups.items()
    }
    process = env.envs[0].process
    assert process is not None, "it was launched"
    pid = process.pid
    python, engine, wall = time.process_time(), _processor_time(pid), time.perf_counter()
    for _ in range(decisions):
        env.step_groups(actions)
    python, engine = time.process_time() - python, _processor_time(pid) - engine
    each = 1e6 / decisions
    clock = time.perf_counter() - wall
    return Spent((python + engine) * each, python * each, engine * each, clock * each)


def _processor_time(pid: int) -> float:
    """Return seconds of processor time of a process of this machine (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND


if __name__ == "__main__":
    main()
