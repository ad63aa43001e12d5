"""Lets the engine take pictures on a virtual screen and saves them small, for the make_*.py here.

The engine plays a script that extends picture_taker.gd.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from rl_training.engine import find_engine
from rl_training.engine.virtual_screen import VirtualScreen
from rl_training.engine.xvfb import display_environment, install_xvfb

REPOSITORY = Path(__file__).parents[2]
LIMIT_S = 900.0


def take(
    script: str, folder: Path, wanted: Sequence[str], fps: int = 10, size: str = "1280x720"
) -> None:
    """Let the engine save pictures.

    Args:
        script: name of the script beside, without ending.
        folder: where they go.
        wanted: what the script takes: parts between colons.
        fps: frames that are drawn in a simulated second.
        size: of the window, pixels.
    """
    engine = find_engine()
    with VirtualScreen(install_xvfb()) as screen:
        command = [str(engine.path), "--rendering-driver", "opengl3", "--audio-driver", "Dummy"]
        command += ["--rendering-method", "gl_compatibility", "--fixed-fps", str(fps)]
        command += ["--resolution", size, "--path", str(REPOSITORY)]
        command += ["--script", f"res://tests/film/{script}.gd", "--", str(folder), *wanted]
        # Without a home of its own the engine would write its logs into the project.
        environment = {**os.environ, "DISPLAY": screen.display, **display_environment(engine)}
        subprocess.run(command, env=environment, check=True, timeout=LIMIT_S)


def load(folder: Path, name: str) -> Image.Image:
    """Return a picture that was taken."""
    return Image.open(folder / f"{name}.png").convert("RGB")


def tiled(pictures: Sequence[Image.Image], width: int, height: int) -> Image.Image:
    """Lay pictures two by two, each in that size (pixels)."""
    sheet = Image.new("RGB", (width * 2, height * -(-len(pictures) // 2)))
    for i, picture in enumerate(pictures):
        smaller = picture.resize((width, height), Image.Resampling.LANCZOS)
        sheet.paste(smaller, (i % 2 * width, i // 2 * height))
    return sheet


def evened(picture: Image.Image) -> Image.Image:
    """Take out the renderer's noise of one step in an even grey: it takes half of a file."""
    return picture.point([min(255, (value + 2) // 4 * 4) for value in range(256)] * 3)


def save(picture: Image.Image, path: Path) -> None:
    """Write a small PNG and tell its size."""
    evened(picture).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")
