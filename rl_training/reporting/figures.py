"""The pictures of a report, as PNG. They need matplotlib, never torch, and no screen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogFormatter, MaxNLocator

from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.report_parts import EpisodeRow
from rl_training.gate.regression import RegressionCheck
from rl_training.replay.trajectories import TopView, Trajectory
from rl_training.reporting.theme import Drawing, Theme, both_themes
from rl_training.runs.training_log import TrainingLog

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = 3
_PANEL = (3.6, 2.5)

_CURVES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("return of an episode", "", ("rollout/ep_rew_mean",)),
    ("success rate", "share", ("rollout/success_rate",)),
    ("decisions an episode", "", ("rollout/ep_len_mean",)),
    ("KL of an update", "log", ("train/approx_kl",)),
    ("deviation of actions", "", ("train/std",)),
    ("value loss", "log", ("train/value_loss",)),
    ("physics tick, ms", "log", ("engine/physics_ms_mean", "engine/physics_ms_max")),
    ("decisions a second", "", ("time/fps",)),
)


def episodes_figure(rows: Sequence[EpisodeRow]) -> Drawing:
    """Draw return, length and, where known, physics time of every episode.

    Args:
        rows: of a report, at least one.
    """
    return both_themes(lambda theme: _episodes(rows, theme))


def comparison_figure(
    current: EvaluationReport, baseline: EvaluationReport, check: RegressionCheck
) -> Drawing:
    """Draw the returns against the baseline's, and by how much each metric is worse."""
    return both_themes(lambda theme: _comparison(current, baseline, check, theme))


def learning_figure(log: TrainingLog) -> Drawing | None:
    """Draw the curves of a training run; None when it logged none that is known."""
    curves = _known_curves(log)
    return both_themes(lambda theme: _learning(log, curves, theme)) if curves else None


def trajectories_figure(views: Sequence[tuple[str, bool | None, TopView]]) -> Drawing:
    """Draw episodes from above: paths from pale to dark, leaps dotted, what stands in grey.

    Args:
        views: title, success and view of each episode, at least one.
    """
    return both_themes(lambda theme: _trajectories(views, theme))


def _episodes(rows: Sequence[EpisodeRow], theme: Theme) -> Figure:
    panels = [("return", [row.episode_return for row in rows])]
    panels.append(("decisions", [float(row.length) for row in rows]))
    longest = [row.times.physics_ms_max for row in rows if row.times is not None]
    known = [value for value in longest if value is not None]
    if len(known) == len(rows):
        panels.append(("longest physics tick, ms", known))
    figure, axes = _panels(len(panels), len(panels), (3.6, 2.9))
    numbers = np.array([row.episode for row in rows])
    for axis, (label, values) in zip(axes, panels, strict=True):
        for success, name, colour, marker in (
            (True, "success", theme.green, "o"),
            (False, "no success", theme.red, "x"),
            (None, "episode", theme.blue, "o"),
        ):
            chosen = np.array([row.success is success for row in rows])
            if chosen.any():
                axis.scatter(
                    numbers[chosen],
                    np.array(values, dtype=float)[chosen],
                    s=16,
                    c=colour,
                    marker=marker,
                    label=f"{name} ({int(chosen.sum())})",
                    linewidths=1.0,
                )
        mean = float(np.mean(values))
        axis.axhline(
            mean, color=theme.grey, linewidth=1.0, linestyle="--", label=f"mean {mean:.4g}"
        )
        axis.set_title(label, loc="left", fontsize=10)
        axis.set_xlabel("episode")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        _head_room(axis)
        axis.legend(fontsize=7, frameon=False, loc="upper left", ncols=2, columnspacing=1.0)
    return figure


def _comparison(
    current: EvaluationReport, baseline: EvaluationReport, check: RegressionCheck, theme: Theme
) -> Figure:
    compared = [each for each in check.verdicts if each.comparison is not None]
    height = max(3.2, 0.32 * len(compared) + 1.2)
    figure = Figure(figsize=(10.8, height), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.25))
    _returns_against(left, current.episodes, baseline.episodes, theme)
    _bars(right, check, theme)
    for axis in (left, right):
        axis.spines[["top", "right"]].set_visible(False)
    return figure


Curves = list[tuple[str, str, list[str]]]
"""Label, how it is drawn, and the tags of each panel."""


def _known_curves(log: TrainingLog) -> Curves:
    known = set(log.tags())
    metrics = [tag for tag in log.tags() if tag.startswith("episode/")]
    curves = [*_CURVES]
    curves[2:2] = [(tag.removeprefix("episode/"), "", (tag,)) for tag in metrics]
    found = [(label, how, [tag for tag in tags if tag in known]) for label, how, tags in curves]
    found = [(label, how, tags) for label, how, tags in found if tags]
    # The scene's own success is the rate that is drawn already.
    if "rollout/success_rate" in known:
        found = [each for each in found if each[2] != ["episode/success"]]
    return found


def _learning(log: TrainingLog, found: Curves, theme: Theme) -> Figure:
    figure, axes = _panels(len(found), _COLUMNS, _PANEL)
    for axis, (label, how, tags) in zip(axes, found, strict=True):
        for tag, colour in zip(tags, (theme.blue, theme.red), strict=False):
            steps, values = zip(*log.series(tag), strict=True)
            name = tag.rsplit("_", 1)[-1] if len(tags) > 1 else None
            axis.plot(steps, values, color=colour, linewidth=1.3, label=name)
        positive = all(v > 0 for tag in tags for _, v in log.series(tag) if not math.isnan(v))
        if how == "log" and positive:
            axis.set_yscale("log")
            # 0.002, where the default writes 2 x 10^-3.
            axis.yaxis.set_major_formatter(LogFormatter())
            axis.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(1.5, 0.6)))
        if how == "share":
            axis.set_ylim(-0.03, 1.03)
        if len(tags) > 1:
            _head_room(axis)
            axis.legend(fontsize=7, frameon=False, loc="upper left", ncols=2, columnspacing=1.0)
        axis.set_title(label, loc="left", fontsize=10)
        axis.set_xlim(0, log.timesteps)
        axis.xaxis.set_major_formatter(FuncFormatter(_thousands))
        axis.xaxis.set_major_locator(MaxNLocator(5))
    return figure


def _trajectories(views: Sequence[tuple[str, bool | None, TopView]], theme: Theme) -> Figure:
    figure, axes = _panels(len(views), _COLUMNS, (3.6, 3.6))
    for axis, (title, success, view) in zip(axes, views, strict=True):
        axis.grid(False)
        for outline in view.outlines:
            axis.fill(*outline.T, color=theme.solid, edgecolor=theme.edge, linewidth=0.8)
        for number, path in enumerate(view.paths):
            own = theme.paths[number % len(theme.paths)]
            _draw_path(axis, path, own if path.is_agent else theme.grey, success, theme)
        axis.margins(0.08)
        axis.set_aspect("equal", adjustable="datalim")
        if view.flat or not axis.yaxis_inverted():
            # Forward is -z in a 3D scene, and y points down in a 2D one.
            axis.invert_yaxis()
        axis.set_title(title, loc="left", fontsize=9)
        axis.tick_params(labelsize=7)
    return figure


def _draw_path(
    axis: Axes, path: Trajectory, colour: str, success: bool | None, theme: Theme
) -> None:
    points, leaps = path.points, path.leaps
    shades = np.linspace(0.25, 1.0, max(1, len(leaps)))
    for number, leap in enumerate(leaps):
        axis.plot(
            *points[number : number + 2].T,
            color=colour,
            alpha=float(shades[number]) if path.is_agent else 0.5,
            linewidth=1.0 if leap else 1.6,
            linestyle=":" if leap else "-",
            solid_capstyle="butt",
        )
    if path.is_agent:
        axis.plot(*points[0], marker="o", color=colour, markersize=6, markerfacecolor=theme.paper)
        end = {True: (theme.green, "o"), False: (theme.red, "X"), None: (colour, "s")}[success]
        axis.plot(*points[-1], marker=end[1], color=end[0], markersize=7)


def _returns_against(
    axis: Axes, current: Sequence[EpisodeRow], baseline: Sequence[EpisodeRow], theme: Theme
) -> None:
    before = {row.seed: row.episode_return for row in baseline}
    pairs = [(before[row.seed], row.episode_return) for row in current if row.seed in before]
    if not pairs:
        for rows, name, colour in (
            (baseline, "baseline", theme.grey),
            (current, "current", theme.blue),
        ):
            values = np.sort([row.episode_return for row in rows])
            shares = np.arange(1, len(values) + 1) / len(values)
            axis.step(values, shares, where="post", color=colour, label=name, linewidth=1.4)
        axis.set_title("share of episodes with at most this return", loc="left", fontsize=10)
        axis.set_xlabel("return")
        axis.legend(fontsize=8, frameon=False)
        return
    x, y = (np.array(values) for values in zip(*pairs, strict=True))
    low, high = float(min(x.min(), y.min())), float(max(x.max(), y.max()))
    margin = 0.05 * (high - low) or 1.0
    ends = (low - margin, high + margin)
    axis.plot(ends, ends, color=theme.grey, linewidth=1.0, linestyle="--")
    worse = y < x
    for chosen, name, colour, marker in (
        (~worse, "as good or better", theme.green, "o"),
        (worse, "worse", theme.red, "x"),
    ):
        label = f"{name} ({int(chosen.sum())})"
        axis.scatter(x[chosen], y[chosen], s=16, c=colour, marker=marker, label=label, lw=1.0)
    axis.set(xlim=ends, ylim=ends, aspect="equal", xlabel="baseline", ylabel="current")
    axis.set_title("return, episode by episode", loc="left", fontsize=10)
    axis.legend(fontsize=8, frameon=False, loc="upper left")


def _bars(axis: Axes, check: RegressionCheck, theme: Theme) -> None:
    shown = [(f, f.comparison.worsening) for f in check.verdicts if f.comparison is not None]
    finite = [abs(worse) for _, worse in shown if math.isfinite(worse)]
    # A baseline of 0 makes a share infinite, and a share of hundreds hides all others.
    bound = max(4.0 * check.tolerance, min(1.0, 1.1 * max(finite, default=0.0)))
    for place, (verdict, worse) in enumerate(shown):
        length = max(-bound, min(bound, worse))
        colour = theme.red if verdict.fails else theme.green if worse <= 0 else theme.grey
        axis.barh(place, length, color=colour, height=0.6)
        text = "from 0" if math.isinf(worse) else f"{worse + 0.0:+.1%}"
        right = length >= 0
        axis.annotate(
            text,
            (length, place),
            (4 if right else -4, 0),
            textcoords="offset points",
            va="center",
            ha="left" if right else "right",
            fontsize=8,
        )
    axis.axvline(0.0, color=theme.ink, linewidth=0.8)
    axis.axvline(check.tolerance, color=theme.grey, linewidth=1.0, linestyle="--")
    axis.annotate(
        "tolerance",
        (check.tolerance, -0.55),
        (3, 0),
        textcoords="offset points",
        fontsize=7,
        color=theme.grey,
        va="bottom",
    )
    axis.set_yticks(range(len(shown)), [verdict.metric for verdict, _ in shown], fontsize=8)
    axis.set_ylim(len(shown) - 0.4, -0.9)
    axis.set_xlim(-1.25 * bound, 1.25 * bound)
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    axis.set_title("worse than the baseline by (left: better)", loc="left", fontsize=10)


def _panels(count: int, columns: int, size: tuple[float, float]) -> tuple[Figure, list[Axes]]:
    """Return a figure with `count` panels, `columns` in a row."""
    columns = min(count, columns)
    rows = math.ceil(count / columns)
    figure = Figure(figsize=(size[0] * columns, size[1] * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    axes: list[Axes] = list(grid.flat)
    for axis in axes[:count]:
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(which="both", labelsize=8)
    for axis in axes[count:]:
        axis.set_axis_off()
    return figure, axes[:count]


def _head_room(axis: Axes) -> None:
    """Make room for a legend, which would lie on the curves otherwise."""
    low, high = axis.get_ylim()
    if axis.get_yscale() == "log":
        axis.set_ylim(low, high * (high / low) ** 0.28)
    else:
        axis.set_ylim(low, high + 0.28 * (high - low))


def _thousands(value: float, _: object) -> str:
    if abs(value) >= 1e6:
        return f"{value / 1e6:g} M"
    return f"{value / 1e3:g} k" if abs(value) >= 1e3 else f"{value:g}"
