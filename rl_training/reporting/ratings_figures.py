"""The pictures of ratings: intervals, shares of points, heat maps over the field's outline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure

from rl_training.play.places import Places, Points
from rl_training.ratings.matches import whole_meetings
from rl_training.ratings.record import Player, Ratings
from rl_training.reporting.theme import Drawing, Theme, both_themes
from rl_training.scenarios import GroundPlan

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CELL = 2.0  # m
_KINDS = ("touches", "positions")


def ratings_figure(found: Ratings) -> Drawing:
    """Draw each player's rating with its interval, the best on top; fixed ones in grey."""
    return both_themes(lambda theme: _ratings(found, theme))


def matrix_figure(found: Ratings) -> Drawing:
    """Draw the share of points that each player took from each other one."""
    return both_themes(lambda theme: _matrix(found, theme))


def heat_figure(player: str, places: Places, ground: GroundPlan) -> Drawing:
    """Draw where a player touched the ball and where it was; it attacks upwards."""
    return both_themes(lambda theme: _heat(player, places, ground, theme))


def _ratings(found: Ratings, theme: Theme) -> Figure:
    rated = [each for each in found.players if each.mu is not None]
    figure = Figure(figsize=(7.2, 1.0 + 0.38 * len(rated)), layout="constrained")
    axes = figure.add_subplot()
    for row, player in enumerate(rated):
        _bar(axes, row, player, theme)
    axes.set_yticks(range(len(rated)), [each.name for each in rated])
    axes.invert_yaxis()
    axes.set_xlabel("rating with its 95 % interval")
    axes.grid(axis="x", alpha=0.3)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(left=False)
    return figure


def _bar(axes: Axes, row: int, player: Player, theme: Theme) -> None:
    assert player.mu is not None
    low = player.mu if player.low is None else player.low
    high = player.mu if player.high is None else player.high
    colour = theme.grey if player.fixed else theme.blue
    axes.plot([low, high], [row, row], color=colour, linewidth=3, solid_capstyle="round")
    axes.plot(player.mu, row, "D" if player.fixed else "o", color=colour, markersize=8)
    axes.annotate(
        f"{player.mu:.1f}", (player.mu, row), (0, 8), textcoords="offset points", ha="center",
        fontsize=9,
    )  # fmt: skip


def _matrix(found: Ratings, theme: Theme) -> Figure:
    names = list(found.names)
    shares = np.full((len(names), len(names)), np.nan)
    for (one, other), starts in whole_meetings(found.results).items():
        points = [each.of(one) for both in starts.values() for each in both]
        if points:
            i, j = names.index(one), names.index(other)
            shares[i, j], shares[j, i] = np.mean(points), 1.0 - np.mean(points)
    side = 1.6 + 0.62 * len(names)
    figure = Figure(figsize=(side + 0.6, side), layout="constrained")
    axes = figure.add_subplot()
    colours = LinearSegmentedColormap.from_list("points", [theme.red, theme.paper, theme.blue])
    axes.imshow(shares, cmap=colours, vmin=0.0, vmax=1.0)
    for i, j in np.argwhere(~np.isnan(shares)).tolist():
        axes.text(j, i, f"{100 * shares[i, j]:.0f}", ha="center", va="center", fontsize=9)
    axes.set_xticks(range(len(names)), names, rotation=40, ha="left", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.set_xlabel("points in % (a draw is half a point): row against column", fontsize=9)
    axes.spines[:].set_visible(False)
    return figure


def _heat(player: str, places: Places, ground: GroundPlan, theme: Theme) -> Figure:
    corners = np.array(ground.outline)
    lines = [np.array(line) for line in ground.lines]
    every = np.concatenate([corners, *lines])
    (left, bottom), (right, top) = every.min(axis=0), every.max(axis=0)
    ratio = (top - bottom) / (right - left)
    figure = Figure(figsize=(7.2, 3.2 * ratio + 0.5), layout="constrained")
    for column, kind in enumerate(_KINDS):
        axes = figure.add_subplot(1, len(_KINDS), column + 1)
        points = places.of(player, kind)
        _cells(axes, points, (left, right, bottom, top), theme)
        closed = np.concatenate([corners, corners[:1]])
        for line in (closed, *lines):
            axes.plot(line[:, 0], line[:, 1], color=theme.edge, linewidth=1.2)
        axes.set_xlim(left - 1.0, right + 1.0)
        # The first group attacks the lower z: that is up, as people draw fields.
        axes.set_ylim(top + 1.0, bottom - 1.0)
        axes.set_aspect("equal")
        axes.axis("off")
        axes.set_title(f"{player}: {len(points):,} {kind}", fontsize=10)
    return figure


def _cells(
    axes: Axes, points: Points, box: tuple[float, float, float, float], theme: Theme
) -> None:
    if not len(points):
        return
    left, right, bottom, top = box
    across = np.arange(left - _CELL, right + 2 * _CELL, _CELL)
    along = np.arange(bottom - _CELL, top + 2 * _CELL, _CELL)
    counts, _, _ = np.histogram2d(points[:, 0], points[:, 1], bins=(across, along))
    shown = np.ma.masked_equal(counts.T, 0.0)
    colours = LinearSegmentedColormap.from_list("heat", [theme.solid, theme.blue, theme.red])
    axes.pcolormesh(across, along, shown, cmap=colours, norm=LogNorm(1.0, max(2.0, counts.max())))
