"""Learning curves of one or several runs as a picture, from their metrics.jsonl.

Called by plot_learning.py. It needs matplotlib, never torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rl_training.errors import UsageError
from rl_training.runs.metrics import read_metrics
from rl_training.runs.paths import RunPaths


@dataclass(frozen=True)
class Panel:
    """One curve: a tag of metrics.jsonl, what its axis says, and the same of the evaluations.

    Attributes:
        tag: of training, a solid line.
        label: of the axis.
        evaluated: of the evaluations in training, a dashed line with points; None: there is none.
    """

    tag: str
    label: str
    evaluated: str | None = None


PANELS = (
    Panel("episode/success", "success rate", "eval/success_rate"),
    Panel("rollout/ep_rew_mean", "reward of an episode", "eval/mean_reward"),
    Panel("episode/collisions", "collisions an episode", "eval/collisions"),
    Panel("episode/comfort_events", "comfort events an episode", "eval/comfort_events"),
)


def plot_learning(runs: Sequence[RunPaths], output: Path, panels: Sequence[Panel] = PANELS) -> None:
    """Draw one small chart per panel with a line per run (rolling means over 100 episodes).

    Args:
        runs: the runs; each must have a metrics.jsonl.
        output: the PNG to write.
        panels: what to draw.

    Raises:
        UsageError: a run has no metrics.
    """
    curves = {run.experiment: _read(run) for run in runs}
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 2, figsize=(10, 6), constrained_layout=True, sharex=True)
    for panel, axis in zip(panels, axes.flat, strict=True):
        for name, rows in curves.items():
            points = _points(rows, panel.tag)
            colour = None
            if points:
                (line,) = axis.plot(*zip(*points, strict=True), label=name, linewidth=1.4)
                colour = line.get_color()
            evaluated = _points(rows, panel.evaluated)
            if evaluated:
                axis.plot(
                    *zip(*evaluated, strict=True),
                    label=f"{name}, evaluated",
                    color=colour,
                    linestyle="--",
                    marker="o",
                    markersize=3,
                )
        axis.set_ylabel(panel.label)
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    for axis in axes[1]:
        axis.set_xlabel("thousand decisions")
    axes[0, 0].legend(frameon=False)
    output.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(output, dpi=110)
    pyplot.close(figure)


def _points(rows: Sequence[dict[str, Any]], tag: str | None) -> list[tuple[float, float]]:
    return [(row["timesteps"] / 1000, row[tag]) for row in rows if tag in row]


def _read(run: RunPaths) -> list[dict[str, Any]]:
    if not run.metrics.is_file():
        raise UsageError(f"no run named '{run.experiment}': {run.metrics} does not exist")
    return read_metrics(run.metrics)
