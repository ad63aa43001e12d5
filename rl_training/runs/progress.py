"""How far work has come: a bar on a terminal, a plain line every few seconds elsewhere.

Both say how fast it goes and how long the rest takes. The plain lines can go to a log as well.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

from tqdm import tqdm

from rl_training.runs.rate import Rate
from rl_training.runs.span import span


class Progress:
    """Shows how much of a known amount of work is done.

    Args:
        total: steps (or episodes) of the whole work.
        done: how many were done before.
        unit: what is counted.
        stream: where to write; None: stderr.
        every_s: seconds between two plain lines.
        log: gets the plain lines as well, also where a bar is shown.
    """

    def __init__(
        self,
        total: int,
        done: int = 0,
        unit: str = "step",
        stream: TextIO | None = None,
        every_s: float = 5.0,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self._total = total
        self._unit = unit
        self._stream = stream or sys.stderr
        self._every_s = every_s
        self._log = log
        self._done = done
        self._rate = Rate(done)
        self._line_time = time.monotonic()
        self._line_done = done
        self._bar_time = self._line_time
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

    def update(self, done: int, note: Callable[[], str] = str) -> None:
        """Show that `done` are done; `note` is asked for results only when they show."""
        self._done = done
        now = time.monotonic()
        if self._bar is not None and now - self._bar_time >= 0.2:
            self._bar_time = now
            self._bar.set_postfix_str(note(), refresh=False)
            self._bar.update(done - self._bar.n)
        if now - self._line_time >= self._every_s and (self._bar is None or self._log is not None):
            self._line(now, note())

    def advance(self) -> None:
        """Show that one more is done."""
        self.update(self._done + 1)

    def close(self, note: str = "") -> None:
        """Show the end of the work; calling it twice is safe."""
        bar, self._bar = self._bar, None
        if bar is not None:
            bar.set_postfix_str(note, refresh=False)
            bar.update(self._done - bar.n)
            bar.close()
            if self._log is not None and self._done > self._line_done:
                self._line(time.monotonic(), note, show=False)
        elif self._done > self._line_done:
            self._line(time.monotonic(), note)

    def _line(self, now: float, note: str, *, show: bool = True) -> None:
        self._rate.update(self._done)
        rate = (self._done - self._line_done) / max(now - self._line_time, 1e-9)
        self._line_time, self._line_done = now, self._done
        percent = min(100.0, 100.0 * self._done / self._total)
        count = f"{self._done:,} of {self._total:,} {self._unit}s"
        digits = 0 if rate >= 10.0 else 1
        text = f"{percent:3.0f} %  {count}  {rate:,.{digits}f} {self._unit}s/s"
        left = self._rate.left_s(self._total)
        if left is not None and self._done < self._total:
            text += f"  {span(left)} left"
        text = f"{text}  {note}".rstrip()
        if show and self._bar is None:
            self._stream.write(text + "\n")
            self._stream.flush()
        if self._log is not None:
            self._log(text.lstrip())
