"""What the live view costs a real training: the same run with and without a watcher, in turns.

Called by `commands.study_dashboard`. The watcher keeps the wish for four arenas fresh, as a page
does; both kinds of run do exactly the same otherwise.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from rl_training.errors import EngineError
from rl_training.runs.live_view import arena_file, wish
from rl_training.runs.metrics import read_new_metrics
from rl_training.runs.paths import RunPaths
from rl_training.runs.processes import package_environment

ARENAS = (0, 1, 2, 3)
_RENEW_S = 1.0
_RATE = "time/fps"


@dataclass(frozen=True)
class Watched:
    """One kind of training that is watched.

    Attributes:
        scenario: name.
        timesteps: of each run.
    """

    scenario: str
    timesteps: int


KINDS = (Watched("lunabotics", 1_500_000), Watched("vr_locomotion", 150_000))


def compare(folder: Path, kind: Watched, repeats: int) -> dict[str, Any]:
    """Train in turns without and with a watcher.

    Args:
        folder: of the runs; made anew each time.
        kind: what is trained.
        repeats: pairs of runs.

    Returns:
        steps/s of both (medians), the median of the pairs' ratios and its extremes, bytes that were
        told.

    Raises:
        EngineError: a training failed, or the watched one told nothing.
    """
    alone, seen, ratios, told = [], [], [], 0
    for turn in range(repeats):
        rates = {}
        # Who goes first takes turns too: a machine warms up.
        for is_watched in (False, True) if turn % 2 == 0 else (True, False):
            paths = RunPaths(f"{kind.scenario}_{turn}_{'seen' if is_watched else 'alone'}", folder)
            rates[is_watched] = _train(paths, kind, is_watched=is_watched)
            if is_watched:
                told = sum(_size(arena_file(paths, arena)) for arena in ARENAS)
        alone.append(rates[False])
        seen.append(rates[True])
        ratios.append(rates[True] / rates[False])
    if not told:
        raise EngineError(f"the training of {kind.scenario} told its watcher nothing")
    return {
        "scenario": kind.scenario,
        "timesteps": kind.timesteps,
        "pairs": repeats,
        "load": round(float(psutil.getloadavg()[0]), 1),
        "alone_steps_per_s": round(statistics.median(alone)),
        "watched_steps_per_s": round(statistics.median(seen)),
        "ratio": round(statistics.median(ratios), 3),
        "ratios": [round(each, 3) for each in sorted(ratios)],
        "told_bytes": told,
    }


def _train(paths: RunPaths, kind: Watched, *, is_watched: bool) -> float:
    words = [sys.executable, "-m", "rl_training", "train", "--scenario", kind.scenario]
    words += ["--timesteps", str(kind.timesteps), "--seed", "0"]
    words += ["--run_root", str(paths.root), "--experiment_name", paths.experiment]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(words, env=package_environment(), **quiet) as child:  # type: ignore[call-overload]
        while True:
            if is_watched:
                wish(paths, ARENAS)
            try:
                code = child.wait(_RENEW_S)
                break
            except subprocess.TimeoutExpired:
                continue
    if code != 0:
        raise EngineError(f"{' '.join(words[2:])} ended with {code}")
    rates = [line[_RATE] for line in read_new_metrics(paths.metrics, 0)[0] if _RATE in line]
    return float(rates[-1])  # the mean over the whole run


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
