"""A page of headings, text, tables, commands and pictures; as Markdown or as one HTML file.

The blocks hold plain text; `templates/` holds what they look like. A page of HTML loads nothing:
its style and its pictures are inside.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from rl_training.reporting.table import Table, as_markdown, plain
from rl_training.runs.atomic import atomic_path, write_text


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the page's title."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Text:
    """A paragraph of plain text; a strong one says how something ended."""

    text: str
    strong: bool = False
    good: bool | None = None


@dataclass(frozen=True)
class Command:
    """Lines for a shell."""

    lines: str


@dataclass(frozen=True)
class Picture:
    """A picture.

    Attributes:
        name: of its file, without ending.
        caption: what it shows.
        png: its content, on light paper.
        dark: the same on dark paper; None: there is none.
    """

    name: str
    caption: str
    png: bytes
    dark: bytes | None = None


@dataclass(frozen=True)
class Folded:
    """A table that few readers need; HTML shows it when asked, Markdown always."""

    text: str
    table: Table


Block = Heading | Text | Table | Command | Picture | Folded


def save_markdown(blocks: Sequence[Block], path: Path) -> None:
    """Write a Markdown file, and its pictures to the folder `<name>_images` beside it.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    folder = path.with_name(f"{path.stem}_images")
    for block in blocks:
        if isinstance(block, Picture):
            with atomic_path(folder / f"{block.name}.png") as temporary:
                temporary.write_bytes(block.png)
    write_text(path, render("page.md.j2", blocks=_by_kind(blocks), images=folder.name))


def save_html(blocks: Sequence[Block], path: Path) -> None:
    """Write one HTML file that holds its pictures and loads nothing.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    title = next((b.text for b in blocks if isinstance(b, Heading) and b.level == 1), path.stem)
    write_text(path, render("page.html.j2", blocks=_by_kind(blocks), title=title))


def render(template: str, **values: Any) -> str:
    """Return a template of `templates/` filled in.

    Args:
        template: its file; what it makes is escaped if its name says HTML.
        values: what it names; a name that is missing is an error.
    """
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("rl_training.reporting"),
        autoescape=lambda name: name is not None and ".html" in name,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "plain": plain,
        "safe_table": _safe_markdown,
        "data_uri": lambda png: f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}",
    }
    # Our own file, not a reader's text.
    style = Path(__file__).parent / "templates" / "page.css"
    environment.globals["style"] = Markup(style.read_text(encoding="utf-8"))
    return environment


def _safe_markdown(table: Table) -> str:
    """Return a table of a reader's plain text as Markdown that shows it as it is."""
    rows = tuple(tuple(plain(cell) for cell in row) for row in table.rows)
    return as_markdown(replace(table, head=tuple(plain(cell) for cell in table.head), rows=rows))


def _by_kind(blocks: Sequence[Block]) -> list[tuple[str, Block]]:
    return [(type(block).__name__.lower(), block) for block in blocks]
