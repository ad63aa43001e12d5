"""The one exception tree of the harness.

Every class states what a script exits with: 2 for wrong use (a flag, a path, a scene that is not
there), 1 for a run that failed. Messages say what was expected, what was found and what to do, in
one line; entry scripts print them as they are, without a traceback. Nothing here imports anything.
"""

from __future__ import annotations


class HarnessError(Exception):
    """Base of everything that the harness raises on purpose."""

    exit_code: int = 1


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


class ModelError(UsageError):
    """A model file is missing, unreadable or does not fit the scene."""


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


class ProtocolError(HarnessError):
    """A message broke the wire format: length, type, count or encoding."""


class ProtocolVersionError(ProtocolError):
    """Both sides speak, but not the same major version of the protocol."""


class ObservationError(ProtocolError):
    """An observation holds NaN or INF, or its size differs from the declared space."""


class ActionSpaceError(ProtocolError):
    """An agent declares an action type or a mix of them that cannot be trained."""
