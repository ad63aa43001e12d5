"""Makes the picture of the spacecraft landing: flight, last metres, touchdown and walk.

Called by a person, from the repository's root, when scene or view have changed:

    python tests/film/make_landing_picture.py --output docs/images

It starts the engine on a virtual screen (`spacetime-rl engine install --with-xvfb`); a pilot by
rule flies. It writes spacecraft_landing.png. It never changes the scene.
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
SCRIPT = "res://tests/film/landing_pictures.gd"
SHOTS = ("3:420", "3:14", "3:0.4", "3:7:walk")
"""Seed, and height of the craft or metres walked."""


def take(folder: Path, shots: tuple[str, ...]) -> None:
    """Let the engine save these pictures in the folder."""
    engine = find_engine()
    with VirtualScreen(install_xvfb()) as screen:
        command = [str(engine.path), "--rendering-driver", "opengl3", "--audio-driver", "Dummy"]
        command += ["--rendering-method", "gl_compatibility", "--fixed-fps", "10"]
        command += ["--resolution", "1280x720", "--path", str(REPOSITORY), "--script", SCRIPT]
        environment = {"DISPLAY": screen.display, **display_environment(engine)}
        subprocess.run(
            [*command, "--", str(folder), *shots], env=environment, check=True, timeout=900
        )


def main() -> None:
    """Parse, take the pictures, lay them two by two."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--output", type=Path, required=True, help="folder")
    parser.add_argument("--width", type=int, default=1280, help="of the whole picture, pixels")
    options = parser.parse_args()
    width, height = options.width // 2, options.width * 9 // 32
    sheet = Image.new("RGB", (width * 2, height * 2))
    with tempfile.TemporaryDirectory() as name:
        take(Path(name), SHOTS)
        for i, shot in enumerate(SHOTS):
            file = "".join(shot.split(":")[1:]) + ".png"
            picture = Image.open(Path(name) / file).convert("RGB")
            picture = picture.resize((width, height), Image.Resampling.LANCZOS)
            sheet.paste(picture, (i % 2 * width, i // 2 * height))
    path = options.output / "spacecraft_landing.png"
    even = sheet.point([min(255, (value + 2) // 4 * 4) for value in range(256)] * 3)
    even.save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
