"""Find the release template that a game is exported with: asked for, beside the engine, installed.

Called by the exporter of games, by the tests that export one and by `python -m rl_training.engine
template`. A template is the engine without its editor; a game is a template and a package of files.
"""

from __future__ import annotations

import logging
import os
import platform as machines
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rl_training.engine.binary import EngineBinary, read_version
from rl_training.engine.cache import Installation, installations
from rl_training.engine.install import install_template
from rl_training.engine.relocate import loader_of
from rl_training.errors import EngineNotFoundError, EngineVersionError

LOGGER = logging.getLogger(__name__)
TEMPLATE_VARIABLE = "GODOT_TEMPLATE"
# How Godot's own folder of templates calls them, most useful first.
_NAMES = {
    "linux": ("linux_release.x86_64",),
    "windows": ("windows_release_x86_64.exe",),
    "macos": ("macos.zip",),
    "web": ("web_nothreads_release.zip", "web_release.zip"),
}
PLATFORMS = tuple(_NAMES)
_ARM_NAMES = {"linux": ("linux_release.arm64",), "windows": ("windows_release_arm64.exe",)}


@dataclass(frozen=True)
class Template:
    """A release template.

    Attributes:
        path: absolute path.
        platform: "linux", "windows", "macos" or "web".
        source: where it came from: "--template", "GODOT_TEMPLATE", "beside the engine",
            "Godot's templates" or "cache (<origin>)".
        portable: False when games made with it run on this machine only, since it is bound to
            libraries of this harness's cache.
    """

    path: Path
    platform: str
    source: str
    portable: bool = True


def host_platform() -> str:
    """The platform of this machine, as this module calls it."""
    if sys.platform == "win32":
        return "windows"
    return "macos" if sys.platform == "darwin" else "linux"


def find_template(
    engine: EngineBinary,
    platform: str | None = None,
    explicit: str | None = None,
    *,
    install: bool = True,
) -> Template:
    """Find the release template of a platform that fits an engine.

    The order: `explicit`, $GODOT_TEMPLATE (for this machine's platform), beside the engine (as
    Debian's packages lie), the folder into which Godot's editor puts its templates, the cache, an
    install. What was asked for by name must fit; what merely lies there is passed over if not.

    Args:
        engine: the engine that exports; major and minor version must be the template's.
        platform: "linux", "windows", "macos" or "web"; None: this machine's.
        explicit: path of a template (`--template`).
        install: whether one may be downloaded when none is found.

    Raises:
        EngineNotFoundError: there is none, or what was asked for does not exist.
        EngineVersionError: what was asked for has another version, or is no template.
    """
    platform = platform or host_platform()
    asked = [("--template", explicit)]
    if platform == host_platform():
        asked.append((TEMPLATE_VARIABLE, os.environ.get(TEMPLATE_VARIABLE)))
    for source, chosen in asked:
        if chosen:
            path = Path(chosen).expanduser().absolute()
            if not path.is_file():
                raise EngineNotFoundError(f"{source}: there is no template {path}")
            _check_version(path, platform, engine)
            return Template(path, platform, source, _is_portable(path))
    for path, source in _lying_about(engine, platform):
        try:
            _check_version(path, platform, engine)
        except EngineVersionError as error:
            LOGGER.info("passed over: %s", error)
            continue
        return Template(path, platform, source, _is_portable(path))
    if not install:
        raise EngineNotFoundError(
            f"no export template for {platform} that fits Godot {engine.version_text}: set "
            f"{TEMPLATE_VARIABLE} or run `python -m rl_training.engine template`"
        )
    return _install(engine, platform)


def _install(engine: EngineBinary, platform: str) -> Template:
    component = _component(platform)
    LOGGER.info("no export template for %s on this machine yet: installing one", platform)
    first = "debian" if _origin(engine) == "debian" else "official"
    try:
        item = install_template(component, first=first)
    except EngineNotFoundError as error:
        raise EngineNotFoundError(
            f"no export template for {platform}: {error}; or give one with --template (the editor "
            "downloads them under Editor > Manage Export Templates)"
        ) from None
    path = item.program(component)
    assert path is not None
    _check_version(path, platform, engine)
    return Template(path, platform, f"cache ({item.manifest.source})", _is_portable(path))


def _lying_about(engine: EngineBinary, platform: str) -> Iterator[tuple[Path, str]]:
    """Templates that are there, those that fit the engine best first."""
    if platform == "linux" == host_platform():
        beside = engine.path.resolve().with_name("godot-template-release")
        if beside.is_file():
            yield beside, "beside the engine"
    items = sorted(installations(), key=lambda item: item.root not in engine.path.parents)
    for item in items:
        path = item.program(_component(platform))
        if path is not None and item.root in engine.path.parents:
            yield path, f"cache ({item.manifest.source})"
    names = _ARM_NAMES.get(platform, ()) if _is_arm() else ()
    for name in names or _NAMES[platform]:
        path = _editors_folder() / f"{engine.version_text.removesuffix('.0')}.stable" / name
        if path.is_file():
            yield path, "Godot's templates"
    for item in items:
        path = item.program(_component(platform))
        if path is not None and _same_minor(item, engine):
            yield path, f"cache ({item.manifest.source})"


def _component(platform: str) -> str:
    return "template" if platform == host_platform() else f"template_{platform}"


def _editors_folder() -> Path:
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA", Path.home() / "AppData" / "Roaming"), "Godot")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support" / "Godot"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share", "godot")
    return base / "export_templates"


def _same_minor(item: Installation, engine: EngineBinary) -> bool:
    return item.manifest.version.split(".")[:2] == engine.version_text.split(".")[:2]


def _check_version(path: Path, platform: str, engine: EngineBinary) -> None:
    """Refuse a template of another minor version, where it can be asked."""
    if platform != host_platform() or platform == "macos":
        return
    version = read_version(path)
    if version[:2] != engine.version[:2]:
        raise EngineVersionError(
            f"the export template {path} is of Godot {'.'.join(map(str, version))}, the engine "
            f"{engine.path} is {engine.version_text}: major and minor version must be equal"
        )


def _origin(engine: EngineBinary) -> str:
    """The source of the cache's installation that an engine belongs to, or an empty text."""
    for item in installations():
        if item.root in engine.path.parents:
            return item.manifest.source
    return ""


def _is_portable(path: Path) -> bool:
    loader = loader_of(path)
    return not loader or loader.startswith(("/lib", "/usr/lib"))


def _is_arm() -> bool:
    return machines.machine().lower() in ("aarch64", "arm64")
