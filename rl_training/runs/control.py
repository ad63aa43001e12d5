"""The control file: what a living run is told to do while it trains.

`send` appends a command as one line of JSON; the run reads what is new (`ControlReader`), obeys and
says so in its status. It needs no torch, so a command line or a dashboard answers at once.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from rl_training.errors import EngineTimeoutError, UsageError, nearest
from rl_training.runs.paths import RunPaths, experiments
from rl_training.runs.status import RunStatus, read_status

Command = Literal["save", "stop", "pause", "resume", "set"]
COMMANDS: tuple[Command, ...] = get_args(Command)
LOOK_S = 1.0
"""Seconds between two looks of a run at its control file."""
_POLL_S = 0.05


@dataclass(frozen=True)
class Order:
    """One command to a run.

    Attributes:
        id: names it in the run's acknowledgement.
        command: "save" (a checkpoint), "stop" (save, export, end), "pause", "resume", or "set".
        values: of "set": parameter to value.
    """

    id: str
    command: Command
    values: dict[str, Any] = field(default_factory=dict)


def send(paths: RunPaths, command: str, values: Mapping[str, Any] | None = None) -> Order:
    """Tell a living run what to do.

    Args:
        paths: of the run.
        command: one of `COMMANDS`.
        values: of "set": parameter to value, as JSON can hold it.

    Raises:
        UsageError: the command is unknown, or no such run lives.
    """
    if command not in COMMANDS:
        raise UsageError(
            f"unknown command {command!r}.{nearest(command, COMMANDS)} Known: {', '.join(COMMANDS)}"
        )
    if (command == "set") != bool(values):
        raise UsageError("'set' needs NAME=VALUE, and the other commands take no values")
    _living(paths)
    order = Order(secrets.token_hex(4), command, dict(values or {}))
    line = json.dumps(vars(order)) + "\n"
    descriptor = os.open(paths.control, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        # One write: commands of two senders do not mix.
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)
    return order


def wait_for(paths: RunPaths, order: Order, timeout_s: float = 60.0) -> str:
    """Wait until the run has obeyed; return what it answers.

    Raises:
        UsageError: the run refused, or ended without an answer.
        EngineTimeoutError: it did not answer in time (it may be in the middle of an update).
    """
    deadline = time.monotonic() + timeout_s
    while True:
        status = read_status(paths.status)
        for answer in () if status is None else status.acknowledged:
            if answer["id"] == order.id:
                if answer["refused"]:
                    raise UsageError(f"{paths.experiment}: {answer['result']}")
                return str(answer["result"])
        if status is None or not status.is_alive:
            raise UsageError(f"experiment {paths.experiment!r} ended without an answer")
        if time.monotonic() >= deadline:
            raise EngineTimeoutError(
                f"experiment {paths.experiment!r} has not answered for {timeout_s:.0f} s; it will "
                "obey when its update or evaluation is over"
            )
        time.sleep(_POLL_S)


class ControlReader:
    """What a run reads of its control file: each command once.

    Args:
        path: the file; commands that are in it already are of an earlier part of the run.
        look_s: seconds between two looks; a call in between costs a look at the clock.
    """

    def __init__(self, path: Path, look_s: float = LOOK_S) -> None:
        self._path = path
        self._look_s = look_s
        self._next = 0.0
        self._offset = self._size()

    def take(self) -> list[Order]:
        """Return the commands that came since the last look."""
        now = time.monotonic()
        if now < self._next:
            return []
        self._next = now + self._look_s
        size = self._size()
        if size < self._offset:
            self._offset = 0  # somebody removed it
        if size == self._offset:
            return []
        with open(self._path, "rb") as file:
            file.seek(self._offset)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._offset += len(whole)
        return [order for line in whole.splitlines() if (order := _parse(line)) is not None]

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:
            return 0


def _parse(line: bytes) -> Order | None:
    """Return the command of a line; None for what somebody else wrote."""
    try:
        data = json.loads(line)
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    if list(data) == ["set"] and isinstance(data["set"], dict):  # as a person writes it by hand
        return Order("", "set", data["set"])
    command, values = data.get("command"), data.get("values", {})
    if command not in COMMANDS or not isinstance(values, dict):
        return None
    return Order(str(data.get("id", "")), command, values)


def _living(paths: RunPaths) -> RunStatus:
    status = read_status(paths.status)
    if status is None:
        known = experiments(paths.root)
        raise UsageError(
            f"no run {paths.experiment!r} in {paths.root / 'logs'}."
            f"{nearest(paths.experiment, known)}"
        )
    if not status.is_alive:
        raise UsageError(
            f"experiment {paths.experiment!r} does not run any more: it is {status.stage}"
        )
    return status
