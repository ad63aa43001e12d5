"""Makes the pictures of voxel stress: the runner, and the rings of detail from high above.

Called by a person, from the repository's root, when terrain or view have changed:

    python tests/film/make_voxel_pictures.py --output docs/images

It starts the engine on a virtual screen (`spacetime-rl engine install --with-xvfb`) and writes
voxel_stress.png and voxel_stress_above.png. It never changes the scene.
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
SCRIPT = "res://tests/film/voxel_pictures.gd"
WIDTH = 960
"""Of the files, pixels."""
PICTURES = {"voxel_stress": "chase:6:7", "voxel_stress_above": "above:2:7"}
"""File -> name, seed, seconds."""


def take(folder: Path, wanted: list[str]) -> None:
    """Let the engine save the pictures in the folder."""
    engine = find_engine()
    with VirtualScreen(install_xvfb()) as screen:
        command = [str(engine.path), "--rendering-driver", "opengl3", "--audio-driver", "Dummy"]
        command += ["--rendering-method", "gl_compatibility", "--fixed-fps", "6"]
        command += ["--resolution", "1280x720", "--path", str(REPOSITORY), "--script", SCRIPT]
        environment = {"DISPLAY": screen.display, **display_environment(engine)}
        subprocess.run([*command, "--", str(folder), *wanted], env=environment, check=True)


def main() -> None:
    """Parse, take the pictures, write them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--output", type=Path, required=True, help="folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        take(folder, list(PICTURES.values()))
        for file, wanted in PICTURES.items():
            picture = Image.open(folder / f"{wanted.split(':')[0]}.png").convert("RGB")
            # The renderer's noise of one step in an even grey takes half of the file.
            even = picture.point([min(255, (value + 2) // 4 * 4) for value in range(256)] * 3)
            even = even.resize((WIDTH, WIDTH * even.height // even.width), Image.Resampling.LANCZOS)
            path = options.output / f"{file}.png"
            even.save(path, optimize=True)
            print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
