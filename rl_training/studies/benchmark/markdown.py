"""The tables of a report. What was not measured is said to be so; no figure is written by hand.

Text below `NOTES_MARK` in an existing file is a human's and is kept.
"""

from __future__ import annotations

from rl_training.reporting.document import render as render_template
from rl_training.reporting.table import table
from rl_training.studies.benchmark.machine import QUIET_LOAD, Machine
from rl_training.studies.benchmark.report import CellResult, Report, SolveRow, TimeToSolve
from rl_training.studies.benchmark.statistics import Spread

NOTES_MARK = "<!-- notes: benchmark_harness.py keeps what stands below this line -->"
_MISSING = "not measured"
_PACKAGES = ("python", "torch", "stable-baselines3", "godot-rl", "gymnasium", "numpy")


def render(report: Report, earlier: str = "", plot: str = "") -> str:
    """Return the Markdown of a report.

    Args:
        report: what was measured.
        earlier: the file's text until now, whose notes are kept.
        plot: the scaling plot's path relative to the file; empty: there is none.
    """
    text = render_template(
        "benchmarks.md.j2",
        machine=_machine(report),
        goals=_goals(report),
        cells=_cells(report),
        rounds=_rounds(report),
        memory=_memory(report),
        scaling=_scaling(report),
        plot=plot,
        time_to_solve=_time_to_solve(report.time_to_solve),
        notes_mark=NOTES_MARK,
    )
    if NOTES_MARK in earlier:
        text += earlier.split(NOTES_MARK, 1)[1].removeprefix("\n")
    return text


def _machine(report: Report) -> str:
    settings = report.settings
    return table(
        ("", ""),
        [
            ("command", f"`{report.command}`"),
            ("scenario", settings.scenario),
            ("engines x arenas", f"{settings.num_envs} x {settings.arenas}"),
            ("repeats, seconds a cell", f"{settings.repeats}, {settings.seconds:g}"),
            *machine_rows(report.machine),
            *_resumed(report),
        ],
    )


def _resumed(report: Report) -> list[tuple[str, str]]:
    later = report.resumed
    if later is None:
        return []
    rows = dict(machine_rows(later))
    told = [rows["time"], f"load average {rows['load average at the start']}", rows["commit"]]
    return [("scaling and time to solve: resumed", ", ".join(told))]


def machine_rows(machine: Machine) -> list[tuple[str, str]]:
    """Return what is told of a machine, as rows of two cells."""
    load = f"{machine.load_at_start:.2f}"
    if machine.load_at_start > QUIET_LOAD:
        load += " (**something else was running: speeds may be too low**)"
    packages = ", ".join(f"{name} {machine.versions.get(name, '?')}" for name in _PACKAGES)
    return [
        ("time", machine.time),
        ("machine", f"{machine.cpu}, {machine.cores} cores, {machine.memory_gb:.0f} GB"),
        ("system", machine.system),
        ("load average at the start", load),
        ("Godot", machine.engine),
        ("packages", packages),
        ("commit", machine.commit),
    ]


def _goals(report: Report) -> str:
    rows = []
    for ratio in report.ratios():
        goal = "" if ratio.goal.at_least is None else f">= {ratio.goal.at_least:g}"
        rows.append((ratio.goal.label, _spread(ratio.spread, 2), goal, _verdict(ratio.reached)))
    for time in report.times():
        rows.append(
            (
                time.goal.label,
                _spread(time.spread, 3, " s"),
                f"< {time.goal.below:g} s",
                _verdict(time.reached),
            )
        )
    return table(("what", "measured", "goal", "reached"), rows)


def _cells(report: Report) -> str:
    rows = []
    for result in report.cells:
        digits = 0 if result.cell.unit == "decisions/s" else 3
        value = _spread(result.spread(), digits)
        if result.failure:
            value = f"{value}; failed: {result.failure}" if result.values else result.failure
        task = result.cell.task
        rows.append(
            (
                f"`{result.cell.name}`",
                result.cell.label,
                f"{task.num_envs} x {task.arenas}",
                _agents(result),
                value,
                result.cell.unit,
            )
        )
    return table(("cell", "what", "engines x arenas", "agents", "measured", "unit"), rows)


def _rounds(report: Report) -> str:
    found = {result.cell.name: result for result in report.cells}
    rows = []
    for result in report.cells:
        raw = found.get(result.cell.lasts_like)
        value, python = result.spread(), result.spread("python_ms")
        raw_value = raw.spread() if raw is not None else None
        if value is None or python is None or raw_value is None:
            continue
        whole, engine = (1000.0 * result.cell.copies / s.median for s in (value, raw_value))
        rest = whole - engine - python.median
        numbers = (whole, engine, python.median, rest)
        rows.append((f"`{result.cell.name}`", *(f"{number:.2f}" for number in numbers)))
    header = ("cell", "whole", "raw engine", "Python", "rest")
    return table(header, rows) if rows else _MISSING


def _memory(report: Report) -> str:
    rows = []
    for result in report.cells:
        values = [
            result.spread(name) for name in ("python_rss_mb", "engine_rss_mb", "workers_rss_mb")
        ]
        if any(values):
            cells = [f"{value.median:.0f}" if value else "-" for value in values]
            rows.append((f"`{result.cell.name}`", *cells))
    return table(("cell", "Python", "engine", "others"), rows) if rows else _MISSING


def _scaling(report: Report) -> str:
    if not report.scaling:
        return f"{_MISSING} (`--scaling`)"
    processes = sorted({result.cell.task.num_envs for result in report.scaling})
    totals = sorted({result.cell.copies for result in report.scaling})
    found = {(r.cell.task.num_envs, r.cell.copies): r for r in report.scaling}
    rows = []
    for total in totals:
        row = [str(total)]
        for count in processes:
            result = found.get((count, total))
            if result is None:
                row.append("-")
            else:
                row.append(result.failure or _spread(result.spread(), 0))
        rows.append(tuple(row))
    header = ("copies of the scene", *(f"{count} engine{'s'[: count > 1]}" for count in processes))
    return f"`GodotVecEnv`, binary1, decisions per second.\n\n{table(header, rows)}"


def _time_to_solve(solve: TimeToSolve | None) -> str:
    if solve is None:
        return f"{_MISSING} (`--time_to_solve`)"
    percent = f"{100 * solve.threshold:.0f} %"
    lines = [
        f"From nothing until {percent} of {solve.episodes} unseen episodes succeed, each model "
        "played inside the engine. Both had the same wall-clock; stock: godot-rl's script settings "
        "at speedup 8, as many copies of the scene.",
    ]
    if solve.error:
        lines.append(f"Not complete: {solve.error}")
    rows = [
        _solve_row("this harness", solve.solved(solve.ours), solve.ours),
        _solve_row("stock godot-rl", solve.solved(solve.stock), solve.stock),
    ]
    lines.append(table(("", f"{percent} after", "last model", "best success"), rows))
    if solve.ours:
        lines.append(table(("timesteps", "seconds", "success"), [_row(row) for row in solve.ours]))
    return "\n\n".join(lines)


def _solve_row(
    name: str, solved: SolveRow | None, rows: tuple[SolveRow, ...]
) -> tuple[str, str, str, str]:
    if not rows:
        return name, _MISSING, "", ""
    last = rows[-1]
    best = max(row.success_rate for row in rows)
    when = (
        "not reached" if solved is None else f"{solved.seconds:.0f} s, {solved.timesteps:,} steps"
    )
    return name, when, f"{last.seconds:.0f} s, {last.timesteps:,} steps", f"{100 * best:.0f} %"


def _row(row: SolveRow) -> tuple[str, str, str]:
    return f"{row.timesteps:,}", f"{row.seconds:.0f}", f"{100 * row.success_rate:.0f} %"


def _agents(result: CellResult) -> str:
    agents = result.spread("agents")
    return f"{agents.median:.0f}" if agents else ""


def _spread(value: Spread | None, digits: int, unit: str = "") -> str:
    if value is None:
        return _MISSING
    text = f"{value.median:,.{digits}f}{unit}"
    if value.count > 1:
        text += f" ({value.low:,.{digits}f} to {value.high:,.{digits}f})"
    return text


def _verdict(reached: bool | None) -> str:
    return "" if reached is None else "yes" if reached else "**no**"
