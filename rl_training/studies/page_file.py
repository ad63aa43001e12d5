"""The page of a study: written anew after each run, while what people noted on it stays.

Called by the pages of studies.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rl_training.runs.atomic import write_text


def notes_mark(study: str) -> str:
    """Return the line of a study's page below which its notes stand."""
    return f"<!-- notes: study {study} keeps what stands below this line -->"


def with_notes(text: str, mark: str, earlier: str) -> str:
    """Return a page that ends with the mark, with the notes of the earlier page behind it."""
    return text + earlier.split(mark, 1)[1].removeprefix("\n") if mark in earlier else text


def write_with_picture(
    path: Path, draw: Callable[[Path], None], render: Callable[[str, str], str]
) -> None:
    """Write a Markdown page, and its picture to images/ beside it.

    Args:
        path: of the page.
        draw: writes the picture to a path.
        render: makes the page of its earlier text ("": there is none) and the picture's path.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    picture = f"images/{path.stem}.png"
    draw(path.parent / picture)
    earlier = path.read_text(encoding="utf-8") if path.is_file() else ""
    write_text(path, render(earlier, picture))
