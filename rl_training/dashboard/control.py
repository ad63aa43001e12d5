"""What people tell runs from the dashboard: start, stop, save, pause, resume, change a parameter.

Called by `rest`. Orders go through the run's control file, as `spacetime-rl runs control` sends
them, so a run obeys whoever asks, and without a server.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from rl_training.dashboard.index import RunIndex
from rl_training.dashboard.messages import Start
from rl_training.dashboard.starts import Starter
from rl_training.errors import UsageError
from rl_training.runs.control import Order, send
from rl_training.runs.paths import RunPaths
from rl_training.runs.status import read_status

_POLL_S = 0.1


class Controls:
    """Sends orders to the runs of a root.

    Args:
        index: of the root.
        starter: of the same root.
    """

    def __init__(self, index: RunIndex, starter: Starter) -> None:
        self._index = index
        self._starter = starter

    def start(self, wanted: Start) -> dict[str, Any]:
        """Start a training; see `Starter.start`."""
        started = self._starter.start(wanted)
        return {
            "run": started.run,
            "state": "starting",
            "pid": started.pid,
            "result": f"started as process {started.pid}",
        }

    async def order(
        self, run: str, command: str, values: Mapping[str, Any] | None = None, wait_s: float = 10.0
    ) -> dict[str, Any]:
        """Tell a living run what to do, and wait for its answer.

        Args:
            run: its name.
            command: of `runs.control.COMMANDS`.
            values: of "set".
            wait_s: longest wait. A run answers between two updates, which may take longer.

        Returns:
            {"run", "state", "order", "result"}; the state is "done", "refused", or "sent" while
            there is no answer.

        Raises:
            UsageError: no such run lives.
        """
        if command == "stop" and (result := self._stop_early(run)) is not None:
            return {"run": run, "state": "done", "order": "", "result": result}
        paths = self._index.paths(run)
        order = send(paths, command, values)
        deadline = time.monotonic() + wait_s
        while True:
            answer = _answer(paths, order)
            if answer is not None:
                return {"run": run, "order": order.id, **answer}
            if time.monotonic() >= deadline:
                return {
                    "run": run,
                    "state": "sent",
                    "order": order.id,
                    "result": "sent; the run obeys when its update or evaluation is over",
                }
            await asyncio.sleep(_POLL_S)

    def _stop_early(self, run: str) -> str | None:
        """End a process that has not begun its run; None: it has, or there is none."""
        started = self._starter.found(run)
        if started is None or not started.is_alive:
            return None
        if run not in {row["name"] for row in self._starter.waiting()}:
            return None
        self._starter.interrupt(started)
        return f"process {started.pid} was asked to end; it had not begun, so nothing is saved"


def _answer(paths: RunPaths, order: Order) -> dict[str, Any] | None:
    status = read_status(paths.status)
    for told in () if status is None else status.acknowledged:
        if told.get("id") == order.id:
            state = "refused" if told.get("refused") else "done"
            return {"state": state, "result": str(told.get("result", ""))}
    if status is None or not status.is_alive:
        raise UsageError(f"experiment {paths.experiment!r} ended without an answer")
    return None
