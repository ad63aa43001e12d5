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
    """One curve: a tag of metrics.jsonl and what its axis says."""

    tag: str
    label: str


PANELS = (
    Panel("episode/success", "success rate"),
    Panel("rollout/ep_rew_mean", "reward of an episode"),
    Panel("episode/collisions", "collisions an episode"),
    Panel("episode/comfort_events", "comfort events an episode"),
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
            points = [(row["timesteps"] / 1000, row[panel.tag]) for row in rows if panel.tag in row]
            if points:
                axis.plot(*zip(*points, strict=True), label=name, linewidth=1.4)
        axis.set_ylabel(panel.label)
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    for axis in axes[1]:
        axis.set_xlabel("thousand decisions")
    axes[0, 0].legend(frameon=False)
    output.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(output, dpi=110)
    pyplot.close(figure)


def _read(run: RunPaths) -> list[dict[str, Any]]:
    if not run.metrics.is_file():
        raise UsageError(f"no run named '{run.experiment}': {run.metrics} does not exist")
    return read_metrics(run.metrics)
