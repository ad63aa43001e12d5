"""metrics.jsonl: every scalar of a run, one JSON object a line; reading it needs no torch."""

from __future__ import annotations

import contextlib
import json
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO


class MetricsWriter:
    """Appends lines to a metrics file; each line is on disk's doorstep when `write` returns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file: TextIO | None = None

    def write(self, timesteps: int, scalars: Mapping[str, float]) -> None:
        """Append one line: `timesteps`, `time` (Unix seconds) and the scalars by their tags.

        Values that are not finite become null, since JSON has no word for them.
        """
        row: dict[str, float | None] = {"timesteps": timesteps, "time": round(time.time(), 3)}
        for tag, value in scalars.items():
            number = float(value)
            row[tag] = number if math.isfinite(number) else None
        if self._file is None:
            _drop_half_line(self._path)
            self._file = open(self._path, "a", encoding="utf-8")  # noqa: SIM115 - closed in close
        self._file.write(json.dumps(row, allow_nan=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file; calling it twice is safe."""
        if self._file is not None:
            self._file.close()
            self._file = None


def read_new_metrics(path: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Return the lines from `offset` on, and the offset to go on from.

    A line that is still being written is left for the next call. A file that became shorter (a new
    run of the name) is read from its start.

    Args:
        path: the metrics file; a missing one has no lines.
        offset: what the last call returned, in bytes.
    """
    try:
        with open(path, "rb") as file:
            end = file.seek(0, 2)
            start = offset if offset <= end else 0
            file.seek(start)
            text = file.read(end - start)
    except FileNotFoundError:
        return [], 0
    whole = text[: text.rfind(b"\n") + 1]
    return [json.loads(line) for line in whole.splitlines() if line], start + len(whole)


def last_metrics(path: Path, window: int = 64 * 1024) -> dict[str, Any]:
    """Return the newest value of every tag in the last lines of the file; empty without any.

    A line that is damaged is left out: a list of runs shows the others, and what is whole of it.

    Args:
        path: the metrics file.
        window: bytes that are read from its end, so that long runs cost no more than short ones.
    """
    try:
        with open(path, "rb") as file:
            end = file.seek(0, 2)
            file.seek(max(0, end - window))
            text = file.read()
    except FileNotFoundError:
        return {}
    if end > window:
        text = text[text.find(b"\n") + 1 :]
    newest: dict[str, Any] = {}
    for line in text[: text.rfind(b"\n") + 1].splitlines():
        with contextlib.suppress(ValueError, TypeError):
            newest.update(json.loads(line))
    return newest


def _drop_half_line(path: Path) -> None:
    """Cut what a killed run left of a line, or the next one would be written behind it."""
    if not path.is_file():
        return
    with open(path, "rb+") as file:
        end = file.seek(0, 2)
        start = max(0, end - 1024 * 1024)
        file.seek(start)
        tail = file.read()
        if tail and not tail.endswith(b"\n"):
            file.truncate(start + tail.rfind(b"\n") + 1)


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a metrics file; a last line that was cut off by a crash is left out."""
    rows: list[dict[str, Any]] = []
    lines = path.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(lines):
        if not line:
            continue
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            if number < len(lines) - 1:
                raise
    return rows
