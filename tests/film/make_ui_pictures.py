"""Makes the pictures of UI interaction: one in full, and a sheet with the four lightings.

Called by a person, from the repository's root, when the menu or its view has changed:

    python tests/film/make_ui_pictures.py --output docs/images

It starts the engine on a virtual screen (`spacetime-rl engine install --with-xvfb`); the scripted
tester of the tests plays for a while. It writes ui_interaction.png and
ui_interaction_lightings.png. It never changes the scene.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

from rl_training.engine import find_engine
from rl_training.engine.virtual_screen import VirtualScreen
from rl_training.engine.xvfb import display_environment, install_xvfb

REPOSITORY = Path(__file__).parents[2]
SCRIPT = "res://tests/film/ui_pictures.gd"
LIGHTINGS = 4


def take(folder: Path, seed: int, page: str) -> None:
    """Let the engine save the pictures in the folder."""
    engine = find_engine()
    with VirtualScreen(install_xvfb()) as screen:
        command = [str(engine.path), "--rendering-driver", "opengl3", "--audio-driver", "Dummy"]
        command += ["--rendering-method", "gl_compatibility", "--fixed-fps", "90"]
        command += ["--resolution", "1280x720", "--path", str(REPOSITORY), "--script", SCRIPT]
        environment = {"DISPLAY": screen.display, **display_environment(engine)}
        subprocess.run([*command, "--", str(folder), str(seed), page], env=environment, check=True)


def save(picture: Image.Image, path: Path) -> None:
    """Write a small PNG and tell its size."""
    # The renderer's noise of one step in an even grey takes half of the file.
    even = picture.point([min(255, (value + 2) // 4 * 4) for value in range(256)] * 3)
    even.save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


def main() -> None:
    """Read the flags and make both pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--seed", type=int, default=1, help="the menu's seed")
    parser.add_argument("--page", default="audio", help="the page that is shown")
    flags = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        take(folder, flags.seed, flags.page)
        shots = [Image.open(folder / f"{i}.png").convert("RGB") for i in range(LIGHTINGS)]
    save(shots[0], flags.output / "ui_interaction.png")
    half = (shots[0].width // 2, shots[0].height // 2)
    sheet = Image.new("RGB", (half[0] * 2, half[1] * 2))
    for i, shot in enumerate(shots):
        small = shot.resize(half, Image.Resampling.LANCZOS)
        sheet.paste(small, (i % 2 * half[0], i // 2 * half[1]))
    save(sheet, flags.output / "ui_interaction_lightings.png")


if __name__ == "__main__":
    main()
