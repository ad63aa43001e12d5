"""Find the engine to use: asked for, on PATH, in the cache, else installed.

Called by everything that starts Godot.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
from pathlib import Path

from rl_training.engine.binary import EngineBinary, check_version, read_version
from rl_training.engine.cache import installations
from rl_training.engine.install import install_engine
from rl_training.errors import EngineNotFoundError, EngineVersionError

LOGGER = logging.getLogger(__name__)
ENGINE_VARIABLE = "GODOT_BIN"
NAMES_ON_PATH = ("godot", "godot4")


def find_engine(explicit: str | None = None, *, install: bool = True) -> EngineBinary:
    """Find an engine that the harness accepts.

    The order: `explicit`, $GODOT_BIN, `godot` and `godot4` on PATH, the cache, an install. What
    was asked for by name must fit; an unfit engine that merely lies on PATH is passed over.

    Args:
        explicit: path or name of an engine (`--godot`).
        install: whether an engine may be downloaded when none is found.

    Raises:
        EngineNotFoundError: there is none, or what was asked for does not exist.
        EngineVersionError: what was asked for is too old, or is not Godot.
    """
    for source, chosen in (("--godot", explicit), (ENGINE_VARIABLE, _from_environment())):
        if chosen:
            return _accept(_resolve(chosen, source), source)
    passed_over: list[str] = []
    for name in NAMES_ON_PATH:
        found = shutil.which(name)
        if found is not None:
            try:
                return _accept(Path(found).absolute(), "PATH")
            except EngineVersionError as error:
                passed_over.append(str(error))
                LOGGER.info("passed over: %s", error)
    for item in installations():
        editor = item.program("editor")
        if editor is not None:
            try:
                return _accept(editor, f"cache ({item.manifest.source})")
            except EngineVersionError as error:
                passed_over.append(str(error))
                LOGGER.warning("%s", error)
    if not install:
        seen = f" (passed over: {' | '.join(passed_over)})" if passed_over else ""
        raise EngineNotFoundError(
            f"no Godot engine found in --godot, GODOT_BIN, PATH or the cache{seen}: set GODOT_BIN "
            "or run `python -m rl_training.engine install`"
        )
    LOGGER.info("no engine on this machine yet: installing one")
    item = install_engine().installation
    editor = item.program("editor")
    assert editor is not None
    return _accept(editor, f"cache ({item.manifest.source})")


def _from_environment() -> str | None:
    return os.environ.get(ENGINE_VARIABLE) or None


def _resolve(chosen: str, source: str) -> Path:
    path = Path(chosen).expanduser()
    if sys.platform == "darwin" and path.suffix == ".app":
        path = path / "Contents" / "MacOS" / "Godot"
    if path.is_file():
        if not os.access(path, os.X_OK):
            raise EngineNotFoundError(f"{source}: {path} is not executable: chmod +x it")
        return path.absolute()
    on_path = shutil.which(chosen)
    if on_path is not None:
        return Path(on_path).absolute()
    kind = "a folder, not an engine" if path.is_dir() else "not there"
    raise EngineNotFoundError(
        f"{source}: {chosen} is {kind}; give the path of a Godot 4.5 or newer, or leave it out to "
        "have one found or installed"
    )


def _accept(path: Path, source: str) -> EngineBinary:
    version = read_version(path)
    check_version(path, version)
    return EngineBinary(path=path, version=version, source=source)
