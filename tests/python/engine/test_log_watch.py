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


PUSHED = """ERROR: no coin
   at: push_error (core/variant/variant_utility.cpp:1024)
   GDScript backtrace (most recent call first):
       [0] collect (res://coin.gd:5)
WARNING: low on coins
     at: push_warning (core/variant/variant_utility.cpp:1034)
ERROR: 3 resources still in use at exit.
   at: clear (core/io/resource.cpp:100)
"""
ADDON = """WARNING: godot_rl: Arena{}/Walker has no begin_episode
     at: push_warning (core/variant/variant_utility.cpp:1034)
     GDScript backtrace (most recent call first):
         [0] warn (res://addons/godot_rl/logger.gd:15)
         [1] collect (res://addons/godot_rl/agents/roster.gd:35)
"""


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_all_are_counted_and_the_first_of_each_kind_is_kept(log: Log, step: int) -> None:
    text = (ERROR + PUSHED) * 30 + PUSHED + "fine\n"
    for start in range(0, len(text), step):
        log.write(text[start : start + step])
        if step > 1 or start % 50 == 0:
            log.watch.messages()
    found = log.watch.messages(ended=True)
    assert found.script_errors.count == 30
    assert found.errors.count == 31
    assert found.errors.texts == ("ERROR: no coin at: collect (res://coin.gd:5)",)
    assert found.warnings.count == 31
    assert found.warnings.first == "WARNING: low on coins"
    assert [(each.text, each.count) for each in found.warnings.messages] == [
        ("WARNING: low on coins", 31)
    ]
    both = (found + found).errors
    assert (both.count, both.messages[0].count, len(both.messages)) == (62, 62, 1)


def test_a_message_at_the_very_end_counts(log: Log) -> None:
    log.write("ERROR: bye\n   at: push_error (core/variant/variant_utility.cpp:1024)\n")
    assert log.watch.messages().errors.count == 0
    assert log.watch.messages(ended=True).errors.count == 1


def test_warnings_of_the_addon_are_told_once_whatever_the_arena(log: Log) -> None:
    for arena in range(5):
        log.write(ADDON.format(arena))
    log.write("fine\n")
    assert log.watch.new_addon_warnings() == ["godot_rl: Arena0/Walker has no begin_episode"]
    log.write(ADDON.format(7) + PUSHED)
    assert log.watch.new_addon_warnings() == []
    warnings = log.watch.messages().warnings
    assert warnings.count == 7
    # Arenas differ in a number only: one message that came six times.
    assert [each.count for each in warnings.messages] == [6, 1]


def test_errors_at_two_lines_are_two_and_numbers_in_them_are_one(log: Log) -> None:
    at = "SCRIPT ERROR: Out of bounds get index '{}'\n   at: look (res://a.gd:{})\n"
    log.write(at.format(3, 7) + at.format(4, 7) + at.format(3, 9))
    found = log.watch.messages(ended=True).script_errors
    assert [each.count for each in found.messages] == [2, 1]
    assert found.texts[1].endswith("(res://a.gd:9)")
