"""`explore --backend ray` with Ray and the real engine: what is found is shown again here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray", reason="Ray is not installed")

from tests.python.conftest import REPOSITORY, processes_left
from tests.python.exploration.room_game import write_room_game

pytestmark = [pytest.mark.timeout(1800), pytest.mark.nightly, pytest.mark.engine]

BUGS = ("report", "error", "pit", "script")
SIZE = ("--arenas", "4", "--seed", "1", "--budget_ms", "0")
RAY = ("--backend", "ray", "--engines_per_actor", "2")
TIMES = {"seconds", "decisions_per_s", "tick_ms", "spread_ms", "slow_ms"}


def spacetime(*words: str, code: int) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "rl_training", *words],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=800,
    )
    assert done.returncode == code, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def explored(room: Path, output: Path, *more: str) -> dict[str, Any]:
    bugs = [word for bug in BUGS for word in ("--parameter", f"bug_{bug}=1")]
    where = ("--project_path", str(room), "--output", str(output))
    spacetime("explore", *where, *SIZE, *bugs, *more, code=1)
    found: dict[str, Any] = json.loads((output / "report.json").read_text())
    return found


def without_times(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: without_times(each) for name, each in told.items() if name not in TIMES}
    return told


def test_actors_find_what_is_shown_again_here(tmp_path: Path) -> None:
    room = write_room_game(REPOSITORY, tmp_path / "room")
    here = explored(room, tmp_path / "here", "--decisions", "1500")
    with processes_left(patience_s=120.0):
        alone = explored(room, tmp_path / "alone", "--decisions", "1500", *RAY)
        # Two engines in one actor, one in the other.
        size = ("--decisions", "3000", "--num_envs", "3")
        several = explored(room, tmp_path / "several", *size, *RAY)
    # One engine: the findings, cells and returns of one machine.
    assert without_times(alone) == without_times(here)
    assert len(here["findings"]) >= 2

    assert len(several["jobs"]) == 2
    assert sum(several["jobs"]) == several["decisions"] >= 3000
    assert several["calibration"]["repeats"] is True, "in all engines"
    assert several["returns"]["tried"] == several["returns"]["exact"] > 0
    assert {row["kind"] for row in several["findings"]} >= {"engine_error", "script_error"}
    assert {row["job"] for row in several["findings"]} <= {0, 1}
    for row in several["findings"]:
        assert (row["confirmed"], row["identical"]) == (True, True), row
        assert row["first_step"] <= several["jobs"][row["job"]]
        assert (tmp_path / "several" / row["replay"]).is_file()
    row = several["findings"][0]
    file = str(tmp_path / "several" / row["replay"])
    told = spacetime("replay", file, "--project_path", str(room), code=0)
    assert f"finding {row['kind']}: shown again" in told
