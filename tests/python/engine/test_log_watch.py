from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rl_training.engine import log_watch
from rl_training.engine.log_watch import LogWatch

ERROR = "SCRIPT ERROR: Division by zero.\n   at: step (res://game.gd:7)\n"


class Log:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
        self.watch = LogWatch(path, self.descriptor)

    def write(self, text: str) -> None:
        os.write(self.descriptor, text.encode())


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(tmp_path / "engine.log")
    yield log
    os.close(log.descriptor)


def test_each_error_is_told_once_with_its_place(log: Log) -> None:
    log.write("Godot Engine\n" + ERROR + "more\n" + ERROR)
    told = "SCRIPT ERROR: Division by zero. at: step (res://game.gd:7)"
    assert log.watch.new_script_errors() == [told]
    log.write(ERROR + ERROR.replace("7", "8"))
    assert log.watch.new_script_errors() == [told.replace("7", "8")]
    assert log.watch.new_script_errors() == []
    assert log.watch.first_script_error == told


@pytest.mark.parametrize("cut", range(1, len(ERROR)))
def test_an_error_may_come_in_pieces(log: Log, cut: int) -> None:
    log.write("fine\n" + ERROR[:cut])
    found = log.watch.new_script_errors()
    log.write(ERROR[cut:] + "fine\n")
    found += log.watch.new_script_errors()
    assert found == ["SCRIPT ERROR: Division by zero. at: step (res://game.gd:7)"]


def test_not_more_than_twenty_are_told(log: Log) -> None:
    for line in range(30):
        log.write(ERROR.replace("7", str(line)))
    assert len(log.watch.new_script_errors()) == 20


def test_a_log_that_grows_too_large_is_emptied(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_watch, "MAX_LOG_BYTES", 100_000)
    for number in range(50):
        log.write(f"line {number} " + "x" * 5000 + "\n")
        log.watch.new_script_errors()
    assert log.path.stat().st_blocks * 512 < 200_000
    log.write("\n" + ERROR)
    assert len(log.watch.new_script_errors()) == 1


def test_a_log_that_is_gone_is_no_error(log: Log) -> None:
    log.path.unlink()
    assert log.watch.new_script_errors() == []
