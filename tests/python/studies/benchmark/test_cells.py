from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

from rl_training.studies.benchmark.cells import (
    QUICK_CELLS,
    RATIO_GOALS,
    TIME_GOALS,
    all_cells,
    scaling_cells,
)
from rl_training.studies.benchmark.task import WARM_UP_DECISIONS, Task
from tests.python.studies.benchmark.examples import BASE


def test_every_name_that_is_referred_to_exists_once() -> None:
    names = [cell.name for cell in all_cells(BASE)]
    assert len(set(names)) == len(names)
    named = {goal.top for goal in RATIO_GOALS} | {goal.bottom for goal in RATIO_GOALS}
    named |= {goal.cell for goal in TIME_GOALS} | set(QUICK_CELLS)
    named |= {cell.lasts_like for cell in all_cells(BASE) if cell.lasts_like}
    assert named <= set(names)


def test_compared_cells_have_the_same_number_of_agents() -> None:
    cells = {cell.name: cell for cell in all_cells(BASE)}
    for goal in RATIO_GOALS:
        if not goal.bottom.endswith("_one"):
            assert cells[goal.top].copies == cells[goal.bottom].copies, goal.name


def test_compared_cells_differ_in_nothing_but_what_they_compare() -> None:
    cells = {cell.name: cell for cell in all_cells(BASE)}
    raw = dataclasses.replace(cells["raw"].task, kind="env")
    assert cells["binary"].task == raw
    assert cells["json"].task == dataclasses.replace(raw, transport="json")
    assert cells["stock_best"].task == dataclasses.replace(raw, kind="stock_env")


def test_documented_cells_are_as_documented() -> None:
    cells = {cell.name: cell for cell in all_cells(BASE)}
    for name in ("stock_documented", "ppo_stock_documented"):
        task = cells[name].task
        assert (task.documented, task.action_repeat) == (True, 8)
        assert (task.num_envs, task.arenas) == (1, 16)


def test_scaling_spans_the_table() -> None:
    cells = scaling_cells(BASE)
    assert {cell.task.num_envs for cell in cells} == {1, 2, 4, 8}
    assert {cell.copies for cell in cells} == {1, 4, 16, 64, 256}


def test_a_task_survives_json() -> None:
    assert Task.from_dict(json.loads(json.dumps(BASE.to_dict()))) == BASE


def test_both_languages_warm_up_equally(repository: Path) -> None:
    source = (repository / "addons/godot_rl/policies/random_policy.gd").read_text("utf-8")
    found = re.search(r"const WARM_UP_DECISIONS: int = (\d+)", source)
    assert found is not None
    assert int(found[1]) == WARM_UP_DECISIONS
