"""The page and the picture of the study of bugs, from its result."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

from rl_training.reporting.table import table
from rl_training.reporting.theme import SERIES
from rl_training.runs.atomic import atomic_path, write_text
from rl_training.scenarios import get_scenario
from rl_training.studies.benchmark.markdown import machine_rows
from rl_training.studies.bug_count.plan import FINDERS
from rl_training.studies.bug_count.result import BugResult, BugRow

NOTES_MARK = "<!-- notes: study bugs keeps what stands below this line -->"
NAMES = {
    "agent": "our agent",
    "reward_only": "reward-only RL",
    "random": "random play",
    "search": "search (Go-Explore-like)",
}
TIMED = ("slow_physics", "slow_frame")
"""Told by the clock. Copies that share an engine are slow where the machine is: no finding of the
game, unless the scenario plants it."""
_COLOURS = dict(zip(("random", "agent", "search", "reward_only"), SERIES, strict=False))


def write_page(result: BugResult, path: Path) -> None:
    """Write the Markdown page, and its picture to images/ beside it; notes of the page are kept."""
    picture = f"images/{path.stem}.png"
    plot(result, path.parent / picture)
    earlier = path.read_text(encoding="utf-8") if path.is_file() else ""
    write_text(path, render(result, earlier, picture))


def render(result: BugResult, earlier: str = "", picture: str = "") -> str:
    """Return the page.

    Args:
        result: what was measured.
        earlier: the file's text until now, whose notes are kept.
        picture: its path relative to the file; empty: none.
    """
    plan = result.plan
    head = [
        ("command", f"`{result.command}`"),
        ("decisions of a run", f"{plan['decisions']:,}"),
        ("arenas", f"{plan['num_envs']} x {plan['arenas']}"),
        *machine_rows(result.machine),
    ]
    lines = [
        "# Who finds planted bugs",
        "",
        "Four finders play each scenario with all its planted bugs switched on, and without any, "
        "for the same number of decisions. Means over the seeds; "
        "in brackets the least and the most.",
        "",
        table(("", ""), head),
        "",
    ]
    for scenario in dict.fromkeys(row.scenario for row in result.rows):
        lines += _scenario(result, scenario)
    if picture:
        lines += [f"![Planted bugs found, and when]({picture})", ""]
    _, mark, notes = earlier.partition(NOTES_MARK)
    lines += [NOTES_MARK, notes.strip("\n") if mark else "", ""]
    return "\n".join(lines)


def _scenario(result: BugResult, scenario: str) -> list[str]:
    bugs = get_scenario(scenario).planted_bugs
    kinds = tuple(dict.fromkeys(bugs.values()))
    rows = []
    firsts = []
    for finder in FINDERS:
        found = result.of(scenario, finder, "bugs")
        clean = result.of(scenario, finder, "clean")
        if not found:
            continue
        name = NAMES[finder]
        rows.append(
            (
                name,
                str(len(found)),
                f"{_spread(found, lambda row: row.found)} of {len(kinds)}",
                *(_spread(found, _rate(kind)) for kind in kinds),
                _spread(found, lambda row: row.cells),
                _alarms(clean, kinds),
            )
        )
        firsts.append((name, *(_first(found, kind) for kind in kinds)))
    return [
        f"## {scenario}",
        "",
        "Episodes with the bug per 1,000, by kind of finding; cells that were entered; findings of "
        "any kind in the clean variant, ticks that were slow by the clock left out.",
        "",
        table(("finder", "runs", "found", *kinds, "cells", "false alarms"), rows),
        "",
        "Decisions until the first find (median; in brackets how many of the runs found it):",
        "",
        table(("finder", *kinds), firsts),
        "",
    ]


def _rate(kind: str) -> Callable[[BugRow], float]:
    return lambda row: row.per_thousand(kind)


def _spread(rows: Sequence[BugRow], value: Callable[[BugRow], float]) -> str:
    values = [float(value(row)) for row in rows]
    mean = statistics.fmean(values)
    if len(values) == 1 or min(values) == max(values):
        return f"{mean:.3g}"
    return f"{mean:.3g} ({min(values):.3g} to {max(values):.3g})"


def _first(rows: Sequence[BugRow], kind: str) -> str:
    steps = [row.first[kind] for row in rows if kind in row.first]
    if not steps:
        return f"never (0 of {len(rows)})"
    return f"{statistics.median(steps):,.0f} ({len(steps)} of {len(rows)})"


def _alarms(rows: Sequence[BugRow], planted: Sequence[str]) -> str:
    if not rows:
        return "not measured"
    kinds: dict[str, int] = {}
    for row in rows:
        for kind, count in row.with_kind.items():
            if kind in TIMED and kind not in planted:
                continue
            kinds[kind] = kinds.get(kind, 0) + count
    episodes = sum(row.episodes for row in rows)
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())) or "none"
    return f"{told} in {episodes:,} episodes"


def plot(result: BugResult, path: Path) -> None:
    """Draw, for each scenario, how many bugs each finder had found after how many decisions."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    scenarios = list(dict.fromkeys(row.scenario for row in result.rows))
    if not scenarios:
        return
    figure, axes = pyplot.subplots(
        1, len(scenarios), figsize=(5.2 * len(scenarios), 3.6), squeeze=False
    )
    for axis, scenario in zip(axes[0], scenarios, strict=True):
        for finder in FINDERS:
            for number, row in enumerate(result.of(scenario, finder, "bugs")):
                steps = sorted(row.first[kind] for kind in row.kinds if kind in row.first)
                x = [1, *(max(1, step) for step in steps), max(row.decisions, 1)]
                y = [0, *range(1, len(steps) + 1), len(steps)]
                axis.step(
                    x,
                    y,
                    where="post",
                    color=_COLOURS[finder],
                    alpha=0.8,
                    linewidth=1.6,
                    label=NAMES[finder] if number == 0 else None,
                )
        axis.set_xscale("log")
        axis.set_xlabel("decisions, of all arenas")
        axis.set_ylabel("planted bugs found")
        axis.set_title(scenario)
        axis.set_ylim(0, len(set(get_scenario(scenario).planted_bugs.values())) + 0.3)
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110, format="png")
    pyplot.close(figure)
