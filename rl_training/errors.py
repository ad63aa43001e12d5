"""The one exception tree of the harness.

Every class states what a script exits with: 2 for wrong use (a flag, a path, a scene that is not
there), 1 for a run that failed. Messages say what was expected, what was found and what to do, in
one line; entry scripts print them as they are, without a traceback. Nothing here imports anything
of the package.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class EngineFailure:
    """What is known of an engine at the moment when it failed.

    Attributes:
        engine: its number in the run, from 0.
        port: TCP port that it was connected to.
        pid: of its process; None for one that an editor started.
        exit_code: its exit code, negative for the signal that ended it; None: it was running.
        waited_s: seconds that were waited for it in the operation that failed.
        last_message: type of the last message that came from it; empty: none came.
        script_error: the first error of the game's scripts in its log, with file and line; empty:
            there was none.
        log_tail: the last lines of its output, at most 20.
    """

    engine: int
    port: int
    pid: int | None
    exit_code: int | None
    waited_s: float
    last_message: str
    script_error: str = ""
    log_tail: tuple[str, ...] = ()

    def facts(self) -> str:
        """Return port, process, time and last message in a few words."""
        words = [f"port {self.port}"]
        if self.pid is not None:
            words.append(f"pid {self.pid}")
        words.append(f"after {self.waited_s:.1f} s")
        words.append(f"last message: {self.last_message or 'none'}")
        return ", ".join(words)


class HarnessError(Exception):
    """Base of everything that the harness raises on purpose.

    Attributes:
        exit_code: what a script that ends by it exits with.
        failure: the engine's state, where an engine is the cause.
        lines: what a person may choose from, told line by line before the message.
    """

    exit_code: int = 1
    failure: EngineFailure | None = None
    lines: tuple[str, ...] = ()


class UsageError(HarnessError):
    """The caller asked for something impossible: a bad flag, value, path or combination."""

    exit_code = 2


class ConfigError(UsageError):
    """A setting is unknown or out of range."""


class ProjectError(UsageError):
    """The Godot project cannot be used: no project.godot, no addon, no AIController."""


class SceneNotFoundError(ProjectError):
    """The scene (or scenario) does not exist; the message names the nearest one."""


class PortInUseError(UsageError):
    """The TCP port that was asked for is taken."""


class StorageError(UsageError):
    """A file cannot be written: no room, no permission, no such folder; what was there stays."""


class ModelError(UsageError):
    """A model file is missing, unreadable or does not fit the scene."""


class RecordingError(UsageError):
    """The file is no recorded episode, is damaged, or is of another format's version."""


class DataError(UsageError):
    """Recorded data cannot be used: a damaged file, NaN, shapes or times that do not fit."""


class EngineError(HarnessError):
    """Anything that concerns the Godot engine's process."""


class EngineNotFoundError(EngineError):
    """No engine was found and none could be installed."""

    exit_code = 2


class EngineVersionError(EngineError):
    """The engine is older than the harness accepts, or is not Godot at all."""

    exit_code = 2


class EngineStartError(EngineError):
    """The engine was launched but never became a working environment."""


class EngineDiedError(EngineError):
    """The engine ended, or closed its connection, in the middle of a run."""


class EngineDisconnectedError(EngineDiedError):
    """The connection to the engine ended; whether the engine ended too is not known yet."""


class EngineTimeoutError(EngineError):
    """The engine is alive but did not answer within `timeout_s`."""


class HttpApiError(EngineError):
    """The HTTP API of an engine refused a request, or could not be reached.

    Attributes:
        status: HTTP status; 0: there was no answer.
        code: the API's own code in snake_case, for example "no_agents"; empty: it told none.
    """

    def __init__(self, message: str, status: int = 0, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class ArenasDifferError(HarnessError):
    """Arenas side by side are not the game that one alone is; the message names what to change."""


class ProtocolError(HarnessError):
    """A message broke the wire format: length, type, count or encoding."""


class ProtocolVersionError(ProtocolError):
    """Both sides speak, but not the same major version of the protocol."""


class ObservationError(ProtocolError):
    """An observation is unusable: its size differs from the declared space, or see below."""


class ObservationValueError(ObservationError):
    """An observation holds NaN or INF, or something that is no number."""


class ActionSpaceError(ProtocolError):
    """An agent declares an action type or a mix of them that cannot be trained."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the known name closest to `name`, or an empty string."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" Did you mean {matches[0]!r}?" if matches else ""
