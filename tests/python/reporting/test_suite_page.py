"""One page of several scenarios: who passed, who is missing, what was explored."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rl_training.errors import UsageError
from rl_training.evaluation.report import EvaluationReport
from rl_training.reporting.document import Heading, Picture
from rl_training.reporting.suite_page import Member, read_explored, suite_page
from rl_training.reporting.table import Table
from rl_training.scenarios import get_scenario, scenario_names

BASELINES = Path(__file__).parents[3] / "baselines"
FILE = BASELINES / "vr_locomotion_baseline.json"
MEAN = f"{json.loads(FILE.read_text())['mean_reward']:.2f}"
FOUND = {
    "decisions": 2000,
    "coverage": {"cells": 31},
    "findings": [
        {"kind": "stuck", "message": "it stands", "episodes": 3, "known": False},
        {"kind": "slow_tick", "message": "a tick took long", "episodes": 1, "known": True},
    ],
}


def test_the_first_table_tells_who_passed_and_who_is_missing() -> None:
    report = EvaluationReport.load(FILE)
    blocks = suite_page([Member("memory"), Member("vr_locomotion", report)])
    assert blocks[0] == Heading("All scenarios", 1)
    table = next(block for block in blocks if isinstance(block, Table))
    assert [row[0] for row in table.rows] == ["memory", "vr_locomotion"]
    assert table.rows[0][5] == "no evaluation"
    assert table.rows[1][1:4] == ("100.0%", MEAN, "100")
    assert table.marked == {0}


def test_each_page_stands_below_with_pictures_of_its_own() -> None:
    report = EvaluationReport.load(FILE)
    blocks = suite_page([Member("vr_locomotion", report)])
    levels = [block.level for block in blocks if isinstance(block, Heading)]
    assert levels.count(1) == 1
    assert levels.count(2) == 1
    pictures = [block.name for block in blocks if isinstance(block, Picture)]
    assert pictures
    assert all(name.startswith("vr_locomotion_") for name in pictures)


def test_the_command_finds_baselines_and_explorations(
    run: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    current = tmp_path / "vr_locomotion" / "current.json"
    (current.parent / "explore").mkdir(parents=True)
    shutil.copy(FILE, current)
    (current.parent / "explore" / "report.json").write_text(json.dumps(FOUND))
    page = tmp_path / "page.md"
    words = ("--metrics", str(current), "--all_scenarios", "--baseline", str(BASELINES))
    code, _, err = run("generate_report.py", *words, "--output", str(page))
    assert (code, err) == (0, "")
    text = page.read_text()
    assert f"| vr_locomotion | 100.0% | {MEAN} | 100 |  | passed | 1 new of 2 |" in text
    for name in scenario_names():
        if get_scenario(name).scene_path is not None:
            assert f"| {name} |" in text
    assert "it stands" in text


def test_what_is_no_exploration_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("{}")
    with pytest.raises(UsageError, match="is no report of an exploration"):
        read_explored(path)
