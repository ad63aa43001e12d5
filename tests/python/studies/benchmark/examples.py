"""A small suite with made-up numbers."""

from __future__ import annotations

from rl_training.studies.benchmark.cells import all_cells, scaling_cells
from rl_training.studies.benchmark.machine import Machine
from rl_training.studies.benchmark.report import CellResult, Report
from rl_training.studies.benchmark.settings import BenchmarkSettings
from rl_training.studies.benchmark.task import Task

BASE = Task(
    kind="raw",
    engine="/opt/godot",
    project_path="/opt/game",
    scene_path="res://game.tscn",
    action_repeat=9,
    physics_ticks=90,
    num_envs=2,
    arenas=8,
    scenario="vr_locomotion",
    seconds=1.5,
)


def make_report(values: dict[str, list[dict[str, float]]], load: float = 0.1) -> Report:
    """Return a report in which the named cells measured what is given, repeat by repeat."""
    report = Report(
        Machine("2026-01-01T00:00:00", "Linux", "A CPU", 2, 8.0, "4.6.3", "abc", {}, load),
        BenchmarkSettings(num_envs=2, arenas=8),
        "benchmark_harness.py",
        [CellResult(cell) for cell in all_cells(BASE)],
        [CellResult(cell) for cell in scaling_cells(BASE)],
    )
    for result in [*report.cells, *report.scaling]:
        for repeat, measurement in enumerate(values.get(result.cell.name, [])):
            result.add(repeat, measurement)
    return report
