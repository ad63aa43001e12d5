from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rl_training.engine import relocate
from rl_training.engine.relocate import LAYOUTS, write_xvfb_wrapper
from rl_training.errors import EngineNotFoundError

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or platform.machine() not in LAYOUTS,
    reason="Debian's packages are for Linux",
)


def printed(patchelf: Path, option: str, program: Path) -> str:
    return subprocess.check_output([patchelf, option, program], text=True).strip()


def test_programs_are_bound_to_the_final_place(tmp_path: Path) -> None:
    try:
        patchelf = relocate.find_patchelf()
    except EngineNotFoundError:
        pytest.skip("patchelf is not installed")
    layout = LAYOUTS[platform.machine()]
    stage, final = tmp_path / "stage", tmp_path / "final"
    libraries = stage / "usr/lib" / layout.triplet
    libraries.mkdir(parents=True)
    (stage / "usr/bin").mkdir()
    (libraries / layout.loader).write_text("")
    shell = os.path.realpath("/bin/sh")
    for name in ("godot", "godot-template-release"):
        shutil.copy(shell, stage / "usr/bin" / name)
    library = libraries / "libLLVM.so.1"
    shutil.copy(shell, library)
    subprocess.check_call([patchelf, "--set-rpath", "/nowhere", library])
    relocate.relocate(stage, final, patchelf)
    editor = stage / "usr/bin/godot"
    here = f"usr/lib/{layout.triplet}"
    loader = f"{final}/{here}/{layout.loader}"
    assert printed(patchelf, "--print-interpreter", editor) == loader
    assert printed(patchelf, "--print-rpath", editor).startswith("$ORIGIN/../lib/")
    template = stage / "usr/bin/godot-template-release"
    assert printed(patchelf, "--print-rpath", template).startswith(f"{final}/{here}:")
    # A run path of its own would hide the program's from the library's dependencies.
    assert printed(patchelf, "--print-rpath", library) == ""


def test_packages_without_a_loader_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineNotFoundError, match="the packages hold no usr/lib"):
        relocate.relocate(tmp_path, tmp_path, Path("patchelf"))


def test_xvfb_looks_its_keymap_compiler_up_in_path(tmp_path: Path) -> None:
    program = tmp_path / "root/usr/bin/Xvfb"
    program.parent.mkdir(parents=True)
    text = '#!/bin/sh\necho "$0 $* ${PATH%%:*} $LIBGL_DRIVERS_PATH"\nexit 0\n'
    program.write_bytes(text.encode() + b"\0/usr/bin\0/usr/share/X11/xkb\0")
    write_xvfb_wrapper(tmp_path / "root")
    assert b"/usr/bin" not in program.read_bytes()
    assert len(program.read_bytes()) == len(text) + 29
    # It may be called through a link, from anywhere.
    link = tmp_path / "Xvfb"
    link.symlink_to(tmp_path / "root/bin/Xvfb")
    said = subprocess.check_output([str(link), ":7", "-nolisten", "tcp"], text=True).split()
    root = tmp_path / "root"
    assert said == [
        *(str(program), "-xkbdir", f"{root}/usr/share/X11/xkb", ":7", "-nolisten", "tcp"),
        *(f"{root}/usr/bin", f"{root}/usr/lib/{LAYOUTS[platform.machine()].triplet}/dri"),
    ]


def test_another_build_of_xvfb_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "usr/bin/Xvfb"
    program.parent.mkdir(parents=True)
    program.write_bytes(b"nothing of the kind")
    with pytest.raises(EngineNotFoundError, match="cannot be relocated"):
        write_xvfb_wrapper(tmp_path)
