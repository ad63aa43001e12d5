"""An engine's output as messages: errors of scripts, and what the game and the addon pushed.

Called by `log_watch`, line by line as the log grows. A script's run-time error does not end the
engine: the function that failed returned null and the game went on, wrong. Errors of the engine
itself (a driver, a resource that leaked) are nobody's script and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["script_error", "error", "warning"]

MAX_TEXTS = 20
"""Different messages of a kind that are kept and counted one by one; all are counted together."""

ADDON = "godot_rl: "
_LONGEST_HEAD = 5  # lines of one message
_MAX_LINE = 300
_PUSHED = {"at: push_error (": "error", "at: push_warning (": "warning"}
_CALLER = re.compile(r"^\[\d+\] (.+ \(res://[^)]*\))$")
_LOGGER = "addons/godot_rl/logger.gd"


@dataclass(frozen=True)
class Message:
    """One message, however often it came.

    Attributes:
        text: as it came first, with its place.
        count: how often it came; texts that differ in numbers only count as one (`message_key`).
    """

    text: str
    count: int = 1


@dataclass(frozen=True)
class Tally:
    """Messages of one kind.

    Attributes:
        count: how many there were.
        messages: the different ones, the first first; at most `MAX_TEXTS`.
    """

    count: int = 0
    messages: tuple[Message, ...] = ()

    def __add__(self, other: Tally) -> Tally:
        """Return both together."""
        both: dict[str, Message] = {}
        for each in (*self.messages, *other.messages):
            key = message_key(each.text)
            known = both.get(key, Message(each.text, 0))
            both[key] = Message(known.text, known.count + each.count)
        return Tally(self.count + other.count, tuple(both.values())[:MAX_TEXTS])

    @property
    def texts(self) -> tuple[str, ...]:
        """The different messages, the first first."""
        return tuple(each.text for each in self.messages)

    @property
    def first(self) -> str:
        """The first message; empty: there was none."""
        return self.messages[0].text if self.messages else ""


@dataclass(frozen=True)
class EngineMessages:
    """What an engine's log told.

    Attributes:
        script_errors: run-time errors of scripts, each with file and line.
        errors: what `push_error` told.
        warnings: what `push_warning` told.
    """

    script_errors: Tally = field(default_factory=Tally)
    errors: Tally = field(default_factory=Tally)
    warnings: Tally = field(default_factory=Tally)

    def __add__(self, other: EngineMessages) -> EngineMessages:
        """Return both together."""
        return EngineMessages(
            self.script_errors + other.script_errors,
            self.errors + other.errors,
            self.warnings + other.warnings,
        )

    def lines(self) -> list[str]:
        """Return a line of text for each kind that there was: how often, and the first one."""
        return [
            f"{name:14} {tally.count}, the first: {tally.first}"
            for name, tally in (
                ("script errors", self.script_errors),
                ("pushed errors", self.errors),
                ("warnings", self.warnings),
            )
            if tally.count
        ]


def message_key(text: str) -> str:
    """Return what messages have in common that differ in numbers only, as arenas' paths do.

    The number of a script's line stays: errors at two places are two.
    """
    return re.sub(r"(?<![:\d])\d+", "#", text)


class MessageReader:
    """Finds messages in lines that come in pieces.

    A message is a head ("ERROR: ..."), a line with its place ("   at: ...") and, in debug builds,
    the callers of the script.

    Args:
        engine_too: errors and warnings of the engine itself are found too.
    """

    def __init__(self, *, engine_too: bool = False) -> None:
        self._engine_too = engine_too
        self._head = ""
        self._lines = 0
        # A pushed message whose caller may still come.
        self._pushed: tuple[Kind, str] | None = None

    def read(self, lines: Iterable[str]) -> list[tuple[Kind, str]]:
        """Return (kind, text) of the messages that these lines complete."""
        found: list[tuple[Kind, str]] = []
        for line in lines:
            found += self._take(line)
        return found

    def finish(self) -> list[tuple[Kind, str]]:
        """Return what is still incomplete, once no more lines come."""
        left = [*self._without_caller()]
        if self._head and _is_script_error(self._head):
            left.append(("script_error", _clean(self._head)))
        elif self._head and self._engine_too:
            left.append((_kind_of(self._head), _clean(self._head)))
        self._head = ""
        return left

    def _take(self, line: str) -> list[tuple[Kind, str]]:
        text = line.strip()
        if self._pushed is not None:
            if text.startswith("GDScript backtrace"):
                return []
            caller = _CALLER.match(text)
            if caller and _LOGGER in caller[1]:
                return []
            found = self._without_caller(caller[1] if caller else "")
            return found if caller else [*found, *self._take(line)]
        if _is_script_error(line) or line.startswith(("ERROR: ", "WARNING: ")):
            left = self.finish()
            self._head, self._lines = line, 1
            return left
        if not self._head:
            return []
        if not text.startswith("at: "):
            self._lines += 1
            # What follows a script's error is its place or something else altogether.
            if _is_script_error(self._head) or self._lines > _LONGEST_HEAD:
                return self.finish()
            return []
        head, self._head = self._head, ""
        if _is_script_error(head):
            return [("script_error", _clean(f"{head} {text}"))]
        for mark, kind in _PUSHED.items():
            if text.startswith(mark):
                self._pushed = ("error" if kind == "error" else "warning", head)
                return []
        return [(_kind_of(head), _clean(f"{head} {text}"))] if self._engine_too else []

    def _without_caller(self, caller: str = "") -> list[tuple[Kind, str]]:
        if self._pushed is None:
            return []
        (kind, head), self._pushed = self._pushed, None
        place = f" at: {caller}" if caller and ADDON not in head else ""
        return [(kind, _clean(head + place))]


def _kind_of(head: str) -> Kind:
    return "warning" if head.startswith("WARNING: ") else "error"


def _is_script_error(line: str) -> bool:
    return "SCRIPT ERROR" in line or "Parse Error" in line


def _clean(line: str) -> str:
    shown = " ".join(line.split())
    return shown if len(shown) <= _MAX_LINE else shown[: _MAX_LINE - 3] + "..."
