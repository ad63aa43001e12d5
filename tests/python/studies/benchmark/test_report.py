from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rl_training.errors import ConfigError
from rl_training.studies.benchmark.cells import scaling_cells
from rl_training.studies.benchmark.markdown import NOTES_MARK, render
from rl_training.studies.benchmark.measure import write
from rl_training.studies.benchmark.plot import plot_scaling
from rl_training.studies.benchmark.report import SolveRow, TimeToSolve
from rl_training.studies.benchmark.settings import BenchmarkSettings
from tests.python.studies.benchmark.examples import BASE, make_report

RATES = {
    "raw": [{"value": 1000.0}, {"value": 500.0}, {"value": 2000.0}],
    "binary": [
        {
            "value": 960.0,
            "agents": 16.0,
            "python_ms": 0.5,
            "python_rss_mb": 300.0,
            "engine_rss_mb": 120.0,
        },
        {"value": 490.0, "agents": 16.0},
        {"value": 1900.0, "agents": 16.0},
    ],
    "start_1": [{"value": 0.61, "close_s": 0.1}],
    "scaling_2_16": [{"value": 12345.0}],
}


def test_ratios_are_paired_and_judged() -> None:
    ratio = next(r for r in make_report(RATES).ratios() if r.goal.name == "harness_to_raw")
    assert ratio.values == pytest.approx((0.96, 0.98, 0.95))
    assert ratio.reached is True
    slow = {**RATES, "binary": [{"value": 900.0}]}
    ratio = next(r for r in make_report(slow).ratios() if r.goal.name == "harness_to_raw")
    assert ratio.reached is False


def test_times_are_judged_by_their_quantity() -> None:
    times = {time.goal.name: time for time in make_report(RATES).times()}
    assert times["start_1"].reached is False
    assert times["close_1"].reached is True
    assert times["start_8"].reached is None


def test_markdown_shows_what_was_measured_and_what_was_not() -> None:
    text = render(make_report(RATES))
    assert "| this harness / raw engine | 0.96 (0.95 to 0.98) | >= 0.95 | yes |" in text
    assert "| start to first observation, 1 engine | 0.610 s | < 0.5 s | **no** |" in text
    assert "960 (490 to 1,900) | decisions/s |" in text
    assert "| `binary` | 300 | 120 | - |" in text
    # 16 copies: 16.67 ms at 960 decisions/s, 16 ms at the raw engine's 1,000.
    assert "| `binary` | 16.67 | 16.00 | 0.50 | 0.17 |" in text
    assert "| 16 | not measured | 12,345 | not measured | not measured |" in text
    assert "something else was running" not in text
    assert "something else was running" in render(make_report(RATES, load=1.0))


def test_without_measurements_there_are_no_figures() -> None:
    text = render(make_report({}))
    measured = [line for line in text.splitlines() if line.startswith("| `")]
    assert measured
    assert all("| not measured |" in line for line in measured)


def test_a_failure_is_one_line_in_the_table() -> None:
    report = make_report(RATES)
    report.cells[0].failures = {1: "engine 0 | died", 2: "engine 0 | died"}
    report.cells[2].failures = {0: "no such thing"}
    text = render(report)
    line = next(line for line in text.splitlines() if line.startswith("| `raw`"))
    assert "failed: engine 0 \\| died (2 times)" in line
    assert any("| no such thing |" in line for line in text.splitlines())


def test_notes_are_kept() -> None:
    first = render(make_report({}))
    noted = first + "\n## Why\n\nBecause.\n"
    second = render(make_report(RATES), noted)
    assert second.endswith(NOTES_MARK + "\n\n## Why\n\nBecause.\n")
    assert render(make_report(RATES), second) == second


def test_time_to_solve_names_the_first_model_that_solves() -> None:
    report = make_report({})
    rows = (SolveRow(1000, 10.0, 0.5), SolveRow(2000, 20.0, 0.95), SolveRow(3000, 30.0, 0.9))
    report.time_to_solve = TimeToSolve(100, 0.95, rows, (SolveRow(90, 30.0, 0.0),), "")
    text = render(report)
    assert "| this harness | 20 s, 2,000 steps | 30 s, 3,000 steps | 95 % |" in text
    assert "| stock godot-rl | not reached | 30 s, 90 steps | 0 % |" in text


def test_json_holds_values_spreads_and_verdicts() -> None:
    data = json.loads(make_report(RATES).to_json())
    assert data["format"] == 1
    cells = {cell["name"]: cell for cell in data["cells"]}
    assert cells["raw"]["spread"]["value"] == {
        "median": 1000.0,
        "low": 500.0,
        "high": 2000.0,
        "count": 3,
    }
    assert (cells["binary"]["processes"], cells["binary"]["arenas"]) == (2, 8)
    assert data["ratios"][0]["reached"] is True
    assert data["times"][0]["reached"] is False


def test_the_plot_is_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "images" / "scaling.png"
    plot_scaling(make_report(RATES).scaling, path)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_the_files_are_written_and_the_plot_is_shown(tmp_path: Path) -> None:
    report = make_report(RATES)
    markdown, data = tmp_path / "docs" / "b.md", tmp_path / "b.json"
    write(report, BenchmarkSettings(json=data, markdown=markdown))
    assert "](images/benchmark_scaling.png)" in markdown.read_text()
    assert (tmp_path / "docs" / "images" / "benchmark_scaling.png").is_file()
    assert json.loads(data.read_text())["command"] == "benchmark_harness.py"


def write_earlier(path: Path) -> None:
    report = make_report(RATES)
    report.time_to_solve = TimeToSolve(100, 0.95, (SolveRow(1000, 1.5, 0.5),), (), "no engine")
    path.write_text(report.to_json())


def test_a_result_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "benchmark.json"
    write_earlier(path)
    report = make_report({})
    report.scaling = []
    report.take(path, scaling_cells(BASE))
    assert report.resumed is not None
    assert "resumed | 2026-01-01T00:00:00, load average 0.10, abc |" in render(report)
    report.resumed = None
    earlier = make_report(RATES)
    earlier.time_to_solve = TimeToSolve(100, 0.95, (SolveRow(1000, 1.5, 0.5),), (), "no engine")
    assert report.to_json() == earlier.to_json()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 2}, "format 1 was expected; found 2"),
        ({"settings": {"scenario": "other"}}, "measured with scenario 'other'"),
        ({"machine": {}}, "holds no result of a benchmark"),
        ({"cells": []}, "holds no result of a benchmark"),
    ],
)
def test_a_result_of_other_settings_is_refused(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    path = tmp_path / "benchmark.json"
    write_earlier(path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ConfigError, match=said):
        make_report({}).take(path, scaling_cells(BASE))


def test_resuming_needs_a_result() -> None:
    with pytest.raises(ConfigError, match="give that too"):
        BenchmarkSettings(resume=True)
