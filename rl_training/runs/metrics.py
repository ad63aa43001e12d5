"""metrics.jsonl: every scalar of a run, one JSON object a line; reading it needs no torch."""

from __future__ import annotations

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
            self._file = open(self._path, "a", encoding="utf-8")  # noqa: SIM115 - closed in close
        self._file.write(json.dumps(row, allow_nan=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file; calling it twice is safe."""
        if self._file is not None:
            self._file.close()
            self._file = None


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
