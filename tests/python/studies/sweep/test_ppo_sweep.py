"""The PPO sweep: what is varied, what is kept, the page, and a short one on the real engine."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from rl_training import sweep_ppo
from rl_training.config import TrainConfig
from rl_training.errors import ConfigError, UsageError
from rl_training.scenarios import get_scenario
from rl_training.studies.benchmark.machine import Machine
from rl_training.studies.sweep.ppo_sweep import (
    NOTES_MARK,
    VARIANTS,
    Point,
    Sweep,
    SweepRow,
    choose,
    columns,
    curve,
    evaluated,
    plot_curves,
    render,
)
from tests.python.evaluation.reports import report_of

MACHINE = Machine("2026-01-01T00:00:00", "Linux", "A CPU", 2, 8.0, "4.6.3", "abc", {}, 0.1)
ROW = SweepRow(
    variant="default",
    seed=0,
    timesteps=1000,
    seconds=4.0,
    evaluation={"mean_reward": 12.25, "success_rate": 0.9, "course_time": 14.0},
    curve=(
        Point(1.0, 250, None, None),
        Point(2.0, 500, 0.5, 3.0),
        Point(3.0, 750, 0.95, 9.0),
        Point(4.0, 1000, 0.85, 8.0),
    ),
)


def _sweep(**changes: Any) -> Sweep:
    sweep = Sweep("sweep_ppo.py", MACHINE, "vr_locomotion", 1000, 10, 2, 32)
    return dataclasses.replace(sweep, **changes)


def test_every_variant_is_a_valid_change_and_no_two_are_alike() -> None:
    default = TrainConfig()
    seen = []
    for variant in VARIANTS:
        seen.append((default.replace({"ppo": dict(variant.ppo)}), variant.agents_factor))
    assert seen[0] == (default, 1.0)
    assert all(seen.count(one) == 1 for one in seen)
    assert len({variant.name for variant in VARIANTS}) == len(VARIANTS)


def test_variants_are_chosen_by_name() -> None:
    assert choose([]) == VARIANTS
    assert [variant.name for variant in choose(["epochs_3", "default"])] == ["epochs_3", "default"]
    with pytest.raises(ConfigError, match="no variant 'epoch_3'; known are default, "):
        choose(["epoch_3"])


def test_a_curve_is_read_off_the_metrics() -> None:
    rows: list[dict[str, Any]] = [
        {"timesteps": 10, "time": 100.5},
        {"timesteps": 20, "time": 101.0, "rollout/success_rate": 0.5, "rollout/ep_rew_mean": 2.0},
    ]
    assert curve(rows, 100.0) == (Point(0.5, 10, None, None), Point(1.0, 20, 0.5, 2.0))


def test_the_page_has_a_row_a_run_and_keeps_its_notes() -> None:
    page = render(_sweep(rows=[ROW]), "old\n" + NOTES_MARK + "\n\nA note.\n", "images/a.png")
    assert "| `default` | 0 | 250 | 4 | 12.2 | 90 | - | - | - | 14.0 |" in page
    assert "](images/a.png)" in page
    assert page.endswith("\n\nA note.\n")
    assert "old" not in page
    assert "not measured" in render(_sweep())


def test_columns_are_the_scenarios_own() -> None:
    assert [(each.name, each.label) for each in columns(get_scenario("vr_locomotion"))] == [
        ("mean_reward", "reward"),
        ("success_rate", "success, %"),
        ("clean", "clean"),
        ("zero_collisions_rate", "no collisions, %"),
        ("zero_comfort_events_rate", "no comfort events, %"),
        ("course_time", "course time, s"),
    ]
    assert [each.name for each in columns(get_scenario("memory"))] == [
        *("mean_reward", "success_rate"),
    ]


def test_a_row_keeps_the_numbers_of_its_report() -> None:
    info = {"is_success": True, "metrics": {"success": True, "collisions": 0}}
    kept = evaluated(report_of([info, info]))
    assert (kept["success_rate"], kept["mean_reward"]) == (1.0, 0.5)
    assert kept["zero_collisions_rate"] == 1.0


def test_an_earlier_result_is_taken_over() -> None:
    text = _sweep(rows=[ROW]).to_json()
    later = _sweep()
    later.take_rows(text)
    assert later.rows == [ROW]
    assert later.find("default", 0) == ROW
    assert later.find("default", 1) is None
    with pytest.raises(UsageError, match="has timesteps 1000, this one 2000"):
        _sweep(timesteps=2000).take_rows(text)
    for bad in ("", "[]", "{}", '{"rows": 1}'):
        with pytest.raises(UsageError, match="not a sweep's JSON"):
            _sweep().take_rows(bad)


def test_the_picture_has_a_line_a_run(tmp_path: Path) -> None:
    other = dataclasses.replace(ROW, variant="epochs_3")
    empty = dataclasses.replace(ROW, variant="batch_512", curve=())
    plot_curves(_sweep(rows=[ROW, other, empty]), tmp_path / "images" / "a.png")
    assert (tmp_path / "images" / "a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--timesteps", "0"], "timesteps must be at least 1"),
        (["--only", "fast"], "no variant 'fast'"),
    ],
)
def test_wrong_use_is_told_before_anything_is_trained(flags: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        sweep_ppo.main(flags)


def test_two_variants_on_the_real_engine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result, page = tmp_path / "sweep.json", tmp_path / "page.md"
    flags = ["--timesteps", "512", "--episodes", "2", "--num_envs", "1", "--arenas", "4"]
    flags += ["--json", str(result), "--markdown", str(page)]
    assert sweep_ppo.main([*flags, "--only", "default"]) == 0
    assert sweep_ppo.main([*flags, "--only", "default", "epochs_3", "--resume"]) == 0
    rows = json.loads(result.read_text())["rows"]
    assert [row["variant"] for row in rows] == ["default", "epochs_3"]
    for row in rows:
        assert row["timesteps"] >= 512
        assert row["seconds"] > 0.0
        assert "success_rate" in row["evaluation"]
        assert row["curve"][-1]["timesteps"] == row["timesteps"]
    assert "`epochs_3`" in page.read_text()
    assert (tmp_path / "images" / "ppo_sweep.png").is_file()
    assert "`epochs_3`" in capsys.readouterr().out
