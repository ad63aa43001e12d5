"""The scaling table as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rl_training.runs.atomic import atomic_path
from rl_training.studies.benchmark.report import CellResult


def plot_scaling(results: Sequence[CellResult], path: Path) -> None:
    """Draw decisions per second over copies of the scene, one line per number of engines.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 4.2), dpi=110)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for processes in sorted({result.cell.task.num_envs for result in results}):
        points = [
            (result.cell.copies, found)
            for result in results
            if result.cell.task.num_envs == processes and (found := result.spread()) is not None
        ]
        if not points:
            continue
        xs = [copies for copies, _ in points]
        ys = [found.median for _, found in points]
        below = [found.median - found.low for _, found in points]
        above = [found.high - found.median for _, found in points]
        label = f"{processes} engine" + ("s" if processes > 1 else "")
        axes.errorbar(xs, ys, yerr=(below, above), marker="o", capsize=3, label=label)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(sorted({result.cell.copies for result in results}))
    axes.xaxis.set_major_formatter("{x:.0f}")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel("copies of the scene, over all engines")
    axes.set_ylabel("decisions per second")
    axes.grid(alpha=0.3)
    if axes.get_legend_handles_labels()[0]:
        axes.legend()
    figure.tight_layout()
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png")
