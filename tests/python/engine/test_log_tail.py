from __future__ import annotations

from pathlib import Path

import pytest

from rl_training.engine.log_tail import read_tail, telling_line


def test_tail_skips_empty_lines(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"one\n\ntwo\r\nthr\xffee\n\n")
    assert read_tail(log, 2) == ["two", "thr\ufffdee"]


def test_tail_of_a_missing_log_is_empty(tmp_path: Path) -> None:
    assert read_tail(tmp_path / "none", 5) == []


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], ""),
        (["Godot Engine v4.6", "hello"], "hello"),
        (["Godot Engine v4.6.3.stable - https://godotengine.org"], ""),
        (['ERROR: Parameter "fbc" is null.', "ERROR: no display"], "no display"),
        (["ERROR: first", "WARNING: x", "bye"], "ERROR: first"),
        (["ERROR: other", "ERROR: godot_rl: no agent", "   at: push_error"], "godot_rl: no agent"),
        (
            ["SCRIPT ERROR: Division by zero.", "   at: step (res://game.gd:7)", "ERROR: later"],
            "Division by zero. at: step (res://game.gd:7)",
        ),
        (["fine", "ERROR: 3 resources still in use at exit (run with --verbose)."], "fine"),
        (["./game: error while loading shared libraries: libx.so"], "error while loading"),
        (["godot_rl: 4 agents", "ERROR: boom"], "ERROR: boom"),
    ],
)
def test_telling_line(lines: list[str], expected: str) -> None:
    line = telling_line(lines)
    assert expected in line
    assert bool(line) == bool(expected)


def test_telling_line_is_short() -> None:
    assert len(telling_line(["ERROR: " + "x" * 1000])) == 300
