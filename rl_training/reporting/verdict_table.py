"""Tables of checks, a verdict in the last column: aligned for a terminal, or Markdown."""

from __future__ import annotations

from collections.abc import Sequence

Row = Sequence[str]


def aligned(rows: Sequence[Row]) -> list[str]:
    """Return lines in which the columns stand below each other; the first row is the head."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def markdown(rows: Sequence[Row], failed: Sequence[bool]) -> list[str]:
    """Return lines of Markdown; the first row is the head.

    Args:
        rows: of equal length.
        failed: of each row but the head, whether its verdict is set in bold.
    """
    head, *body = rows
    lines = [_line(head), "|" + " --- |" * len(head)]
    for row, fails in zip(body, failed, strict=True):
        lines.append(_line([*row[:-1], f"**{row[-1]}**"] if fails else row))
    return lines


def _line(row: Row) -> str:
    return "| " + " | ".join(row) + " |"
