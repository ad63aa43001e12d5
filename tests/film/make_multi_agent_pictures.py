"""Makes the picture of multi_agent_vr: its two games, side by side.

Called by a person, from the repository's root, when scene or view have changed:

    python tests/film/make_multi_agent_pictures.py --output docs/images

It starts the engine on a virtual screen (`spacetime-rl engine install --with-xvfb`); players move
by their own rule. It writes multi_agent_vr.png. It never changes the scene.
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
SCRIPT = "res://tests/film/multi_agent_pictures.gd"
ROUNDS = ("0:12:9", "2:6:7")
"""Game, seed and seconds."""


def take(folder: Path) -> None:
    """Let the engine save the pictures of these rounds in the folder."""
    engine = find_engine()
    with VirtualScreen(install_xvfb()) as screen:
        command = [str(engine.path), "--rendering-driver", "opengl3", "--audio-driver", "Dummy"]
        command += ["--rendering-method", "gl_compatibility", "--fixed-fps", "10"]
        command += ["--resolution", "960x720", "--path", str(REPOSITORY), "--script", SCRIPT]
        environment = {"DISPLAY": screen.display, **display_environment(engine)}
        subprocess.run(
            [*command, "--", str(folder), *ROUNDS], env=environment, check=True, timeout=300
        )


def main() -> None:
    """Parse, take the pictures, put them side by side."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--output", type=Path, required=True, help="folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        take(Path(name))
        pictures = [
            Image.open(Path(name) / f"{played.partition(':')[0]}.png").convert("RGB")
            for played in ROUNDS
        ]
    width, height = pictures[0].size
    sheet = Image.new("RGB", (width * 2 + 8, height), (255, 255, 255))
    for i, picture in enumerate(pictures):
        sheet.paste(picture, (i * (width + 8), 0))
    sheet = sheet.resize((sheet.width * 2 // 3, sheet.height * 2 // 3), Image.Resampling.LANCZOS)
    even = sheet.point([min(255, (value + 2) // 4 * 4) for value in range(256)] * 3)
    path = options.output / "multi_agent_vr.png"
    even.save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
