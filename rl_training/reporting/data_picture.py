"""The picture of a set of trajectories: how returns, lengths and numbers are distributed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rl_training.data.summary import numbers_of
from rl_training.data.trajectory import Array, Trajectory, form_groups
from rl_training.reporting.theme import Theme, both_themes
from rl_training.runs.atomic import atomic_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = 4
_MOST_PANELS = 48
_BINS = 40


def draw_data(trajectories: Sequence[Trajectory], path: Path) -> None:
    """Write a PNG of at least one trajectory; the first form's numbers are drawn.

    Raises:
        StorageError: the picture cannot be written.
    """
    drawing = both_themes(lambda theme: _figure(trajectories, theme))
    with atomic_path(path) as temporary:
        temporary.write_bytes(drawing.light)


def _figure(trajectories: Sequence[Trajectory], theme: Theme) -> Figure:
    first = [trajectories[n] for n in next(iter(form_groups(list(trajectories)).values()))]
    numbers = numbers_of(first)
    left_out = max(0, len(numbers) - _MOST_PANELS)
    if left_out:
        # Actions, which stand last, matter most.
        numbers = numbers[: _MOST_PANELS // 2] + numbers[-_MOST_PANELS // 2 :]
    rows = 1 + math.ceil(len(numbers) / _COLUMNS)
    figure = Figure(figsize=(3.0 * _COLUMNS, 2.0 * rows), layout="constrained")
    grid = figure.subplots(rows, _COLUMNS, squeeze=False)
    for axis in grid.flat:
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(which="both", labelsize=8)
        axis.set_axis_off()
    _episodes(list(grid[0]), trajectories, theme)
    for (name, values), axis in zip(numbers, grid[1:].flat, strict=False):
        is_action = name.split("[")[0] == "action"
        _histogram(axis, name, values, theme.red if is_action else theme.blue, theme)
    steps = sum(len(one) for one in trajectories)
    title = f"{len(trajectories):,} episodes, {steps:,} decisions"
    if left_out:
        title += f"; {left_out} numbers are left out"
    figure.suptitle(title, fontsize=12, x=0.01, ha="left")
    return figure


def _episodes(axes: list[Axes], trajectories: Sequence[Trajectory], theme: Theme) -> None:
    returns = np.array([one.episode_return for one in trajectories])
    lengths = np.array([float(len(one)) for one in trajectories])
    success = [one.success for one in trajectories]
    for axis, label, values in ((axes[0], "return", returns), (axes[1], "decisions", lengths)):
        axis.set_axis_on()
        groups = [
            (values[[s is kind for s in success]], name, colour)
            for kind, name, colour in (
                (True, "success", theme.green),
                (False, "no success", theme.red),
                (None, "episodes", theme.blue),
            )
        ]
        groups = [each for each in groups if len(each[0])]
        axis.hist(
            [each[0] for each in groups],
            bins=_bins(values),
            stacked=True,
            label=[each[1] for each in groups],
            color=[each[2] for each in groups],
        )
        axis.set_title(f"{label} of an episode", loc="left", fontsize=10)
        if len(groups) > 1:
            axis.legend(fontsize=7, frameon=False)
    axis = axes[2]
    axis.set_axis_on()
    ends = [
        ("terminated", sum(one.terminated for one in trajectories)),
        ("truncated", sum(one.truncated and not one.terminated for one in trajectories)),
        ("neither", sum(not (one.truncated or one.terminated) for one in trajectories)),
    ]
    for row, (name, count) in enumerate(ends):
        axis.barh(row, count, color=theme.blue, height=0.35)
        axis.text(0, row - 0.28, f"{name}: {count:,}", fontsize=8, va="bottom")
    axis.set_yticks([])
    axis.set_ylim(len(ends) - 0.6, -0.75)
    axis.set_title("how they ended", loc="left", fontsize=10)
    axis = axes[3]
    axis.set_axis_on()
    rewards = np.concatenate([one.rewards for one in trajectories])
    _histogram(axis, "reward of a decision", rewards, theme.green, theme)


def _bins(values: NDArray[np.float64]) -> int | list[float]:
    """Return edges, so that whole numbers stand one in a bar."""
    low, high = float(values.min()), float(values.max())
    if bool(np.all(values == np.round(values))) and high - low < _BINS:
        return [low - 0.5 + step for step in range(int(high - low) + 2)]
    return min(_BINS, max(5, len(values) // 4))


def _histogram(axis: Axes, name: str, values: Array, colour: str, theme: Theme) -> None:
    axis.set_axis_on()
    whole = values.dtype.kind in "biu" or bool(np.all(values == np.round(values)))
    different = np.unique(values)
    if whole and len(different) <= _BINS:
        counts = [int(np.sum(values == each)) for each in different]
        axis.bar([float(each) for each in different], counts, color=colour, width=0.8)
        axis.set_xticks([float(each) for each in different][:: max(1, len(different) // 6)])
    else:
        axis.hist(values.astype(np.float64), bins=_BINS, color=colour)
    axis.set_yticks([])
    mean = float(np.mean(values))
    axis.axvline(mean, color=theme.ink, linewidth=1.0, linestyle="--")
    axis.set_title(f"{name}   mean {mean:.3g}", loc="left", fontsize=9)
