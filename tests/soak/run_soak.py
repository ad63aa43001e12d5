#!/usr/bin/env python3
"""Train for an hour while engines are killed at random; memory must stay flat, nothing be lost.

Not part of `make test`. Exit code 0: every death was recovered from, and after the warm-up neither
Python nor the engine that is spared grew by 5 % or more.
"""

from __future__ import annotations

import json
import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging, run_main

_SAMPLE_S = 5.0
_FLAT = 1.05


class Watch:
    """Kills engines other than the first, and samples memory.

    Args:
        mean_s: seconds between two kills, on average.
        seed: of the moments.
    """

    def __init__(self, mean_s: float, seed: int) -> None:
        self.kills: list[float] = []
        self.samples: list[tuple[float, int, int]] = []
        self._mean_s = mean_s
        self._random = random.Random(seed)
        self._over = threading.Event()
        self._env: Any = None
        self._threads = [
            threading.Thread(target=target, daemon=True) for target in (self._kill, self._sample)
        ]

    def make(self, settings: Any, kind: Any) -> Any:
        """Make the environment and begin."""
        from rl_training.envs.factory import make_vec_env

        self._env = make_vec_env(settings, kind)
        for thread in self._threads:
            thread.start()
        return self._env

    def end(self) -> None:
        """Stop killing."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _kill(self) -> None:
        while not self._over.wait(self._random.expovariate(1.0 / self._mean_s)):
            client = self._random.choice(self._env.envs[1:])
            if client.process is not None and client.process.poll() is None:
                os.kill(client.process.pid, signal.SIGKILL)
                self.kills.append(time.time())

    def _sample(self) -> None:
        began = time.monotonic()
        while not self._over.wait(_SAMPLE_S):
            spared = self._env.envs[0].process
            self.samples.append((time.monotonic() - began, _rss(os.getpid()), _rss(spared.pid)))


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, train, print what was seen."""
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("--minutes", type=float, default=60.0, metavar="N", help="how long")
    add("--kill_every_s", type=float, default=15.0, metavar="S", help="mean time between kills")
    add("--seed", type=int, default=0, metavar="N", help="of the run and of the kills")
    add("--json", type=Path, metavar="PATH", help="write what was seen")
    given = parser.parse_args(argv)
    configure_logging()

    from rl_training.commands.train_flags import training_config
    from rl_training.runs.paths import RunPaths
    from rl_training.training.pipeline import train

    watch = Watch(given.kill_every_s, given.seed)
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_soak_") as folder:
        flags = ["--num_envs", "2", "--timesteps", "1000000000", "--max_restarts", "100000"]
        flags += ["--seed", str(given.seed), "--run_root", folder, "--experiment_name", "soak"]
        timer = threading.Timer(60.0 * given.minutes, os.kill, (os.getpid(), signal.SIGINT))
        timer.daemon = True
        timer.start()
        try:
            result = train(training_config(flags, "vr_locomotion", ""), watch.make)
        finally:
            watch.end()
        log = RunPaths("soak", Path(folder)).engine_failures
        rows = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    report = _report(given.minutes, watch, rows, result.timesteps)
    if given.json is not None:
        given.json.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report, indent=1))
    return int(not report["passed"])


def _report(
    minutes: float, watch: Watch, rows: list[dict[str, Any]], timesteps: int
) -> dict[str, Any]:
    downtimes = [row["downtime_s"] for row in rows]
    # The first fifth is warm-up; growth is that of medians, since a sample may fall into an update.
    later = [sample for sample in watch.samples if sample[0] > 12.0 * minutes]
    middle = len(later) // 2
    growth = {
        name: statistics.median(sample[column] for sample in later[middle:])
        / statistics.median(sample[column] for sample in later[:middle])
        for name, column in (("python", 1), ("engine", 2))
    }
    # A kill is recovered from when a replacement plays after it. One that hits a replacement which
    # is still starting belongs to the same recovery, so there are fewer of these than kills.
    ready = [row["time"] for row in rows]
    waits = [min((at - kill for at in ready if at >= kill), default=None) for kill in watch.kills]
    recoveries = [wait for wait in waits if wait is not None]
    lost = len(waits) - len(recoveries)
    # What is not recovered from can only be the last kill: the run ended while it was replaced.
    recovered = bool(rows) and lost <= 1
    return {
        "minutes": minutes,
        "timesteps": timesteps,
        "kills": len(watch.kills),
        "recoveries": len(rows),
        "recovery_median_s": _rounded(statistics.median, recoveries),
        "recovery_largest_s": _rounded(max, recoveries),
        "not_recovered": lost,
        "downtime_median_s": _rounded(statistics.median, downtimes),
        "downtime_largest_s": _rounded(max, downtimes),
        "python_mb": [round(later[place][1] / 1e6) for place in (0, -1)],
        "engine_mb": [round(later[place][2] / 1e6) for place in (0, -1)],
        "growth": {name: round(value, 4) for name, value in growth.items()},
        "passed": recovered and all(value < _FLAT for value in growth.values()),
    }


def _rounded(measure: Callable[[list[float]], float], values: list[float]) -> float | None:
    return round(measure(values), 3) if values else None


def _rss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    sys.exit(run_main(main))
