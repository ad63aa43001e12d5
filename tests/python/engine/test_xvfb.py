from __future__ import annotations

import platform
from pathlib import Path

import pytest

from rl_training.engine.binary import EngineBinary
from rl_training.engine.cache import Manifest, engines_dir
from rl_training.engine.relocate import LAYOUTS
from rl_training.engine.xvfb import display_environment, find_xvfb
from tests.python.engine.conftest import FakeGodot


def test_the_screen_of_path_comes_first(empty_machine: Path, fake_godot: FakeGodot) -> None:
    assert find_xvfb() is None
    root = engines_dir() / "xvfb-debian"
    cached = fake_godot(root / "bin/Xvfb")
    Manifest("debian", "21", {"xvfb": "bin/Xvfb"}).write(root)
    assert find_xvfb() == cached
    of_path = fake_godot(empty_machine / "Xvfb")
    assert find_xvfb() == of_path


@pytest.mark.skipif(platform.machine() not in LAYOUTS, reason="no Debian packages for it")
def test_only_an_engine_with_drivers_beside_it_is_pointed_to_them(
    empty_machine: Path, fake_godot: FakeGodot, tmp_path: Path
) -> None:
    root = engines_dir() / "godot-debian"
    engine = EngineBinary(fake_godot(root / "usr/bin/godot"), (4, 6, 3), "cache (debian)")
    Manifest("debian", "4.6.3", {"editor": "usr/bin/godot"}).write(root)
    assert display_environment(engine) == {}
    drivers = root / "usr/lib" / LAYOUTS[platform.machine()].triplet / "dri"
    drivers.mkdir(parents=True)
    fake_godot(root / "bin/Xvfb")
    files = {"editor": "usr/bin/godot", "xvfb": "bin/Xvfb"}
    Manifest("debian", "4.6.3", files).write(root)
    assert display_environment(engine)["LIBGL_DRIVERS_PATH"] == str(drivers)
    other = EngineBinary(fake_godot(tmp_path / "godot"), (4, 6, 3), "--godot")
    assert display_environment(other) == {}
