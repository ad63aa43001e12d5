"""Exploring a small game made from nothing, on the real engine: every detector finds its bug.

The code holds a bug for each; without the switch the same code is well, and nothing is found.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.python.exploration.room_game import write_room_game

pytestmark = [
    pytest.mark.engine,
    pytest.mark.nightly,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("no_process_left"),
]

Run = Callable[..., tuple[int, str, str]]
QUICK = ("--arenas", "4", "--budget_ms", "25", "--seed", "1", "--stuck_decisions", "40")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """The game's folder; it is imported once."""
    return write_room_game(repository, tmp_path_factory.mktemp("room"))


def explored(run: Run, room: Path, output: Path, *flags: str) -> tuple[int, dict[str, Any]]:
    code, _, err = run(
        "commands.explore", "--project_path", str(room), "--output", str(output), *QUICK, *flags
    )
    assert (output / "report.json").is_file(), err
    return code, json.loads((output / "report.json").read_text())


def test_a_game_that_is_well_passes(run: Run, room: Path, tmp_path: Path) -> None:
    code, report = explored(run, room, tmp_path, "--decisions", "600")
    assert (code, report["findings"]) == (0, [])
    assert report["calibration"]["repeats"] is True
    assert report["returns"]["tried"] == report["returns"]["exact"] > 0
    assert report["coverage"]["cells"] > 10
    assert "Nothing new was found." in (tmp_path / "report.md").read_text()


def test_bugs_are_found_confirmed_and_shown_again(run: Run, room: Path, tmp_path: Path) -> None:
    bugs = ("report", "error", "pit", "trap", "slow", "script")
    flags = [word for bug in bugs for word in ("--parameter", f"bug_{bug}=1")]
    code, report = explored(run, room, tmp_path, "--decisions", "3000", *flags)
    found = {row["kind"]: row for row in report["findings"]}
    assert code == 1
    assert set(found) == {
        *("wall_touched", "engine_error", "out_of_world", "stuck", "slow_frame", "script_error")
    }
    for row in found.values():
        assert row["confirmed"] is True, row
        assert row["identical"] is True, row
        assert (tmp_path / row["replay"]).is_file()
    for kind in ("stuck", "script_error"):
        file = tmp_path / found[kind]["replay"]
        code, told, _ = run("commands.replay", str(file), "--project_path", str(room))
        assert code == 0
        assert f"finding {kind}: shown again at decision {found[kind]['decision']}" in told
    mended = (room / "walker.gd").read_text()
    (room / "walker.gd").write_text(mended.replace("_enemy.queue_free()", "pass"))
    try:
        file = tmp_path / found["script_error"]["replay"]
        _, told, _ = run("commands.replay", str(file), "--project_path", str(room))
        assert "finding script_error: NOT shown again" in told
    finally:
        (room / "walker.gd").write_text(mended)
    known = tmp_path / "known"
    code, report = explored(
        run, room, known, "--decisions", "300", "--known", str(tmp_path / "report.json"), *flags
    )
    assert code == 0, [row["id"] for row in report["findings"] if not row["known"]]


@pytest.mark.parametrize(("bug", "kind"), [("crash", "crash"), ("nan", "nan"), ("hang", "hang")])
def test_an_engine_that_fails_is_a_finding(
    run: Run, room: Path, tmp_path: Path, bug: str, kind: str
) -> None:
    code, report = explored(
        run,
        room,
        tmp_path,
        *("--decisions", "250", "--parameter", f"bug_{bug}=1", "--timeout_s", "15"),
        *("--way", "random", "--hold", "0.95", "--confirm", "1", "--arenas", "2"),
    )
    (row,) = report["findings"]
    assert (code, row["kind"], row["confirmed"]) == (1, kind, True)
    # Of NaN the engine knows nothing: it plays such a recording to its end.
    assert row["replay"].endswith(".replay" if kind == "nan" else ".part")


def test_what_does_not_repeat_is_named_and_left_out(run: Run, room: Path, tmp_path: Path) -> None:
    code, report = explored(run, room, tmp_path, "--decisions", "900", "--parameter", "bug_clock=1")
    assert (code, report["calibration"]["repeats"]) == (0, False)
    assert report["calibration"]["unsteady"] == [3]
    assert report["returns"]["tried"] == report["returns"]["exact"] > 0
