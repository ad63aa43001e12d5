"""The whole benchmark from its settings to its files: cells, scaling, time to solve.

Called by `spacetime-rl study benchmark`.
"""

from __future__ import annotations

import sys

from rl_training.engine import EngineBinary, ensure_imported, find_engine
from rl_training.envs.game import read_project
from rl_training.project_files import PACKAGE, our_project
from rl_training.runs.atomic import write_text
from rl_training.scenarios import get_scenario
from rl_training.studies.benchmark.cells import all_cells, scaling_cells
from rl_training.studies.benchmark.machine import describe_machine
from rl_training.studies.benchmark.markdown import render
from rl_training.studies.benchmark.plot import plot_scaling
from rl_training.studies.benchmark.report import CellResult, Report
from rl_training.studies.benchmark.runner import Outcome, run_task
from rl_training.studies.benchmark.settings import BenchmarkSettings
from rl_training.studies.benchmark.solve import measure_time_to_solve
from rl_training.studies.benchmark.suite import choose_cells, measure_cells
from rl_training.studies.benchmark.task import DOCUMENTED_ACTION_REPEAT, Task

CELL = PACKAGE / "benchmark_cell.py"
"""The script of a cell's process."""
_PLOT = "images/benchmark_scaling.png"


def measure(settings: BenchmarkSettings, command: str) -> Report:
    """Measure what the settings ask for; the files are written after each stage.

    Raises:
        HarnessError: a cell's name, the scenario, the project or the engine cannot be used.
    """
    engine = find_engine(settings.godot)
    base = make_base(settings, engine)
    cells = all_cells(base)
    chosen = choose_cells(cells, settings.only)
    report = Report(
        describe_machine(engine), settings, command, [CellResult(cell) for cell in cells]
    )
    if settings.resume:
        assert settings.json is not None
        report.take(settings.json, scaling_cells(base))
    write(report, settings)
    if settings.dry_run:
        return report

    def run(task: Task, limit_s: float) -> Outcome:
        return run_task((sys.executable, str(CELL)), task, limit_s)

    if not settings.only_solve and not any(result.values for result in report.cells):
        measured = {r.cell.name: r for r in measure_cells(chosen, cells, settings.repeats, run)}
        report.cells = [measured.get(each.cell.name, each) for each in report.cells]
        write(report, settings)
    if settings.scaling and not report.scaling:
        scaling = scaling_cells(base)
        report.scaling = measure_cells(scaling, scaling, settings.repeats, run)
        write(report, settings)
    if settings.time_to_solve and report.time_to_solve is None:
        report.time_to_solve = measure_time_to_solve(settings, base, run)
        write(report, settings)
    return report


def make_base(settings: BenchmarkSettings, engine: EngineBinary) -> Task:
    """Return what all cells have in common; imports the project if it must be.

    Raises:
        HarnessError: the scenario or the project cannot be used.
    """
    scenario = get_scenario(settings.scenario)
    game = read_project(str(our_project()), scenario.scene_path)
    assert game.project_path is not None
    assert game.scene_path is not None
    ensure_imported(engine, game.project_path)
    return Task(
        kind="raw",
        engine=str(engine.path),
        project_path=str(game.project_path),
        scene_path=game.scene_path,
        action_repeat=scenario.action_repeat or DOCUMENTED_ACTION_REPEAT,
        physics_ticks=game.physics_ticks,
        num_envs=settings.num_envs,
        arenas=settings.arenas,
        scenario=settings.scenario,
        seconds=settings.seconds,
        seed=settings.seed,
    )


def write(report: Report, settings: BenchmarkSettings) -> None:
    """Write the files that were asked for; the plot goes beside the Markdown.

    Raises:
        StorageError: a folder cannot be written, or the disk is full.
    """
    if settings.json is not None:
        write_text(settings.json, report.to_json())
    if settings.markdown is not None:
        path = settings.markdown
        plot = ""
        if report.scaling:
            plot_scaling(report.scaling, path.parent / _PLOT)
            plot = _PLOT
        earlier = path.read_text(encoding="utf-8") if path.is_file() else ""
        write_text(path, render(report, earlier, plot))
