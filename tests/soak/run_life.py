"""Ten minutes of agents that come and go, in debug and release builds: does anything leak?

Plays the game of tests/python/addon/life_project (a menu, scene changes, reloads, enemies that are
spawned, moved, pooled and freed, an agent that ends another in its action) under ONNX, human and
unanswered remote control, all at once, and prints one line of JSON for each. Exit code 1 when a
process failed, an agent did not act, a script failed, or memory or objects grew.

    python tests/soak/run_life.py --minutes 10 --json life.json
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
sys.path.insert(0, str(REPOSITORY))

from rl_training.engine import ensure_imported, find_engine  # noqa: E402
from rl_training.game_export.export import export_game  # noqa: E402
from rl_training.game_export.request import ExportRequest  # noqa: E402
from tests.python.addon.life import NOBODY, copy_game  # noqa: E402

MODES = ("onnx", "human", "remote")
GROWTH = 0.005
"""Largest growth of memory from the second quarter to the last, as a share."""


def main() -> int:
    """Play, watch and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--builds", nargs="+", default=["debug", "release"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_life_") as folder:
        rows = play(Path(folder), options.builds, options.minutes * 60.0)
    text = "\n".join(json.dumps(row) for row in rows)
    print(text)
    if options.json:
        options.json.write_text(text + "\n")
    return int(any(row["problems"] for row in rows))


def play(folder: Path, builds: list[str], seconds: float) -> list[dict[str, Any]]:
    """Start every build in every mode, sample their memory, end them."""
    game = copy_game(folder / "game")
    ensure_imported(find_engine(), game)
    commands: dict[str, list[str]] = {"debug": [str(find_engine().path), "--path", str(game)]}
    if "release" in builds:
        exported = export_game(ExportRequest(game, folder / "out", None, "res://menu.tscn"))
        commands["release"] = [str(exported.path)]
    running: dict[str, subprocess.Popen[str]] = {}
    memory: dict[str, list[float]] = {}
    for build in builds:
        for mode in MODES:
            name = f"{build} {mode}"
            words = ["--headless", "--fixed-fps", "60", NOBODY]
            words += [f"mode={mode}", f"seconds={seconds}"]
            running[name] = subprocess.Popen(
                [*commands[build], *words],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            memory[name] = []
    try:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            time.sleep(2.0)
            for name, process in running.items():
                if process.poll() is None:
                    memory[name].append(resident_mb(process.pid))
        outputs = {name: each.communicate(timeout=60)[0] for name, each in running.items()}
    finally:
        for process in running.values():
            process.kill()
    return [judge(name, running[name].returncode, outputs[name], memory[name]) for name in running]


def resident_mb(pid: int) -> float:
    """Memory that a process holds, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return float(line.split()[1]) / 1024.0
    return 0.0


def judge(name: str, code: int, output: str, memory: list[float]) -> dict[str, Any]:
    """Return what one process showed, and what is wrong with it."""
    told: dict[str, Any] = {}
    for line in output.splitlines():
        if line.startswith("LIFE "):
            told = json.loads(line.removeprefix("LIFE "))
    growth = grown(memory)
    objects = grown(told.get("objects", []))
    problems = []
    if code != 0 or not told:
        problems.append(f"exit code {code}: {output[-500:]}")
    problems += [f"{agent} did not act" for agent in told.get("idle", [])]
    problems += told.get("errors", [])
    if told.get("bad_actions"):
        problems.append(f"{told['bad_actions']} bad actions")
    if growth > GROWTH or objects > GROWTH:
        problems.append(f"memory grew by {growth:.1%}, objects by {objects:.1%}")
    return {
        "what": name,
        "ticks": told.get("ticks"),
        "scene_changes": told.get("scene_changes"),
        "spawned": told.get("spawned"),
        "memory_mb": round(memory[-1], 1) if memory else None,
        "memory_growth": round(growth, 4),
        "object_growth": round(objects, 4),
        "problems": problems,
    }


def grown(values: list[float]) -> float:
    """How much the last quarter's median is above the second quarter's, as a share."""
    quarter = len(values) // 4
    if quarter < 2:
        return 0.0
    before = statistics.median(values[quarter : 2 * quarter])
    return statistics.median(values[-quarter:]) / before - 1.0


if __name__ == "__main__":
    sys.exit(main())
