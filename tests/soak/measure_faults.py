#!/usr/bin/env python3
"""Measure how soon faults of real engines are noticed and recovered from; print a table.

Two engines play VR locomotion with random actions. Times are in seconds: median, largest.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging, run_main

_PROJECT = Path(__file__).resolve().parents[2]
_SCENE = "res://scenes/features/vr_locomotion_test.tscn"
_HANG_TIMEOUT_S = 2.0
_DEADLINE_S = 30.0
_POLL_S = 0.005

# Plays until it ends as it is told to; says the engines' process ids.
_TRAINER = """
import sys
sys.path.insert(0, {root!r})
from tests.soak.measure_faults import make_env, play
env = make_env({arenas})
env.reset()
print(*(client.process.pid for client in env.envs), flush=True)
for number in play(env):
    if {ending!r} == "exit" and number == 20:
        sys.exit(0)
    if {ending!r} == "exception" and number == 20:
        raise RuntimeError("made up")
"""

Row = tuple[str, list[float], list[float]]
"""A fault, the times until it was noticed, the times until all was well."""


def make_env(arenas: int, timeout_s: float = 60.0) -> Any:
    """Return an environment of two engines that replaces those that fail."""
    from rl_training.envs import EnvSettings
    from rl_training.envs.factory import make_vec_env

    settings = EnvSettings(
        project_path=str(_PROJECT),
        scene_path=_SCENE,
        num_envs=2,
        arenas=arenas,
        timeout_s=timeout_s,
        max_restarts=1000,
    )
    return make_vec_env(settings)


def play(env: Any) -> Iterator[int]:
    """Step with random actions, for ever."""
    import numpy as np

    random = np.random.default_rng(0)
    shape = (env.num_envs, *env.action_space.shape)
    number = 0
    while True:
        env.step(random.uniform(-1.0, 1.0, shape).astype(np.float32))
        number += 1
        yield number


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, cause the faults, print the table."""
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("--repeats", type=int, default=10, metavar="N", help="of each fault")
    add("--arenas", type=int, default=64, metavar="N", help="copies of the scene in each engine")
    given = parser.parse_args(argv)
    configure_logging()
    rows = [
        engine_fault("an engine is killed", signal.SIGKILL, given.arenas, 60.0, given.repeats),
        engine_fault(
            f"an engine hangs, timeout_s {_HANG_TIMEOUT_S:g}",
            signal.SIGSTOP,
            given.arenas,
            _HANG_TIMEOUT_S,
            given.repeats,
        ),
    ]
    endings: list[tuple[str, str, int]] = [
        ("Python ends: exit", "exit", 0),
        ("Python ends: exception", "exception", 0),
        ("Python ends: SIGINT", "signal", signal.SIGINT),
        ("Python ends: SIGTERM", "signal", signal.SIGTERM),
        ("Python ends: SIGKILL", "signal", signal.SIGKILL),
    ]
    for label, ending, number in endings:
        times = [python_ends(ending, number, given.arenas) for _ in range(given.repeats)]
        rows.append((label, [], times))
    print("| fault | noticed | all well again |\n|---|---|---|")
    for label, noticed, recovered in rows:
        print(f"| {label} | {_cell(noticed)} | {_cell(recovered)} |")
    return 0


def engine_fault(
    label: str, number: signal.Signals, arenas: int, timeout_s: float, repeats: int
) -> Row:
    """Signal one engine while a step is under way; time its notice and its replacement."""
    import numpy as np

    noticed, recovered = [], []
    env = make_env(arenas, timeout_s)
    try:
        env.reset()
        steps = play(env)
        for repeat in range(repeats):
            for _ in range(20):
                next(steps)
            env.step_async(np.zeros((env.num_envs, *env.action_space.shape), np.float32))
            began = time.monotonic()
            os.kill(env.envs[repeat % 2].process.pid, number)
            env.step_wait()
            # It may have answered just before.
            while len(env.restarts) == repeat:
                next(steps)
            recovered.append(time.monotonic() - began)
            noticed.append(recovered[-1] - env.restarts[-1].downtime_s)
    finally:
        env.close()
    return label, noticed, recovered


def python_ends(ending: str, number: int, arenas: int) -> float:
    """Return the seconds from the end of a trainer until none of its engines lives."""
    code = _TRAINER.format(root=str(_PROJECT), arenas=arenas, ending=ending)
    trainer = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert trainer.stdout is not None
    pids = [int(word) for word in trainer.stdout.readline().split()]
    assert len(pids) == 2
    if ending == "signal":
        time.sleep(0.5)
        began = time.monotonic()
        trainer.send_signal(number)
    else:
        # From the first engine's end, or Python's, whichever comes first.
        _wait(lambda: trainer.poll() is not None or not all(map(_alive, pids)))
        began = time.monotonic()
    _wait(lambda: trainer.poll() is not None and not any(map(_alive, pids)))
    took = time.monotonic() - began
    trainer.stdout.close()
    return took


def _wait(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _DEADLINE_S
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited for {_DEADLINE_S:g} s")
        time.sleep(_POLL_S)


def _alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"


def _cell(times: list[float]) -> str:
    return f"{statistics.median(times):.3f}, {max(times):.3f}" if times else ""


if __name__ == "__main__":
    sys.exit(run_main(main))
