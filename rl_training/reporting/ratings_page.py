"""The page on ratings: who is better, who met whom, and where they played."""

from __future__ import annotations

from collections.abc import Sequence

from rl_training.play.places import Places
from rl_training.ratings.record import Ratings
from rl_training.reporting.document import Block, Folded, Heading, Picture, Text
from rl_training.reporting.ratings_figures import heat_figure, matrix_figure, ratings_figure
from rl_training.reporting.ratings_table import matrix, notes, rating_table
from rl_training.scenarios import GroundPlan


def page(
    found: Ratings, places: Places | None = None, ground: GroundPlan | None = None
) -> list[Block]:
    """Return the page's blocks in their order.

    Args:
        found: ratings and matches.
        places: where players were; None: not known.
        ground: the field; None: no heat maps.
    """
    light, dark = ratings_figure(found)
    blocks: list[Block] = [
        Heading(f"Ratings: {found.match.scenario}", 1),
        Picture("ratings", "Ratings with their 95 % intervals; grey ones are fixed", light, dark),
        rating_table(found),
        *(Text(line) for line in notes(found)),
    ]
    light, dark = matrix_figure(found)
    blocks += [
        Heading("Who met whom"),
        Picture("points", "Share of points, row against column", light, dark),
        Folded("All pairs, with Wilson intervals of the win rate", matrix(found)),
    ]
    if places is not None and ground is not None:
        blocks += heat_maps(places, ground, found.names)
    return blocks


def heat_maps(places: Places, ground: GroundPlan, names: Sequence[str]) -> list[Block]:
    """Return where players were, those of `names` in this order; empty: nothing is known."""
    known = [name for name in names if name in places.players]
    if not known:
        return []
    told = "Every player attacks upwards. Colours count on a logarithmic scale, 2 m a cell."
    blocks: list[Block] = [Heading("Where they played"), Text(told)]
    for name in known:
        light, dark = heat_figure(name, places, ground)
        caption = f"{name}: where it touched the ball, and where it was"
        blocks.append(Picture(f"heat_{name}", caption, light, dark))
    return blocks
