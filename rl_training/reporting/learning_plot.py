"""Learning curves of one or several runs as a picture, from their metrics.jsonl.

Called by plot_learning.py. It needs matplotlib, never torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rl_training.errors import UsageError, nearest
from rl_training.runs.atomic import atomic_path
from rl_training.runs.metrics import read_metrics
from rl_training.runs.paths import RunPaths
from rl_training.runs.policy_tags import rows_of_policies


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


_ALWAYS = (
    Panel("rollout/success_rate", "success rate", "eval/success_rate"),
    Panel("rollout/ep_rew_mean", "reward of an episode", "eval/mean_reward"),
)
_NAMES = {"rollout/success_rate": "success_rate", "rollout/ep_rew_mean": "reward"}
_SCENE = "episode/"
_COLUMNS = 2


def panels_of(curves: Sequence[Sequence[Mapping[str, Any]]]) -> list[Panel]:
    """Return what the runs logged of their episodes: success, reward, and the scene's own metrics.

    A metric of the scene that is the same number all the time is left out.

    Args:
        curves: lines of the metrics of each run, or of each of its policies.
    """
    tags = dict.fromkeys(tag for rows in curves for row in rows for tag in row)
    found = [panel for panel in _ALWAYS if panel.tag in tags]
    for tag in tags:
        name = tag.removeprefix(_SCENE)
        # The scene's own success is the success rate.
        if not tag.startswith(_SCENE) or (name == "success" and _ALWAYS[0] in found):
            continue
        values = {row[tag] for rows in curves for row in rows if tag in row}
        lines = sum(tag in row for rows in curves for row in rows)
        if len(values) > 1 or lines == 1:
            label = f"{name.replace('_', ' ')} an episode"
            found.append(Panel(tag, label, f"eval/{name}"))
    return found


def curves_of(run: str, rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return the lines of a run by what they are of: the run, or each of its several policies.

    The totals of several policies are left out: where one wins what another loses they say nothing.

    Args:
        run: its name.
        rows: of its metrics.
    """
    own = rows_of_policies(rows)
    return {f"{run}: {name}": lines for name, lines in own.items()} or {run: rows}


def chosen(panels: Sequence[Panel], only: Sequence[str]) -> list[Panel]:
    """Return the panels of these names, in the names' order.

    Args:
        panels: what could be drawn.
        only: "success_rate", "reward", or metrics of the scene.

    Raises:
        UsageError: there is no such panel.
    """
    names = {_NAMES.get(panel.tag, panel.tag.removeprefix(_SCENE)): panel for panel in panels}
    for name in only:
        if name not in names:
            raise UsageError(
                f"the runs have no curve {name!r}.{nearest(name, names)} There are "
                f"{', '.join(names)}; what never changes is not drawn"
            )
    return [names[name] for name in only]


def colours_of(names: Sequence[str]) -> dict[str, str]:
    """Return a colour of matplotlib's cycle for each name, in the order of their first use."""
    return {name: f"C{number}" for number, name in enumerate(dict.fromkeys(names))}


def plot_learning(
    runs: Sequence[RunPaths],
    output: Path,
    *,
    only: Sequence[str] | None = None,
    labels: Sequence[str] | None = None,
) -> None:
    """Draw one small chart per panel with a line per run (rolling means over 100 episodes).

    Args:
        runs: the runs; each must have a metrics.jsonl.
        output: the PNG to write.
        only: what to draw, see `chosen`; None: what the runs logged of their episodes.
        labels: what the legend calls the runs, one for each; runs of one label, such as the seeds
            of one setting, have one colour; None: their names.

    Raises:
        UsageError: a run has no metrics, none of them logged an episode or what is asked for, or
            there are not as many labels as runs.
    """
    names = [run.experiment for run in runs] if labels is None else labels
    if len(names) != len(runs):
        raise UsageError(f"{len(runs)} runs need as many labels; found {len(names)}")
    curves: list[tuple[str, list[dict[str, Any]]]] = []
    for name, run in zip(names, runs, strict=True):
        curves += curves_of(name, _read(run)).items()
    colours = colours_of([name for name, _rows in curves])
    shown = panels_of([rows for _name, rows in curves])
    if not shown:
        raise UsageError(f"nothing to draw: no episode ended yet in {', '.join(colours)}")
    if only is not None:
        shown = chosen(shown, only)
    from matplotlib.figure import Figure

    lines = -(-len(shown) // _COLUMNS)
    figure = Figure(figsize=(10, 3 * lines), layout="constrained")
    grid = figure.subplots(lines, _COLUMNS, sharex=True, squeeze=False).flat
    axes = list(grid)
    for panel, axis in zip(shown, axes, strict=False):
        for name, rows in curves:
            points = _points(rows, panel.tag)
            if points:
                colour = colours[name]
                axis.plot(*zip(*points, strict=True), label=name, color=colour, linewidth=1.4)
            evaluated = _points(rows, panel.evaluated)
            if evaluated:
                axis.plot(
                    *zip(*evaluated, strict=True),
                    label=f"{name}, evaluated",
                    color=colours[name],
                    linestyle="--",
                    marker="o",
                    markersize=3,
                )
        axis.set_ylabel(panel.label)
        axis.set_xlabel("thousand decisions")
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    for axis in axes[len(shown) :]:
        axis.set_axis_off()
    handles, told = axes[0].get_legend_handles_labels()
    once = dict(zip(told, handles, strict=True))
    axes[0].legend(once.values(), once.keys(), frameon=False)
    with atomic_path(output) as temporary:
        figure.savefig(temporary, format="png", dpi=110)


def _points(rows: Sequence[dict[str, Any]], tag: str | None) -> list[tuple[float, float]]:
    return [(row["timesteps"] / 1000, row[tag]) for row in rows if tag in row]


def _read(run: RunPaths) -> list[dict[str, Any]]:
    if not run.metrics.is_file():
        raise UsageError(f"no run named '{run.experiment}': {run.metrics} does not exist")
    return read_metrics(run.metrics)
