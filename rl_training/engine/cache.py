"""The folder in which engines are kept, and the manifest that each of them carries.

An engine's folder appears complete or not at all: it is built beside its place and renamed.
Called by the finder and the installers. Nothing here downloads or runs anything.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

CACHE_VARIABLE = "SPACETIME_RL_CACHE"
MANIFEST_NAME = "manifest.json"
STAGE_PREFIX = ".stage-"


def cache_dir() -> Path:
    """The cache: $SPACETIME_RL_CACHE, else the platform's folder for caches."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    if os.environ.get("XDG_CACHE_HOME"):
        base = Path(os.environ["XDG_CACHE_HOME"])
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path.home() / ".cache"
    return (base / "spacetime-rl").absolute()


def engines_dir() -> Path:
    """The folder with one sub-folder an installed engine."""
    return cache_dir() / "engines"


@dataclass(frozen=True)
class Manifest:
    """What an installation holds and how it came.

    Attributes:
        source: "official" or "debian".
        version: version text of what was fetched, for instance "4.6.3+ds-2".
        files: component ("editor", "template", "xvfb") to its program, relative to the folder.
        packages: package (or archive) name to version (or SHA-512).
        downloaded_bytes: size of what was downloaded.
        seconds: seconds that each step took.
        installed_at: UTC time in ISO 8601.
    """

    source: str
    version: str
    files: Mapping[str, str]
    packages: Mapping[str, str] = field(default_factory=dict)
    downloaded_bytes: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)
    installed_at: str = ""

    def write(self, folder: Path) -> None:
        """Write the manifest into a folder, whole or not at all."""
        write_text_atomically(folder / MANIFEST_NAME, json.dumps(asdict(self), indent=2) + "\n")


@dataclass(frozen=True)
class Installation:
    """One complete folder below `engines_dir()`."""

    root: Path
    manifest: Manifest

    def program(self, component: str) -> Path | None:
        """The program of a component, or None when it is not there."""
        relative = self.manifest.files.get(component)
        if relative is None or not (self.root / relative).is_file():
            return None
        return self.root / relative


def installations() -> list[Installation]:
    """All complete installations, the one installed last first."""
    try:
        folders = [path for path in engines_dir().iterdir() if not path.name.startswith(".")]
    except OSError:
        return []
    found = [item for item in map(_read_installation, folders) if item is not None]
    return sorted(found, key=lambda item: item.manifest.installed_at, reverse=True)


def _read_installation(folder: Path) -> Installation | None:
    try:
        values: dict[str, Any] = json.loads((folder / MANIFEST_NAME).read_text("utf-8"))
        return Installation(folder, Manifest(**values))
    except (OSError, ValueError, TypeError):
        return None


def write_text_atomically(path: Path, text: str) -> None:
    """Replace a small text file so that no reader ever sees a part of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, "utf-8")
    temporary.replace(path)
