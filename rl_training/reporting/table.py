"""A table of plain text, and its forms: aligned for a terminal, or Markdown.

Every table of the harness is one of these: verdicts, pages, benchmarks, studies, models side by
side. A page's HTML is made from the same value by its template.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A table of plain text.

    Attributes:
        head: the columns' names.
        rows: as many cells each.
        marked: numbers of the rows to point out.
        numbers: numbers of the columns that are aligned to the right.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    marked: frozenset[int] = frozenset()
    numbers: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.head):
                raise ValueError(f"a row of {len(row)} cells below a head of {len(self.head)}")


def as_text(table: Table) -> list[str]:
    """Return lines in which the columns stand below each other, the head first."""
    lines = [table.head, *table.rows]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def as_markdown(table: Table) -> str:
    """Return the table as Markdown; a marked row's last cell is bold.

    Cells may hold Markdown (code, bold); only what would end a cell is escaped.
    """
    rules = ["---:" if column in table.numbers else "---" for column in range(len(table.head))]
    lines = [_line([_cell(cell) for cell in table.head]), _line(rules)]
    for number, row in enumerate(table.rows):
        cells = [_cell(cell) for cell in row]
        if number in table.marked and cells[-1]:
            cells[-1] = f"**{cells[-1]}**"
        lines.append(_line(cells))
    return "\n".join(lines)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return head and rows as a Markdown table."""
    return as_markdown(Table(tuple(head), tuple(tuple(row) for row in rows)))


def plain(text: str) -> str:
    """Return text as Markdown that shows it: one line, no tags."""
    return " ".join(text.replace("&", "&amp;").replace("<", "&lt;").split())


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
