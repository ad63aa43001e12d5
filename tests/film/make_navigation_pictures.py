"""Makes the pictures of VR navigation: one in full, and a sheet with every kind of course.

Called by a person, from the repository's root, when courses or view have changed:

    python tests/film/make_navigation_pictures.py --output docs/images

It starts the engine on a virtual screen (`spacetime-rl engine install --with-xvfb`); a driver by
rule walks each course for a while. It writes vr_navigation.png and vr_navigation_courses.png. It
never changes the scene.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from rl_training.engine import find_engine
from rl_training.engine.virtual_screen import VirtualScreen
from rl_training.engine.xvfb import display_environment, install_xvfb

REPOSITORY = Path(__file__).parents[2]
SCRIPT = "res://tests/film/navigation_pictures.gd"
COURSES = {
    "1 empty": "1:0.6:6:3",
    "2 sparse": "2:0.8:4:4",
    "3 dense": "3:0.8:4:4",
    "4 corridor": "4:0.85:27:9",
    "5 slalom": "5:0.7:3:9",
    "6 platforms": "6:0.85:26:12",
    "7 ramps and stairs": "7:0.85:13:9",
    "8 moving obstacles": "8:0.8:5:5",
}
"""Name -> kind, difficulty, seed, seconds."""
MAIN = "3"
HALL = (0, 30, 868, 720)
"""The part of a picture that shows the hall, pixels."""
COLUMNS = 4
INK = (30, 34, 44)


def take(folder: Path, wanted: list[str]) -> None:
    """Let the engine save the pictures of these courses in the folder."""
    engine = find_engine()
    with VirtualScreen(install_xvfb()) as screen:
        command = [str(engine.path), "--rendering-driver", "opengl3", "--audio-driver", "Dummy"]
        command += ["--rendering-method", "gl_compatibility", "--fixed-fps", "10"]
        command += ["--resolution", "1280x720", "--path", str(REPOSITORY), "--script", SCRIPT]
        environment = {"DISPLAY": screen.display, **display_environment(engine)}
        subprocess.run([*command, "--", str(folder), *wanted], env=environment, check=True)


def make_sheet(folder: Path, width: int) -> Image.Image:
    """All kinds in rows of four, each named."""
    tile = width // COLUMNS
    height = round(tile * (HALL[3] - HALL[1]) / (HALL[2] - HALL[0]))
    rows = -(-len(COURSES) // COLUMNS)
    sheet = Image.new("RGB", (tile * COLUMNS, height * rows))
    font = ImageFont.load_default(size=17)
    for i, (name, wanted) in enumerate(COURSES.items()):
        picture = Image.open(folder / f"{wanted.split(':')[0]}.png").convert("RGB").crop(HALL)
        picture = picture.resize((tile, height), Image.Resampling.LANCZOS)
        pen = ImageDraw.Draw(picture)
        pen.text((8, 4), name, font=font, fill=(240, 244, 250), stroke_width=2, stroke_fill=INK)
        sheet.paste(picture, ((i % COLUMNS) * tile, i // COLUMNS * height))
    return sheet


def save(picture: Image.Image, path: Path) -> None:
    """Write a small PNG and tell its size."""
    # The renderer's noise of one step in an even grey takes half of the file.
    even = picture.point([min(255, (value + 2) // 4 * 4) for value in range(256)] * 3)
    even.save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


def main() -> None:
    """Parse, take the pictures, write the two files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--output", type=Path, required=True, help="folder")
    parser.add_argument("--width", type=int, default=1280, help="of the sheet, pixels")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        take(folder, list(COURSES.values()))
        save(
            Image.open(folder / f"{MAIN}.png").convert("RGB"), options.output / "vr_navigation.png"
        )
        save(make_sheet(folder, options.width), options.output / "vr_navigation_courses.png")


if __name__ == "__main__":
    main()
