"""Pictures of a search: history, importance, parallel coordinates. Called by the command.

Colours are those of all reports; shapes tell what colours do, for readers who see fewer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rl_training.reporting.theme import LIGHT
from rl_training.runs.atomic import atomic_path
from rl_training.studies.tune.plan import SearchPlan
from rl_training.studies.tune.results import best_row
from rl_training.studies.tune.study import TrialRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DPI = 110


def draw(
    plan: SearchPlan, rows: Sequence[TrialRow], importance: Mapping[str, float], folder: Path
) -> list[Path]:
    """Draw what there is to see into a folder; return the files.

    Args:
        plan: the search.
        rows: its trials.
        importance: of each setting; empty: too few trials, no picture.
        folder: gets history.png, importance.png, parallel.png.

    Raises:
        StorageError: the folder cannot be written.
    """
    judged = [row for row in rows if row.value is not None]
    made = []
    if judged:
        made.append(_save(_history(plan, rows), folder / "history.png"))
    if importance:
        made.append(_save(_importance(plan, importance), folder / "importance.png"))
    if len(judged) > 1:
        made.append(_save(_parallel(plan, judged), folder / "parallel.png"))
    return made


def _history(plan: SearchPlan, rows: Sequence[TrialRow]) -> Figure:
    figure = _figure(10.0, 3.6)
    trials, curves = figure.subplots(1, 2)
    for state, colour, marker, size in (
        ("complete", LIGHT.blue, "o", 34),
        ("pruned", LIGHT.edge, "v", 26),
    ):
        points = [(row.number, row.value) for row in rows if row.state == state]
        if points:
            name = "trained to the end" if state == "complete" else "pruned"
            trials.scatter(
                *zip(*points, strict=True), c=colour, marker=marker, s=size, label=name, zorder=3
            )
    base = next((row for row in rows if row.is_base and row.value is not None), None)
    if base is not None:
        trials.scatter(
            base.number, base.value, s=130, facecolors="none", edgecolors=LIGHT.ink,
            label="base settings", zorder=4,
        )  # fmt: skip
    better = max if plan.higher_is_better else min
    best: list[tuple[int, float]] = []
    for row in rows:
        if row.state == "complete" and row.value is not None:
            best.append((row.number, better([row.value, *(value for _, value in best[-1:])])))
    if best:
        trials.step(
            *zip(*best, strict=True), where="post", color=LIGHT.red, linewidth=1.4, label="best yet"
        )
    for number in (row.number for row in rows if row.state == "failed"):
        trials.axvline(number, color=LIGHT.red, linewidth=0.8, linestyle=":")
    trials.set_xlabel("trial (dotted: failed)" if _any(rows, "failed") else "trial")
    trials.set_ylabel(_name(plan.metric))
    trials.legend(frameon=False, fontsize=8)
    _curves(plan, rows, curves)
    for axes in (trials, curves):
        axes.grid(alpha=0.25)
        axes.set_axisbelow(True)
    return figure


def _curves(plan: SearchPlan, rows: Sequence[TrialRow], axes: Axes) -> None:
    every, best = plan.config.evaluation.every, best_row(plan, rows)
    for row in rows:
        if row.evaluations:
            own = best is not None and row.number == best.number
            colour = LIGHT.blue if own else LIGHT.ink if row.is_base else LIGHT.edge
            axes.plot(
                [number * every / 1000 for number in row.evaluations],
                list(row.evaluations.values()),
                color=colour,
                linewidth=2.0 if own else 1.6 if row.is_base else 0.8,
                linestyle="--" if row.is_base else "-",
                alpha=1.0 if own or row.is_base else 0.6,
                zorder=3 if own or row.is_base else 1,
                label="best" if own else "base settings" if row.is_base else None,
            )
    axes.set_xlabel("thousand decisions")
    axes.set_ylabel(f"{_name(plan.metric)} of an evaluation")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=8)


def _importance(plan: SearchPlan, importance: Mapping[str, float]) -> Figure:
    found = sorted(importance.items(), key=lambda item: item[1])
    figure = _figure(6.4, 0.9 + 0.32 * len(found))
    axes = figure.subplots()
    axes.barh([path for path, _ in found], [share for _, share in found], color=LIGHT.blue)
    for place, (_, share) in enumerate(found):
        axes.text(share, place, f" {100 * share:.0f} %", va="center", fontsize=8)
    axes.set_xlim(0, 1.12 * max(share for _, share in found))
    axes.set_xlabel(f"importance for a good {_name(plan.metric)} (PED-ANOVA)")
    return figure


def _parallel(plan: SearchPlan, judged: Sequence[TrialRow]) -> Figure:
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    paths = list(plan.space.settings)
    figure = _figure(max(6.0, 1.45 * (len(paths) + 1)), 4.4)
    axes = figure.subplots()
    values = [row.value for row in judged if row.value is not None]
    spread = max(values) - min(values)
    scale = Normalize(min(values), max(values) if spread else min(values) + 1.0)
    colours = colormaps["viridis"]
    worst_first = sorted(
        judged, key=lambda row: row.value or 0.0, reverse=not plan.higher_is_better
    )
    for row in worst_first:
        assert row.value is not None
        heights = [_height(plan, path, row.chosen.get(path)) for path in paths]
        axes.plot(
            range(len(paths) + 1),
            [*heights, scale(row.value)],
            color=colours(scale(row.value)),
            linewidth=1.2 if row.state == "complete" else 0.8,
            linestyle="-" if row.state == "complete" else ":",
            alpha=0.85,
        )
    for place, path in enumerate(paths):
        axes.axvline(place, color=LIGHT.grey, linewidth=0.8)
        for height, text in _ticks(plan, path):
            axes.text(place + 0.03, height, text, fontsize=7, va="center", color=LIGHT.ink)
    axes.axvline(len(paths), color=LIGHT.grey, linewidth=0.8)
    names = [path.rpartition(".")[2] for path in paths]
    axes.set_xticks(range(len(paths) + 1), [*names, _name(plan.metric)], fontsize=8)
    axes.set_yticks([])
    axes.set_ylim(-0.05, 1.05)
    axes.spines[["left", "bottom"]].set_visible(False)
    bar = figure.colorbar(ScalarMappable(scale, colours), ax=axes, pad=0.01)
    bar.set_label(f"{_name(plan.metric)} (dotted: pruned)", fontsize=8)
    return figure


def _height(plan: SearchPlan, path: str, value: Any) -> float:
    """Return where a value stands on its axis, from 0 to 1."""
    given = plan.space.settings[path]
    if given.kind == "choice":
        return given.labels.index(value) / (len(given.labels) - 1) if value in given.labels else 0.0
    low, high, at = given.low, given.high, float(value)
    if given.kind in ("log", "log_int"):
        low, high, at = math.log(low), math.log(high), math.log(at)
    return (at - low) / (high - low)


def _ticks(plan: SearchPlan, path: str) -> list[tuple[float, str]]:
    given = plan.space.settings[path]
    if given.kind == "choice":
        count = len(given.labels) - 1
        return [(place / count, str(each)) for place, each in enumerate(given.labels)]
    return [(0.0, f"{given.low:g}"), (1.0, f"{given.high:g}")]


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained", facecolor=LIGHT.paper)


def _save(figure: Figure, path: Path) -> Path:
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=_DPI)
    return path


def _any(rows: Sequence[TrialRow], state: str) -> bool:
    return any(row.state == state for row in rows)


def _name(metric: str) -> str:
    return metric.replace("_", " ")
