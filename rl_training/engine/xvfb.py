"""A virtual screen for machines without one (Linux): find it, install it, draw through it.

Called by the launcher for `--viz`, by exporters of pictures and by tests. Starting and ending the
server belongs to `launch`.
"""

from __future__ import annotations

import platform
import shutil
from pathlib import Path

from rl_training.engine.binary import EngineBinary
from rl_training.engine.cache import installations
from rl_training.engine.install import install_component
from rl_training.engine.relocate import LAYOUTS


def find_xvfb() -> Path | None:
    """The Xvfb of PATH, else the cache's, else None."""
    on_path = shutil.which("Xvfb")
    if on_path is not None:
        return Path(on_path)
    for item in installations():
        program = item.program("xvfb")
        if program is not None:
            return program
    return None


def install_xvfb() -> Path:
    """Install Xvfb into the cache unless there is one, and return it.

    Raises:
        EngineNotFoundError: it cannot be had on this machine.
    """
    return find_xvfb() or install_component("xvfb")


def display_environment(engine: EngineBinary) -> dict[str, str]:
    """The variables with which an engine finds its drivers when it draws.

    Args:
        engine: the engine that will draw.

    Returns:
        Variables to add; empty for an engine that uses the system's own drivers.
    """
    layout = LAYOUTS.get(platform.machine())
    if layout is None:
        return {}
    for item in installations():
        drivers = item.root / "usr/lib" / layout.triplet / "dri"
        if item.root in engine.path.parents and item.program("xvfb") and drivers.is_dir():
            return {
                "LIBGL_DRIVERS_PATH": str(drivers),
                "__EGL_VENDOR_LIBRARY_DIRS": str(item.root / "usr/share/glvnd/egl_vendor.d"),
            }
    return {}
