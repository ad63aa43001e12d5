"""The count of planted bugs: who is told what, what the page says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rl_training.errors import ConfigError, UsageError
from rl_training.studies.benchmark.machine import Machine
from rl_training.studies.bug_count.finders import training_config
from rl_training.studies.bug_count.page import render, write_page
from rl_training.studies.bug_count.plan import BugPlan, Run, parameters_of
from rl_training.studies.bug_count.result import BugResult, BugRow
from rl_training.training.configuration import default_config

MACHINE = Machine("now", "Linux", "cpu", 2, 4.0, "4.6.3", "abc", {}, 0.0)
KINDS = ("missing_ground", "tunnelling", "stuck", "node_leak")


def test_a_plan_refuses_what_cannot_be_counted() -> None:
    with pytest.raises(
        UsageError, match=r"memory plants no bugs; those that do:.*bug_reproduction"
    ):
        BugPlan(("memory",))
    with pytest.raises(ConfigError, match=r"no finder 'serch'.*search"):
        BugPlan(("bug_reproduction",), ("serch",))
    plan = BugPlan(("bug_reproduction",), seeds=(0, 1))
    assert len(list(plan.runs())) == 2 * 4 * 2


def test_agents_are_told_nothing_of_bugs(tmp_path: Path) -> None:
    plan = BugPlan(("bug_reproduction",), decisions=1000)
    for variant, switch in (("bugs", 1.0), ("clean", 0.0)):
        run = Run("bug_reproduction", "agent", variant, 3)
        config = training_config(plan, run, tmp_path, None)
        assert config.parameters.to_dict() == parameters_of("bug_reproduction", variant)
        assert set(config.parameters.to_dict().values()) == {switch}
        assert (config.training.timesteps, config.seed) == (1000, 3)


def row(finder: str, variant: str, seed: int, found: dict[str, int]) -> BugRow:
    first = dict.fromkeys(found, 100 * (seed + 1))
    return BugRow("bug_reproduction", finder, variant, seed, 1000, 50, found, first, 40 + seed, 9.0)


def result() -> BugResult:
    rows = [
        row("agent", "bugs", 0, {"stuck": 5, "node_leak": 10}),
        row("agent", "bugs", 1, {"stuck": 1}),
        row("agent", "clean", 0, {}),
        row("random", "bugs", 0, {}),
        row("random", "clean", 0, {"stuck": 2, "slow_physics": 9}),
    ]
    plan = {"decisions": 1000, "num_envs": 1, "arenas": 8, "seeds": [0, 1]}
    return BugResult("spacetime-rl study bugs", MACHINE, plan, rows)


def test_the_page_says_what_was_measured(tmp_path: Path) -> None:
    text = render(result())
    assert "1.5 (1 to 2) of 4" in text, "found"
    assert "60 (20 to 100)" in text, "episodes with the bug per 1,000"
    assert "150 (2 of 2)" in text, "decisions to the first find"
    assert "never (0 of 1)" in text
    assert "none in 50 episodes" in text
    assert "stuck 2 in 50 episodes" in text, "slow ticks by the clock are the machine's"
    assert "slow_physics" not in text
    page = tmp_path / "bugs.md"
    write_page(result(), page)
    page.write_text(page.read_text("utf-8") + "What I think of it.\n", "utf-8")
    write_page(result(), page)
    assert "What I think of it." in page.read_text("utf-8"), "notes are kept"
    assert (tmp_path / "images/bugs.png").stat().st_size > 1000


def test_a_study_goes_on_where_it_stopped(tmp_path: Path) -> None:
    before = result()
    before.save(tmp_path / "result.json")
    again = BugResult("again", MACHINE, {**before.plan, "seeds": [0, 1, 2]})
    again.take_rows(tmp_path / "result.json")
    assert again.has(Run("bug_reproduction", "agent", "bugs", 1))
    assert not again.has(Run("bug_reproduction", "agent", "bugs", 2))
    assert json.loads((tmp_path / "result.json").read_text("utf-8"))["format"] == 1
    other = BugResult("other", MACHINE, {**before.plan, "decisions": 5})
    with pytest.raises(UsageError, match="another plan \\(other: decisions\\)"):
        other.take_rows(tmp_path / "result.json")


def test_a_training_that_is_counted_looks_for_bugs(tmp_path: Path) -> None:
    assert default_config("spacecraft_landing").to_dict()["parameters"]["watch"] == 0.0
    plan = BugPlan(("spacecraft_landing",), decisions=1000)
    run = Run("spacecraft_landing", "agent", "bugs", 0)
    assert "watch" not in training_config(plan, run, tmp_path, None).parameters.names
