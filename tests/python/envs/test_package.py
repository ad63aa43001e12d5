from __future__ import annotations

import struct
from pathlib import Path

from rl_training.envs.game import read_export
from rl_training.envs.package import PackageFacts, read_package

ADDON = b"GDPC addons/godot_rl/sync.gd.remap "


def entry(name: str, value: bytes) -> bytes:
    """One setting as project.binary holds it."""
    key = name.encode()
    return struct.pack("<I", len(key)) + key + struct.pack("<I", len(value)) + value


def game(folder: Path, package: bytes, *, embedded: bool = False) -> Path:
    binary = folder / "game"
    # The engine's own code names its settings too.
    code = b"\x7fELF tio\0physics/common/physics_ticks_per_second\0physics/3d/physics_engine\0"
    binary.write_bytes(code + (package if embedded else b""))
    binary.chmod(0o755)
    if not embedded:
        (folder / "game.pck").write_bytes(package)
    return binary


TICKS = entry("physics/common/physics_ticks_per_second", struct.pack("<II", 2, 90))
PHYSICS = entry("physics/3d/physics_engine", struct.pack("<II", 4, 12) + b"Jolt Physics")


def test_settings_beside_and_inside_the_program(tmp_path: Path) -> None:
    for embedded in (False, True):
        folder = tmp_path / str(embedded)
        folder.mkdir()
        binary = game(folder, ADDON + TICKS + PHYSICS, embedded=embedded)
        assert read_package(binary) == PackageFacts(True, 90, "Jolt Physics")
        found = read_export(str(binary))
        assert (found.physics_ticks, found.physics_engine) == (90, "Jolt Physics")


def test_a_number_of_64_bits(tmp_path: Path) -> None:
    ticks = entry("physics/common/physics_ticks_per_second", struct.pack("<IQ", 0x10002, 120))
    assert read_package(game(tmp_path, ADDON + ticks)).physics_ticks == 120


def test_what_a_project_does_not_set(tmp_path: Path) -> None:
    binary = game(tmp_path, ADDON, embedded=True)
    assert read_package(binary) == PackageFacts(True, 0, "")
    assert read_export(str(binary)).physics_ticks == 60


def test_nonsense_is_no_setting(tmp_path: Path) -> None:
    ticks = entry("physics/common/physics_ticks_per_second", struct.pack("<Ii", 2, -3))
    physics = entry("physics/3d/physics_engine", struct.pack("<I", 4))
    assert read_package(game(tmp_path, ADDON + ticks + physics)) == PackageFacts(True, 0, "")
    cut = ADDON + TICKS[:-6]
    assert read_package(game(tmp_path, cut, embedded=True)).physics_ticks == 0


def test_another_plugin_and_no_package(tmp_path: Path) -> None:
    assert read_package(game(tmp_path, b"GDPC addons/godot_rl_agents/" + TICKS)) == PackageFacts()
    assert read_package(tmp_path / "nowhere") == PackageFacts()
    (tmp_path / "empty").write_bytes(b"")
    assert read_package(tmp_path / "empty") == PackageFacts()
