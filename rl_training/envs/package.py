"""What an exported game's package of files tells without running it.

Called by `game`. A package lies beside the binary (`game.pck`) or at the end of it. Only two things
are looked for, by their bytes: the addon's path and settings of `project.binary`. Packages that are
encrypted tell nothing, and nothing is an answer too.
"""

from __future__ import annotations

import contextlib
import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ADDON = b"addons/godot_rl/sync.gd"
_TICKS = b"physics/common/physics_ticks_per_second"
_PHYSICS = b"physics/3d/physics_engine"
# Godot's numbers of Variant types in its binary serialisation.
_INT, _STRING, _INT_OF_64_BITS = 2, 4, 1 << 16
_LONGEST_TEXT = 256


@dataclass(frozen=True)
class PackageFacts:
    """What was found.

    Attributes:
        has_our_addon: whether it carries addons/godot_rl.
        physics_ticks: physics ticks per simulated second; 0 when the project sets none.
        physics_engine: the project's setting for 3D; "" when it sets none.
    """

    has_our_addon: bool = False
    physics_ticks: int = 0
    physics_engine: str = ""


def read_package(binary: Path) -> PackageFacts:
    """Read the package of an exported game.

    Args:
        binary: the game's program.
    """
    for path in (binary.with_suffix(".pck"), Path(f"{binary}.pck"), binary):
        with (
            contextlib.suppress(OSError, ValueError),
            path.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            if content.find(_ADDON) >= 0:
                ticks = _setting(content, _TICKS)
                physics = _setting(content, _PHYSICS)
                return PackageFacts(
                    has_our_addon=True,
                    physics_ticks=ticks if isinstance(ticks, int) and ticks > 0 else 0,
                    physics_engine=physics if isinstance(physics, str) else "",
                )
    return PackageFacts()


def _setting(content: mmap.mmap, key: bytes) -> int | str | None:
    """Find a setting of `project.binary`: length, name, size, then the value's type and bytes."""
    for after in _places(content, struct.pack("<I", len(key)) + key):
        size, kind = struct.unpack("<II", content[after : after + 8].ljust(8, b"\0"))
        value = content[after + 8 : after + 4 + min(size, _LONGEST_TEXT)]
        if kind == _INT and size == 8:
            return int.from_bytes(value, "little", signed=True)
        if kind == _INT | _INT_OF_64_BITS and size == 12:
            return int.from_bytes(value, "little", signed=True)
        if kind == _STRING and len(value) >= 4:
            length = int.from_bytes(value[:4], "little")
            return value[4 : 4 + length].decode("utf-8", "replace")
    return None


def _places(content: mmap.mmap, needle: bytes) -> Iterator[int]:
    """Yield the end of each place where the bytes stand, the last first."""
    place = content.rfind(needle)
    while place >= 0:
        yield place + len(needle)
        place = content.rfind(needle, 0, place)
