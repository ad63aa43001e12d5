"""The picture of the study of learners: success against decisions, processor seconds, play.

Called by `page`. A row of panels for each task; a line is the mean over seeds, the band round it
reaches from the worst to the best.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rl_training.reporting.theme import SERIES
from rl_training.runs.atomic import atomic_path
from rl_training.studies.learners.plan import LearnersPlan
from rl_training.studies.learners.result import LearnerRow, LearnersResult, Point
from rl_training.studies.learners.summary import decision_seconds

_COLOURS = (*SERIES, "#7F7F7F", "#8C510A")
_MARKERS = "os^Dv<>PX"

Across = Callable[[Point], float]
"""Where a point stands along the x axis."""


def plot(
    plan: LearnersPlan, result: LearnersResult, path: Path, only: Collection[str] = ()
) -> None:
    """Draw it.

    Args:
        plan: the plan.
        result: what was measured.
        path: of the PNG.
        only: these entrants; empty: all.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    tasks = [name for name in plan.tasks if any(row.task == name for row in result.rows)]
    figure = Figure(figsize=(11.5, 3.6 * max(1, len(tasks)) + 0.6), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(max(1, len(tasks)), 3, sharey=True, squeeze=False)
    for axes, task in zip(panels, tasks, strict=False):
        held = decision_seconds(plan.tasks[task])
        shown = [
            (number, name, rows)
            for number, name in enumerate(plan.entrants)
            if (not only or name in only) and (rows := result.of(task, name))
        ]
        kinds: tuple[Across, ...] = (_thousands, _processor, partial(_play_minutes, held))
        for axis, across in zip(axes, kinds, strict=True):
            _panel(axis, shown, across)
            axis.axhline(100 * plan.threshold, color="0.6", linewidth=0.8, linestyle=":")
        axes[0].set_ylabel(f"{task}: success, %")
    for axes, words in zip(
        panels[-1],
        (
            "thousand decisions, demonstrated ones included",
            "seconds of one core, learner and engine",
            "minutes of play at real-time speed, one agent",
        ),
        strict=True,
    ):
        axes.set_xlabel(words)
    handles: dict[str, Any] = {}
    for axes in panels.flat:
        handles |= dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    if handles:
        figure.legend(
            list(handles.values()), list(handles), loc="outside lower center", frameon=False,
            ncols=min(len(handles), 9),
        )  # fmt: skip
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png")


def _thousands(point: Point) -> float:
    return point.timesteps / 1000.0


def _processor(point: Point) -> float:
    return point.processor


def _play_minutes(held: float, point: Point) -> float:
    return point.timesteps * held / 60.0


def _panel(
    axes: Any,
    shown: Sequence[tuple[int, str, Sequence[LearnerRow]]],
    across: Across,
) -> None:
    for number, entrant, rows in shown:
        colour, marker = _COLOURS[number % len(_COLOURS)], _MARKERS[number % len(_MARKERS)]
        at, low, mean, high = band(rows, across)
        axes.fill_between(at, low, high, color=colour, alpha=0.12, linewidth=0)
        axes.plot(at, mean, color=colour, marker=marker, markersize=4, linewidth=1.6, label=entrant)
        if len(at) == 1:
            axes.vlines(at, low, high, color=colour, linewidth=1.0)
    axes.set_ylim(-2, 103)
    axes.set_xlim(left=0)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def band(
    rows: Sequence[LearnerRow], across: Callable[[Point], float]
) -> tuple[list[float], list[float], list[float], list[float]]:
    """Return where evaluations stand, and least, mean and largest success in per cent.

    The n-th evaluations of all seeds belong together: they are as many decisions apart.
    """
    together = list(zip(*(row.curve for row in rows), strict=False))
    successes = [[100 * point.success for point in points] for points in together]
    return (
        [statistics.fmean(across(point) for point in points) for points in together],
        [min(each) for each in successes],
        [statistics.fmean(each) for each in successes],
        [max(each) for each in successes],
    )
