"""What a game consists of, its fingerprint, and how it travels to a node that lacks it.

Called by the driver and by actors. Nothing here knows Ray.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from rl_training.engine.cache import cache_dir
from rl_training.envs.settings import EnvSettings
from rl_training.errors import StorageError, UsageError
from rl_training.project_files import PACKAGE, seen_files

LARGEST_PACKAGE = 128 << 20
"""Bytes of a packed game that are sent."""

_DIGITS = 16
_LEFT_BY_RUNS = ("models", "logs", "ci", "stages", "_project")
_BLOCK = 1 << 20


def has_game(settings: EnvSettings) -> bool:
    """Return whether this machine has something at the path of the game."""
    root = _root(settings)
    return (root / "project.godot" if settings.project_path else _binary(settings)).is_file()


def absolute(settings: EnvSettings) -> EnvSettings:
    """Return settings that mean the same files in whatever folder an actor is started."""
    made: dict[str, str] = {}
    for name in ("env_path", "project_path", "godot"):
        path = getattr(settings, name)
        # A bare name of an engine is looked for on each node's PATH.
        if path is not None and (name != "godot" or os.path.dirname(path)):
            made[name] = os.path.abspath(path)
    return dataclasses.replace(settings, **made)  # type: ignore[arg-type]


def fingerprint(settings: EnvSettings) -> str:
    """Return a checksum of all files of the game that the engine sees."""
    return _checksum(_root(settings), _names(settings))


def package_fingerprint() -> str:
    """Return a checksum of this package's own sources, as they are on this machine."""
    names = (path.relative_to(PACKAGE) for path in sorted(PACKAGE.rglob("*.py")))
    ours = [name.as_posix() for name in names if name.parts[0] not in _LEFT_BY_RUNS]
    return _checksum(PACKAGE, ours)


def _checksum(root: Path, names: Iterable[str]) -> str:
    """Return a checksum of the names and the contents of files in a folder."""
    digest = hashlib.sha256()
    for name in names:
        digest.update(f"{name}\0".encode())
        with open(root / name, "rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()[:_DIGITS]


def pack(settings: EnvSettings) -> bytes:
    """Return the game in one piece.

    Raises:
        UsageError: it is larger than what is sent.
    """
    root, packed = _root(settings), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in _names(settings):
            archive.write(root / name, name)
    size = len(packed.getvalue())
    if size > LARGEST_PACKAGE:
        raise UsageError(
            f"the game has {size >> 20} MB when packed, at most {LARGEST_PACKAGE >> 20} MB are "
            f"sent to a node: copy it to {root} there"
        )
    return packed.getvalue()


def unpack(settings: EnvSettings, packed: bytes, wanted: str) -> EnvSettings:
    """Put a game that was sent into the cache; return the settings that run it from there.

    Args:
        settings: of the machine that sent it.
        packed: what `pack` made.
        wanted: its fingerprint.

    Raises:
        StorageError: the cache cannot be written.
    """
    folder = cache_dir() / "games" / wanted
    try:
        if not folder.is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
            stage = Path(tempfile.mkdtemp(prefix=".stage-", dir=folder.parent))
            try:
                with zipfile.ZipFile(io.BytesIO(packed)) as archive:
                    archive.extractall(stage)
                if settings.project_path is None:
                    (stage / _binary(settings).name).chmod(0o755)
                os.replace(stage, folder)
            except OSError:
                # Another actor of this node may have been first.
                if not folder.is_dir():
                    raise
            finally:
                shutil.rmtree(stage, ignore_errors=True)
    except OSError as error:
        raise StorageError(f"cannot unpack the game into {folder}: {error}") from error
    if settings.project_path is not None:
        return dataclasses.replace(settings, project_path=str(folder))
    return dataclasses.replace(settings, env_path=str(folder / _binary(settings).name))


def _binary(settings: EnvSettings) -> Path:
    assert settings.env_path is not None, "an exported game"
    return Path(settings.env_path)


def _root(settings: EnvSettings) -> Path:
    if settings.project_path is not None:
        return Path(settings.project_path)
    return _binary(settings).parent


def _names(settings: EnvSettings) -> list[str]:
    if settings.project_path is not None:
        return list(seen_files(_root(settings)))
    binary = _binary(settings)
    return [each.name for each in (binary, binary.with_suffix(".pck")) if each.is_file()]
