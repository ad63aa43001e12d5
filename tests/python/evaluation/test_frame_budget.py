"""The verdict on a game's frame budget."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from rl_training.commands.budget import main
from rl_training.commands.running import run_main
from rl_training.errors import ConfigError
from rl_training.evaluation.frame_budget import Budget, BudgetVerdict

KEPT = BudgetVerdict(
    budget=Budget(),
    ticks=1000,
    late_ticks=0,
    late_frames=0,
    physics_ms=2.0,
    physics_max_ms=8.0,
    render_ms=1.0,
    render_max_ms=3.0,
    memory_mb=200.0,
)


def test_a_game_that_keeps_all_passes() -> None:
    assert KEPT.passed
    assert KEPT.as_text().endswith("passed: the game holds its budget")
    assert json.loads(json.dumps(KEPT.to_dict()))["passed"] is True


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"late_ticks": 2, "physics_max_ms": 20.0},
            "2 ticks and 0 frames took more than 11.11 ms",
        ),
        ({"late_frames": 1, "render_max_ms": 12.5}, "the longest 12.50 ms"),
        ({"warnings": 3, "first_message": "body too fast"}, "3 warnings, the first: body too fast"),
        ({"memory_mb": 2049.0}, "the game held 2049 MB, more than 2048 MB"),
    ],
)
def test_a_game_that_breaks_one_fails_and_says_which(change: dict[str, float], said: str) -> None:
    verdict = dataclasses.replace(KEPT, **change)  # type: ignore[arg-type]
    assert not verdict.passed
    assert said in verdict.as_text().splitlines()[-1]


def test_some_late_frames_can_be_let_pass() -> None:
    assert dataclasses.replace(KEPT, budget=Budget(late=2), late_ticks=1, late_frames=1).passed


def test_budgets_out_of_range_are_refused() -> None:
    with pytest.raises(ConfigError, match="frames must be at least 1"):
        Budget(frames=0)
    with pytest.raises(ConfigError, match="above 0"):
        Budget(budget_ms=0.0)


@pytest.mark.engine
@pytest.mark.timeout(300)
def test_the_command_judges_a_running_game(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same game keeps a wide budget and breaks one that no tick can keep."""
    file = tmp_path / "verdict.json"
    scene = ["--scene_path", "res://tests/godot/fixtures/counter_arena.tscn", "--port", "0"]
    words = [*scene, "--scenario", "vr_locomotion", "--frames", "60", "--warm_up", "10"]
    assert main([*words, "--budget_ms", "60000", "--json", str(file)]) == 0
    told = json.loads(file.read_text())
    assert told["ticks"] >= 60
    assert 0.0 < told["physics_ms"] <= told["physics_max_ms"]
    assert told["memory_mb"] > 1.0
    assert main([*words, "--budget_ms", "0.000001"]) == 1
    assert "failed: " in capsys.readouterr().out
    assert run_main(lambda: main([*words, "--frames", "0"])) == 2
