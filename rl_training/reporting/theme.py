"""Colours of pictures on light and on dark pages; called by `figures`."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from matplotlib import rc_context
from matplotlib.figure import Figure

_DPI = 130


SERIES = ("#000000", "#0072B2", "#009E73", "#D55E00", "#CC79A7", "#E69F00", "#56B4E9")
"""Colours of lines on white, in order: Okabe and Ito's, which colour-blind readers tell apart."""


class Drawing(NamedTuple):
    """A picture for readers of light and of dark pages, as PNG."""

    light: bytes
    dark: bytes


@dataclass(frozen=True)
class Theme:
    """Colours of a picture.

    Those of data are near Okabe and Ito's, which colour-blind readers tell apart; markers differ
    as well.

    Attributes:
        paper: behind everything.
        ink: of text and axes.
        grey: of what matters less.
        solid: of what stands in the way.
        edge: of its outline.
        blue, green, red: of data.
        paths: of agents.
    """

    paper: str
    ink: str
    grey: str
    solid: str
    edge: str
    blue: str = "#0072B2"
    green: str = "#009E73"
    red: str = "#D55E00"
    paths: tuple[str, ...] = ("#0072B2", "#CC79A7", "#E69F00", "#56B4E9")

    def rc(self) -> dict[Any, Any]:
        """Return matplotlib's settings."""
        ink = dict.fromkeys(
            ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"),
            self.ink,
        )
        paper = dict.fromkeys(
            ("figure.facecolor", "axes.facecolor", "savefig.facecolor"), self.paper
        )
        return {**ink, **paper, "grid.color": self.grey}


LIGHT = Theme(paper="#ffffff", ink="#1c2126", grey="#6b747d", solid="#d4dade", edge="#9aa4ad")
DARK = Theme(
    paper="#14181c",
    ink="#dfe4e8",
    grey="#9aa5af",
    solid="#333c44",
    edge="#5d6872",
    blue="#56B4E9",
    green="#2ec597",
    red="#ff8a4c",
    paths=("#56B4E9", "#e39cc4", "#E69F00", "#F0E442"),
)


def both_themes(draw: Callable[[Theme], Figure]) -> Drawing:
    """Draw a figure for light and for dark pages.

    Args:
        draw: makes the figure; called once for each.
    """
    found = []
    for theme in (LIGHT, DARK):
        with rc_context(theme.rc()):
            found.append(_png(draw(theme)))
    return Drawing(*found)


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    # Without the date and the version, so that equal reports are equal files.
    figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
    return buffer.getvalue()
