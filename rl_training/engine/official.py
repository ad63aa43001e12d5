"""Godot's own builds, verified by the SHA-512 published beside them.

Called by `install`, as the first source on every platform. Unpacks into a folder it is given and
never decides where an engine lives.
"""

from __future__ import annotations

import logging
import platform
import sys
import time
import zipfile
from collections.abc import Callable, Collection
from pathlib import Path

from rl_training.engine.cache import Manifest
from rl_training.engine.downloads import download, fetch_text
from rl_training.errors import EngineNotFoundError

LOGGER = logging.getLogger(__name__)
VERSION = "4.6.3"
BASE_URL = "https://github.com/godotengine/godot-builds/releases/download"
SUMS_NAME = "SHA512-SUMS.txt"
EDITOR_LIMIT_S = 900.0
TEMPLATES_LIMIT_S = 3600.0
# The release templates in the archive by platform; x86-64 where machines have one each.
_TEMPLATES = {
    "linux": "templates/linux_release.x86_64",
    "windows": "templates/windows_release_x86_64.exe",
    "macos": "templates/macos.zip",
    "web": "templates/web_nothreads_release.zip",
}
COMPONENTS = frozenset({"editor", "template", *(f"template_{name}" for name in _TEMPLATES)})
"""What this source can give; "template" is the one for this machine."""
_Unpack = Callable[[Path, Path], dict[str, str]]


def archive_name(system: str | None = None, machine: str | None = None) -> str:
    """The name of the editor's archive for a platform.

    Args:
        system: `sys.platform`; this machine's by default.
        machine: `platform.machine()`; this machine's by default.

    Raises:
        EngineNotFoundError: there is no official build for it.
    """
    system = system or sys.platform
    machine = (machine or platform.machine()).lower()
    prefix = f"Godot_v{VERSION}-stable_"
    if system == "darwin":
        return prefix + "macos.universal.zip"
    x86 = machine in ("x86_64", "amd64")
    arm = machine in ("aarch64", "arm64")
    if system == "win32" and x86:
        return prefix + "win64.exe.zip"
    if system == "win32" and arm:
        return prefix + "windows_arm64.exe.zip"
    if system.startswith("linux") and (x86 or arm):
        return prefix + ("linux.x86_64.zip" if x86 else "linux.arm64.zip")
    raise EngineNotFoundError(f"no official build for {system} on {machine}")


def fetch(stage: Path, components: Collection[str], *, base_url: str = BASE_URL) -> Manifest:
    """Download, verify and unpack the official build.

    Args:
        stage: an empty folder.
        components: any of `COMPONENTS`. The templates come in one archive of more than 1 GB, so all
            of them are kept when one is wanted.
        base_url: where the releases are.

    Returns:
        The manifest of what now lies in `stage`.

    Raises:
        EngineNotFoundError: unreachable, or the checksum differs.
    """
    started = time.monotonic()
    release = f"{base_url}/{VERSION}-stable"
    needed = _archives(components)
    sums = parse_sums(fetch_text(f"{release}/{SUMS_NAME}"))
    size = 0
    files: dict[str, str] = {}
    packages: dict[str, str] = {}
    unpacking = 0.0
    for name, limit_s, unpack in needed:
        archive, more = _fetch_verified(release, name, sums, stage, limit_s)
        fetched = time.monotonic()
        files |= unpack(archive, stage)
        archive.unlink()
        unpacking += time.monotonic() - fetched
        packages[name] = sums[name]
        size += more
    return Manifest(
        source="official",
        version=VERSION,
        files=files,
        packages=packages,
        downloaded_bytes=size,
        seconds={
            "download": round(time.monotonic() - started - unpacking, 2),
            "unpack": round(unpacking, 2),
        },
    )


def _archives(components: Collection[str]) -> list[tuple[str, float, _Unpack]]:
    """Name, time limit in seconds and unpacker of each archive that is needed."""
    needed: list[tuple[str, float, _Unpack]] = []
    if "editor" in components:
        needed.append((archive_name(), EDITOR_LIMIT_S, _unpack_editor))
    if any(component.startswith("template") for component in components):
        templates = f"Godot_v{VERSION}-stable_export_templates.tpz"
        needed.append((templates, TEMPLATES_LIMIT_S, _unpack_templates))
    return needed


def parse_sums(text: str) -> dict[str, str]:
    """Read `sha512sum` output into file name -> hexadecimal digest."""
    sums: dict[str, str] = {}
    for line in text.splitlines():
        digest, _, name = line.strip().partition(" ")
        if len(digest) == 128:
            sums[name.strip().lstrip("*")] = digest.lower()
    return sums


def _fetch_verified(
    release: str, name: str, sums: dict[str, str], stage: Path, limit_s: float
) -> tuple[Path, int]:
    if name not in sums:
        raise EngineNotFoundError(f"{SUMS_NAME} does not list {name}")
    archive = stage / name
    LOGGER.info("downloading %s", name)
    digest = download(f"{release}/{name}", archive, limit_s=limit_s)
    if digest != sums[name]:
        archive.unlink()
        raise EngineNotFoundError(
            f"SHA-512 of {name} is {digest[:16]}..., but {sums[name][:16]}... was published"
        )
    return archive, archive.stat().st_size


def _unpack_editor(archive: Path, stage: Path) -> dict[str, str]:
    try:
        with zipfile.ZipFile(archive) as bundle:
            bundle.extractall(stage)
            names = [info.filename for info in bundle.infolist() if not info.is_dir()]
    except zipfile.BadZipFile as error:
        raise EngineNotFoundError(f"{archive.name} is damaged: {error}") from None
    programs = [name for name in names if _is_editor(name)]
    if len(programs) != 1:
        raise EngineNotFoundError(f"{archive.name} holds no single engine, but {names[:5]}")
    # zipfile drops the permission bits.
    (stage / programs[0]).chmod(0o755)
    return {"editor": programs[0]}


def _is_editor(name: str) -> bool:
    if name.endswith(".exe"):
        return not name.endswith("_console.exe")
    return name.endswith(("/MacOS/Godot", "linux.x86_64", "linux.arm64"))


def _unpack_templates(archive: Path, stage: Path) -> dict[str, str]:
    own = _own_template()
    wanted = {"template": own, **{f"template_{key}": name for key, name in _TEMPLATES.items()}}
    try:
        with zipfile.ZipFile(archive) as bundle:
            held = set(bundle.namelist())
            files = {key: name for key, name in wanted.items() if name in held}
            if "template" not in files:
                raise EngineNotFoundError(f"{archive.name} holds no {own}")
            for name in dict.fromkeys(files.values()):
                bundle.extract(name, stage)
                (stage / name).chmod(0o755)
    except zipfile.BadZipFile as error:
        raise EngineNotFoundError(f"{archive.name} is damaged: {error}") from None
    return files


def _own_template() -> str:
    """The template for this machine, as the archive calls it."""
    arm = platform.machine().lower() in ("aarch64", "arm64")
    if sys.platform == "darwin":
        return _TEMPLATES["macos"]
    if sys.platform == "win32":
        return f"templates/windows_release_{'arm64' if arm else 'x86_64'}.exe"
    return f"templates/linux_release.{'arm64' if arm else 'x86_64'}"
