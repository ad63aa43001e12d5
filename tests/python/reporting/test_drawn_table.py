"""Results by what was drawn for a parameter."""

from __future__ import annotations

from pathlib import Path

from rl_training.config.samplers import Choice, Sampler, Uniform
from rl_training.evaluation.report import EvaluationReport
from rl_training.reporting.document import save_markdown
from rl_training.reporting.drawn_table import drawn_table
from rl_training.reporting.report_page import page
from tests.python.evaluation.reports import report_of

WIND = Uniform(low=0.0, high=1.0)


def _report(count: int = 20, tells: bool = True, **parameters: float | Sampler) -> EvaluationReport:
    """Episode i has wind i / count, and fails where it is strong; enemies 1, 2, 1, 2, ..."""
    infos: list[dict[str, object]] = []
    for i in range(count):
        drawn = {"wind": i / count, "enemies": 1.0 + i % 2, "gravity": 9.8}
        told = {name: value for name, value in drawn.items() if name in parameters}
        success: dict[str, object] = {"is_success": i < count / 2} if tells else {}
        infos.append({"parameters": told, **success})
    return report_of(infos, scenario="custom", parameters=parameters)


def test_quarters_of_a_range_and_each_of_a_few_values(tmp_path: Path) -> None:
    report = _report(wind=WIND, enemies=Choice(values=(1.0, 2.0)), gravity=9.8)
    table = drawn_table(report)
    assert table is not None
    assert [row[:4] for row in table.rows] == [
        ("wind", "0 to 0.2", "5", "100.0%"),
        ("wind", "0.25 to 0.45", "5", "100.0%"),
        ("wind", "0.5 to 0.7", "5", "0.0%"),
        ("wind", "0.75 to 0.95", "5", "0.0%"),
        ("enemies", "1", "10", "50.0%"),
        ("enemies", "2", "10", "50.0%"),
    ]
    assert [row[5] for row in table.rows[:2]] == ["2.000", "7.000"]  # the reward is the number
    save_markdown(page(report), tmp_path / "page.md")
    text = (tmp_path / "page.md").read_text("utf-8")
    assert "## By what was drawn" in text
    assert "| wind | 0.5 to 0.7 | 5 | 0.0% |" in text


def test_without_success_only_rewards_are_told() -> None:
    table = drawn_table(_report(tells=False, wind=WIND))
    assert table is not None
    assert table.head == ("parameter", "drawn", "episodes", "mean reward", "95 % interval")


def test_nothing_is_told_of_fixed_parameters_or_few_episodes(tmp_path: Path) -> None:
    assert drawn_table(_report(gravity=9.8)) is None
    assert drawn_table(_report(count=7, wind=WIND)) is None
    assert drawn_table(_report(gravity=Uniform(low=9.8, high=9.8))) is None  # always the same
    save_markdown(page(_report(gravity=9.8)), tmp_path / "page.md")
    assert "By what was drawn" not in (tmp_path / "page.md").read_text("utf-8")
