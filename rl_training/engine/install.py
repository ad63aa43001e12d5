"""Install an engine into the cache: official build first, Debian's packages next.

Called by `find`, `xvfb` and the command line. Two installs at once wait for each other; an
interrupted one leaves nothing that the next could take for whole.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from rl_training.engine import debian, official
from rl_training.engine.binary import check_version, read_version
from rl_training.engine.cache import (
    MANIFEST_NAME,
    STAGE_PREFIX,
    Installation,
    Manifest,
    engines_dir,
    installations,
)
from rl_training.engine.locks import file_lock
from rl_training.errors import EngineNotFoundError, EngineVersionError

LOGGER = logging.getLogger(__name__)
LOCK_TIMEOUT_S = 1800.0
_REMEDY = "set GODOT_BIN to a Godot 4.5 or newer, or give it with --godot"


@dataclass(frozen=True)
class InstallReport:
    """What an install did.

    Attributes:
        installation: where it is and what it holds.
        reused: True when everything asked for was there already.
        attempts: one "source: reason" for each source that failed before.
    """

    installation: Installation
    reused: bool
    attempts: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Source:
    name: str
    components: frozenset[str]
    fetch: Callable[[Path, Collection[str], Path], Manifest]


def _fetch_official(stage: Path, components: Collection[str], final: Path) -> Manifest:
    return official.fetch(stage, components, base_url=official.BASE_URL)


def _fetch_debian(stage: Path, components: Collection[str], final: Path) -> Manifest:
    return debian.fetch(stage, components, final=final)


def _sources() -> list[_Source]:
    return [
        _Source("official", official.COMPONENTS, _fetch_official),
        _Source("debian", frozenset({"editor", "template", "xvfb"}), _fetch_debian),
    ]


def install_engine(
    *, with_template: bool = False, with_xvfb: bool = False, force: bool = False
) -> InstallReport:
    """Install an engine, and what else is wanted, unless the cache has it.

    Args:
        with_template: also the release template, for exporting games.
        with_xvfb: also a virtual screen (Linux), for drawing without one.
        force: fetch anew even if it is there.

    Raises:
        EngineNotFoundError: no source could give it; the message lists each with its reason.
        EngineTimeoutError: another install holds the cache for too long.
    """
    wanted = {"editor"} | ({"template"} if with_template else set())
    beside = {"xvfb"} if with_xvfb else set()
    report = _install(wanted, beside=beside, force=force)
    if with_xvfb and all(item.program("xvfb") is None for item in installations()):
        # An official engine keeps its folder; the virtual screen gets one of its own.
        _install(beside, force=force)
    return report


def install_component(component: str) -> Path:
    """Install one component beside whatever is there and return its program.

    Args:
        component: "editor", "template" or "xvfb".

    Raises:
        EngineNotFoundError: no source could give it.
    """
    held = next((item for item in installations() if item.program("editor")), None)
    wanted = {component}
    if held is not None and held.manifest.source == "debian":
        wanted |= set(held.manifest.files)
    program = _install(wanted).installation.program(component)
    assert program is not None
    return program


def install_template(component: str = "template", *, first: str = "official") -> Installation:
    """Install a release template into a folder of its own, so that no running engine is replaced.

    Args:
        component: "template" for this machine, or "template_windows", "template_macos",
            "template_web", "template_linux".
        first: the source that is tried first, "official" (more than 1 GB, runs anywhere) or
            "debian" (about 100 MB, bound to this machine).

    Raises:
        EngineNotFoundError: no source could give it.
    """
    return _install({component}, first=first).installation


def _install(
    wanted: set[str],
    *,
    beside: Collection[str] = (),
    force: bool = False,
    first: str = "official",
) -> InstallReport:
    """Install the wanted components, and those of `beside` that the same source offers."""
    folder = engines_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EngineNotFoundError(
            f"cannot write the cache {folder}: {error.strerror}; set SPACETIME_RL_CACHE"
        ) from None
    with file_lock(folder / ".lock", timeout_s=LOCK_TIMEOUT_S, what="installing an engine"):
        if not force and (present := _present(wanted, beside)) is not None:
            return InstallReport(present, reused=True)
        _remove_leftovers(folder)
        attempts: list[str] = []
        for source in sorted(_sources(), key=lambda source: source.name != first):
            if not wanted <= source.components:
                continue
            LOGGER.info("trying the %s build", source.name)
            try:
                parts = wanted | (set(beside) & source.components)
                installed = _build(source, folder, parts)
                return InstallReport(installed, reused=False, attempts=tuple(attempts))
            except (EngineNotFoundError, EngineVersionError, OSError) as error:
                attempts.append(f"{source.name}: {error}")
                LOGGER.warning("%s", attempts[-1])
        remedy = f"; {_REMEDY}" if "editor" in wanted else ""
        raise EngineNotFoundError(
            f"no {' and '.join(sorted(wanted))} could be installed ({' | '.join(attempts)}){remedy}"
        )


def _present(wanted: set[str], beside: Collection[str]) -> Installation | None:
    offers = {source.name: source.components for source in _sources()}
    for item in installations():
        parts = wanted | (set(beside) & offers.get(item.manifest.source, frozenset()))
        if all(item.program(component) for component in parts) and _works(item):
            return item
    return None


def _works(item: Installation) -> bool:
    editor = item.program("editor")
    if editor is None:
        return True
    try:
        check_version(editor, read_version(editor))
    except EngineVersionError as error:
        LOGGER.warning("installing again, since %s", error)
        return False
    return True


def _build(source: _Source, folder: Path, wanted: set[str]) -> Installation:
    kind = "godot" if "editor" in wanted else "-".join(sorted(wanted))
    final = folder / f"{kind}-{source.name}"
    stage = folder / f"{STAGE_PREFIX}{os.getpid()}"
    stage.mkdir()
    try:
        manifest = source.fetch(stage, wanted, final)
        now = datetime.now(timezone.utc).isoformat(timespec="microseconds")
        replace(manifest, installed_at=now).write(stage)
        _publish(stage, final)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    try:
        item = Installation(final, replace(manifest, installed_at=now))
        editor = item.program("editor")
        if editor is not None:
            started = time.monotonic()
            check_version(editor, read_version(editor))
            LOGGER.info("engine runs (%.1f s)", time.monotonic() - started)
    except EngineVersionError:
        (final / MANIFEST_NAME).unlink()
        raise
    return item


def _publish(stage: Path, final: Path) -> None:
    """Put a finished stage in its place; an older engine there gives way.

    Programs that still run from the older folder keep their open files on Unix; Windows refuses
    the rename, which the caller reports.
    """
    if final.exists():
        old = final.with_name(f"{STAGE_PREFIX}old-{os.getpid()}")
        final.rename(old)
        try:
            stage.rename(final)
        except OSError:
            old.rename(final)
            raise
        shutil.rmtree(old, ignore_errors=sys.platform == "win32")
    else:
        stage.rename(final)


def _remove_leftovers(folder: Path) -> None:
    for path in folder.glob(f"{STAGE_PREFIX}*"):
        shutil.rmtree(path, ignore_errors=True)
