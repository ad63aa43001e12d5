"""What recording costs: the engine's processor time per decision, with and without.

Run by hand: `python tests/soak/measure_recording.py --rounds 5`. Rounds of all kinds are
interleaved and medians compared; processor time is measured because other work on the machine
changes it least. The start of the engine is taken off by a run of one decision. Linux and macOS.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

from rl_training.engine import ensure_imported, find_engine

REPOSITORY = Path(__file__).parents[2]
SCENE = "res://scenes/features/vr_locomotion_test.tscn"


def cpu_seconds(decisions: int, arenas: int, extra: tuple[str, ...]) -> float:
    """Return user and system time of an engine that plays so many random decisions."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            str(find_engine().path),
            *("--headless", "--fixed-fps", "90", "--path", str(REPOSITORY), SCENE),
            *("--action_repeat=9", "--env_seed=1", f"--arenas={arenas}"),
            *(f"--random_policy={decisions}", f"--report={folder}/report.json"),
            *(argument.format(folder=folder) for argument in extra),
        ]
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        if status != 0:
            raise RuntimeError(f"the engine ended with status {status}: {command}")
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Measure and print a line for each kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--decisions", type=int, default=400)
    parser.add_argument("--arenas", type=int, default=32)
    options = parser.parse_args()
    ensure_imported(find_engine(), REPOSITORY)
    kinds = {
        "not recorded": (),
        "full": ("--record={folder}/out",),
        "light, failures": (
            *("--record={folder}/out", "--record_failures=50", "--record_detail=light"),
        ),
        "times": ("--episode_times=1",),
    }
    starts: list[float] = []
    found: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(options.rounds):
        starts.append(cpu_seconds(1, options.arenas, ()))
        for kind, extra in kinds.items():
            found[kind].append(cpu_seconds(options.decisions, options.arenas, extra))
    played = options.arenas * (options.decisions - 1)
    for kind, seconds in found.items():
        cost = (statistics.median(seconds) - statistics.median(starts)) / played
        spread = (max(seconds) - min(seconds)) / played
        print(f"{kind:16} {1e6 * cost:6.1f} us a decision of an agent (spread {1e6 * spread:.1f})")


if __name__ == "__main__":
    main()
