"""Debian's engine packages, verified by Debian's keys and unpacked without root.

Called by `install` where the official build cannot be reached. The packages need a newer C library
than most machines have: `relocate` binds the programs to the one that comes with them.
"""

from __future__ import annotations

import logging
import platform
import re
import shutil
import sys
import time
import urllib.parse
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from rl_training.engine.cache import Manifest
from rl_training.engine.commands import run_command
from rl_training.engine.debian_sources import MIRROR_VARIABLE, keyring, mirrors, write_private_apt
from rl_training.engine.relocate import LAYOUTS, find_patchelf, relocate, write_xvfb_wrapper
from rl_training.errors import EngineNotFoundError

LOGGER = logging.getLogger(__name__)
UPDATE_LIMIT_S = 120.0
DOWNLOAD_LIMIT_S = 1200.0
UNPACK_LIMIT_S = 120.0

_PACKAGES = {
    "editor": ("godot",),
    "template": ("godot-template-release",),
    # Mesa's EGL and GLES belong to it: without them neither Xvfb nor the engine finds a driver.
    "xvfb": ("xvfb", "libegl1", "libgles2", "libgl1"),
    # A simulated headset over OpenXR, for tools/monado_smoke.py; it draws through Vulkan.
    "monado": ("monado-service", "libopenxr1-monado", "mesa-vulkan-drivers", "libvulkan1"),
}
_PROGRAMS = {
    "editor": "usr/bin/godot",
    "template": "usr/bin/godot-template-release",
    "xvfb": "bin/Xvfb",
    "monado": "usr/bin/monado-service",
}
# Packages whose version is the installation's.
_NAMED_BY = ("godot", "godot-template-release", "xvfb")
# Dependencies that no program here opens.
_NEVER_NEEDED = re.compile(
    r"^(fonts-.*|fontconfig-config|debconf|lsb-base|sysvinit-utils|x11-common|pci\.ids|libx11-data"
    r"|libc-gconv-modules-extra|gcc-\d+-base|libasound2-data|.*-support|libaudit-common|ucf)$"
)
# Dependencies for drawing: a headless engine never opens them.
_ONLY_TO_DRAW = re.compile(
    r"^(libllvm.*|mesa-.*|libz3-.*|libgl1-mesa-dri|xkb-data|libvulkan1|libsensors.*|libelf.*"
    r"|libxml2.*|libedit2|libtinfo6|libbsd0|libmd0)$"
)


@dataclass(frozen=True)
class Package:
    """One package that apt resolved: name, version and size in bytes."""

    name: str
    version: str
    size: int


def fetch(stage: Path, components: Collection[str], *, final: Path) -> Manifest:
    """Resolve, download, verify, unpack and relocate Debian's packages.

    Args:
        stage: an empty folder to build in.
        components: any of "editor", "template", "xvfb", "monado".
        final: the absolute folder to which the stage will be renamed.

    Returns:
        The manifest of what now lies in `stage`.

    Raises:
        EngineNotFoundError: not possible on this machine, or a step failed.
    """
    patchelf = _check_machine()
    work = stage / ".apt"
    work.mkdir()
    seconds: dict[str, float] = {}
    started = time.monotonic()
    environment = _update(work)
    names = [name for part in sorted(components) for name in _PACKAGES[part]]
    packages = _resolve(names, environment, draws="xvfb" in components)
    seconds["resolve"] = round(time.monotonic() - started, 2)
    total = sum(package.size for package in packages)
    LOGGER.info("downloading %d Debian packages, %.0f MB", len(packages), total / 1e6)
    started = time.monotonic()
    archives = _download(packages, work, environment)
    seconds["download"] = round(time.monotonic() - started, 2)
    started = time.monotonic()
    for archive in archives:
        result = run_command(["dpkg-deb", "-x", archive, stage], timeout_s=UNPACK_LIMIT_S)
        if result.returncode != 0:
            raise EngineNotFoundError(f"dpkg-deb on {archive.name}: {result.last_line()}")
    shutil.rmtree(work)
    seconds["unpack"] = round(time.monotonic() - started, 2)
    started = time.monotonic()
    relocate(stage, final, patchelf)
    if "xvfb" in components:
        write_xvfb_wrapper(stage)
    seconds["relocate"] = round(time.monotonic() - started, 2)
    versions = {package.name: package.version for package in packages}
    return Manifest(
        source="debian",
        version=next(versions[name] for name in (*_NAMED_BY, *names) if name in versions),
        files={part: _PROGRAMS[part] for part in sorted(components)},
        packages=versions,
        downloaded_bytes=total,
        seconds=seconds,
    )


def _check_machine() -> Path:
    if not sys.platform.startswith("linux"):
        raise EngineNotFoundError("only on Linux")
    if platform.machine() not in LAYOUTS:
        raise EngineNotFoundError(f"not for {platform.machine()} machines")
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise EngineNotFoundError(f"{program} is not on this machine")
    return find_patchelf()


def _update(work: Path) -> dict[str, str]:
    keys = keyring(work)
    reasons: list[str] = []
    for mirror in mirrors():
        environment = write_private_apt(work, mirror, keys)
        result = run_command(
            ["apt-get", "update"], timeout_s=UPDATE_LIMIT_S, environment=environment
        )
        if result.returncode == 0:
            return environment
        limit = f"not done within {UPDATE_LIMIT_S:.0f} s"
        reasons.append(f"{mirror}: {limit if result.timed_out else _apt_reason(result.output)}")
    if not reasons:
        reasons.append(f"apt's sources name no Debian mirror: set {MIRROR_VARIABLE} to one")
    raise EngineNotFoundError("; ".join(reasons))


def _apt_reason(output: str) -> str:
    errors = [line for line in output.splitlines() if line.startswith(("E:", "Err:", "W:"))]
    return errors[0][:200] if errors else output.strip()[-200:]


def _resolve(names: list[str], environment: dict[str, str], *, draws: bool) -> list[Package]:
    result = run_command(
        ["apt-get", "install", "--print-uris", "-y", "-qq", *names],
        timeout_s=UPDATE_LIMIT_S,
        environment=environment,
    )
    if result.returncode != 0:
        raise EngineNotFoundError(f"apt cannot resolve {names}: {_apt_reason(result.output)}")
    return wanted_packages(result.output, draws=draws)


def wanted_packages(print_uris: str, *, draws: bool) -> list[Package]:
    """Read `apt-get --print-uris` and leave out what is never opened.

    Args:
        print_uris: its output, one `'address' file size hash` a line.
        draws: whether the programs will draw to a screen.
    """
    packages: list[Package] = []
    for match in re.finditer(r"^'[^']+' (\S+)\.deb (\d+)", print_uris, re.MULTILINE):
        name, version, _architecture = match[1].split("_")
        if _NEVER_NEEDED.match(name) or (not draws and _ONLY_TO_DRAW.match(name)):
            continue
        packages.append(Package(name, urllib.parse.unquote(version), int(match[2])))
    return packages


def _download(packages: list[Package], work: Path, environment: dict[str, str]) -> list[Path]:
    folder = work / "debs"
    folder.mkdir()
    # apt checks each file against the hash in the signed lists.
    result = run_command(
        ["apt-get", "download", "-qq", *(f"{item.name}={item.version}" for item in packages)],
        timeout_s=DOWNLOAD_LIMIT_S,
        cwd=folder,
        environment=environment,
    )
    archives = sorted(folder.glob("*.deb"))
    if result.timed_out:
        raise EngineNotFoundError(f"packages not downloaded within {DOWNLOAD_LIMIT_S:.0f} s")
    if result.returncode != 0 or len(archives) != len(packages):
        raise EngineNotFoundError(
            f"{len(archives)} of {len(packages)} packages came: {_apt_reason(result.output)}"
        )
    return archives
