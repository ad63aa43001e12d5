"""A table of plain text: columns as wide as their widest cell, numbers to the right."""

from __future__ import annotations

from collections.abc import Sequence

_GAP = "  "


def text_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[int] = (0,)
) -> str:
    """Return the table; columns without any content are left out.

    Args:
        head: names of the columns.
        rows: cells, as many as columns.
        left: numbers of the columns whose cells begin at the left.
    """
    shown = [i for i in range(len(head)) if not rows or any(row[i] for row in rows)]
    lines = []
    for row in (head, *rows):
        cells = []
        for i in shown:
            width = max(len(each[i]) for each in (head, *rows))
            cells.append(row[i].ljust(width) if i in left else row[i].rjust(width))
        lines.append(_GAP.join(cells).rstrip())
    return "\n".join(lines)
