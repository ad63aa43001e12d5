"""A page of headings, text, tables, commands and pictures; as Markdown or as one HTML file."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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
        png: its content.
    """

    name: str
    caption: str
    png: bytes


Block = Heading | Text | Table | Command | Picture


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
    write_text(path, "\n\n".join(_markdown(block, folder.name) for block in blocks) + "\n")


def save_html(blocks: Sequence[Block], path: Path) -> None:
    """Write one HTML file that holds its pictures and loads nothing.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    title = next((b.text for b in blocks if isinstance(b, Heading) and b.level == 1), path.stem)
    body = "\n".join(_html(block) for block in blocks)
    write_text(path, _PAGE.format(title=html.escape(title), style=_STYLE, body=body))


def _markdown(block: Block, images: str) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {_plain(block.text)}"
    if isinstance(block, Text):
        return f"**{_plain(block.text)}**" if block.strong else _plain(block.text)
    if isinstance(block, Command):
        return f"```sh\n{block.lines}\n```"
    if isinstance(block, Picture):
        # A folder's name may hold blanks and brackets, which only this form of a link admits.
        return f"![{_plain(block.caption)}](<{images}/{block.name}.png>)\n\n{_plain(block.caption)}"
    rules = (" ---: " if column in block.numbers else " --- " for column in range(len(block.head)))
    lines = [_row(block.head), f"|{'|'.join(rules)}|"]
    for number, row in enumerate(block.rows):
        cells = [f"**{cell}**" if cell and number in block.marked else cell for cell in row]
        lines.append(_row(cells))
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_plain(cell).replace("|", "\\|") for cell in cells) + " |"


def _plain(text: str) -> str:
    return " ".join(text.replace("<", "&lt;").split())


def _html(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{html.escape(block.text)}</h{block.level}>"
    if isinstance(block, Text):
        if not block.strong:
            return f"<p>{html.escape(block.text)}</p>"
        kind = {True: "good", False: "bad", None: "plain"}[block.good]
        return f'<p class="verdict {kind}">{html.escape(block.text)}</p>'
    if isinstance(block, Command):
        return f"<pre><code>{html.escape(block.lines)}</code></pre>"
    if isinstance(block, Picture):
        data = base64.b64encode(block.png).decode("ascii")
        caption = html.escape(block.caption)
        return (
            f'<figure><img alt="{caption}" src="data:image/png;base64,{data}">'
            f"<figcaption>{caption}</figcaption></figure>"
        )
    head = _html_row("th", block.head, block.numbers)
    rows = [
        _html_row("td", row, block.numbers, number in block.marked)
        for number, row in enumerate(block.rows)
    ]
    return (
        f'<div class="wide"><table><thead>{head}</thead>\n<tbody>'
        + "\n".join(rows)
        + "</tbody></table></div>"
    )


def _html_row(tag: str, cells: Sequence[str], numbers: frozenset[int], marked: bool = False) -> str:
    written = []
    for column, cell in enumerate(cells):
        kind = ' class="number"' if column in numbers else ""
        written.append(f"<{tag}{kind}>{html.escape(cell)}</{tag}>")
    kind = ' class="marked"' if marked else ""
    return f"<tr{kind}>{''.join(written)}</tr>"


_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1c2126; background: #fff;
       max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .3rem; }
h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid #d8dde2; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid #e6eaee;
         vertical-align: top; }
th { font-weight: 600; white-space: nowrap; }
.number { text-align: right; }
tr.marked td { color: #a3230e; font-weight: 600; }
pre { background: #f4f6f8; padding: .6rem .8rem; overflow-x: auto; border-radius: 4px; }
figure { margin: 1rem 0; }
img { max-width: 100%; height: auto; }
figcaption { color: #5a646e; font-size: .9rem; }
.verdict { font-weight: 600; padding: .5rem .8rem; border-left: 4px solid #8a949e;
           background: #f4f6f8; }
.verdict.good { border-color: #00795a; background: #eaf6f2; }
.verdict.bad { border-color: #a3230e; background: #fbeeeb; }
"""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""
