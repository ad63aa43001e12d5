"""What an engine binary is and which version it has.

The version costs one start of the engine (about 0.3 s); the answer is remembered by path, time
and size of the file, so that asking again costs nothing. Called by the finder and the installers.
"""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rl_training.engine.cache import cache_dir, write_text_atomically
from rl_training.engine.commands import run_command
from rl_training.errors import EngineVersionError

MINIMUM_VERSION = (4, 5, 0)
TESTED_VERSION = (4, 6)
VERSION_TIMEOUT_S = 20.0
_VERSION_LINE = re.compile(r"^(\d+)\.(\d+)(?:\.(\d+))?\.[a-z]\S*$", re.MULTILINE)


@dataclass(frozen=True)
class EngineBinary:
    """An engine that was found, with a version that the harness accepts.

    Attributes:
        path: absolute path of the program.
        version: (major, minor, patch).
        source: where it came from: "--godot", "GODOT_BIN", "PATH" or "cache (<origin>)".
    """

    path: Path
    version: tuple[int, int, int]
    source: str

    @property
    def version_text(self) -> str:
        """The version as "major.minor.patch"."""
        return ".".join(map(str, self.version))


def read_version(path: Path, *, timeout_s: float = VERSION_TIMEOUT_S) -> tuple[int, int, int]:
    """Ask a binary for its version, or remember the answer.

    Args:
        path: the program.
        timeout_s: seconds that it may take to answer.

    Raises:
        EngineVersionError: it does not start, does not answer in time, or is not Godot.
    """
    key = str(path)
    try:
        status = path.stat()
    except OSError as error:
        raise EngineVersionError(f"{path} cannot be used as an engine: {error.strerror}") from None
    fingerprint = [status.st_mtime_ns, status.st_size]
    remembered = _remembered()
    entry = remembered.get(key)
    if isinstance(entry, dict) and entry.get("file") == fingerprint:
        major, minor, patch = entry["version"]
        return (major, minor, patch)
    version = _ask_version(path, timeout_s)
    remembered[key] = {"file": fingerprint, "version": list(version)}
    # A cache that cannot be written costs a start of the engine each time, nothing else.
    with contextlib.suppress(OSError):
        write_text_atomically(_memory_path(), json.dumps(remembered, indent=1) + "\n")
    return version


def check_version(path: Path, version: tuple[int, int, int]) -> None:
    """Refuse an engine that is older than the harness accepts.

    Raises:
        EngineVersionError: older than MINIMUM_VERSION.
    """
    if version < MINIMUM_VERSION:
        raise EngineVersionError(
            f"{path} is Godot {'.'.join(map(str, version))}, but "
            f"{MINIMUM_VERSION[0]}.{MINIMUM_VERSION[1]} or newer is needed: give another one with "
            "--godot or GODOT_BIN, or run `python -m rl_training.engine install`"
        )


def _ask_version(path: Path, timeout_s: float) -> tuple[int, int, int]:
    try:
        result = run_command([path, "--headless", "--version"], timeout_s=timeout_s)
    except OSError as error:
        raise EngineVersionError(f"{path} does not start: {error.strerror or error}") from None
    if result.timed_out:
        raise EngineVersionError(f"{path} gave no version within {timeout_s:.0f} s: is it Godot?")
    match = _VERSION_LINE.search(result.output.replace("\r\n", "\n"))
    if match is None:
        raise EngineVersionError(
            f"{path} is not a Godot engine: asked for --version it ended with code "
            f"{result.returncode} and said: {result.last_line()[:200]}"
        )
    return int(match[1]), int(match[2]), int(match[3] or 0)


def _memory_path() -> Path:
    return cache_dir() / "versions.json"


def _remembered() -> dict[str, Any]:
    try:
        values = json.loads(_memory_path().read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}
