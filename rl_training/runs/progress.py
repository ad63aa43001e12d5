"""How far work has come: a bar on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

from tqdm import tqdm


class Progress:
    """Shows how much of a known amount of work is done.

    Args:
        total: steps (or episodes) of the whole work.
        done: how many were done before.
        unit: what is counted.
        stream: where to write; None: stderr.
        every_s: seconds between two plain lines.
    """

    def __init__(
        self,
        total: int,
        done: int = 0,
        unit: str = "step",
        stream: TextIO | None = None,
        every_s: float = 5.0,
    ) -> None:
        self._total = total
        self._unit = unit
        self._stream = stream or sys.stderr
        self._every_s = every_s
        self._done = done
        self._last_time = time.monotonic()
        self._last_done = done
        self._bar: tqdm[None] | None = None
        if self._stream.isatty():
            self._bar = tqdm(
                total=total,
                initial=done,
                file=self._stream,
                unit=unit,
                unit_scale=True,
                dynamic_ncols=True,
            )

    def update(self, done: int, note: Callable[[], str]) -> None:
        """Show that `done` are done; `note` is asked for results only when they show."""
        self._done = done
        now = time.monotonic()
        elapsed = now - self._last_time
        if self._bar is not None:
            if elapsed >= 0.2:
                self._bar.set_postfix_str(note(), refresh=False)
                self._show(now)
        elif elapsed >= self._every_s:
            self._line(elapsed, note())
            self._show(now)

    def advance(self) -> None:
        """Show that one more is done."""
        self.update(self._done + 1, str)

    def close(self, note: str = "") -> None:
        """Show the end of the work."""
        if self._bar is not None:
            self._bar.set_postfix_str(note, refresh=False)
            self._show(time.monotonic())
            self._bar.close()
            self._bar = None
        elif self._done > self._last_done:
            self._line(time.monotonic() - self._last_time, note)
            self._show(time.monotonic())

    def _show(self, now: float) -> None:
        if self._bar is not None:
            self._bar.update(self._done - self._last_done)
        self._last_time, self._last_done = now, self._done

    def _line(self, elapsed: float, note: str) -> None:
        rate = (self._done - self._last_done) / max(elapsed, 1e-9)
        percent = min(100.0, 100.0 * self._done / self._total)
        count = f"{self._done:,} of {self._total:,} {self._unit}s"
        digits = 0 if rate >= 10.0 else 1
        text = f"{percent:3.0f} %  {count}  {rate:,.{digits}f} {self._unit}s/s"
        self._stream.write(f"{text}  {note}".rstrip() + "\n")
        self._stream.flush()
