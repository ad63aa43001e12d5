"""Makes the pictures of VR navigation: one in full, and a sheet with every kind of course.

Called by a person, from the repository's root, when courses or view have changed:

    python -m tests.film.make_navigation_pictures --output docs/images

It starts the engine on a virtual screen (`spacetime-rl engine install --with-xvfb`); a driver by
rule walks each course for a while. It writes vr_navigation.png and vr_navigation_courses.png. It
never changes the scene.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from tests.film.pictures import load, save, take

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


def make_sheet(folder: Path, width: int) -> Image.Image:
    """All kinds in rows of four, each named."""
    tile = width // COLUMNS
    height = round(tile * (HALL[3] - HALL[1]) / (HALL[2] - HALL[0]))
    rows = -(-len(COURSES) // COLUMNS)
    sheet = Image.new("RGB", (tile * COLUMNS, height * rows))
    font = ImageFont.load_default(size=17)
    for i, (name, wanted) in enumerate(COURSES.items()):
        picture = load(folder, wanted.split(":")[0]).crop(HALL)
        picture = picture.resize((tile, height), Image.Resampling.LANCZOS)
        pen = ImageDraw.Draw(picture)
        pen.text((8, 4), name, font=font, fill=(240, 244, 250), stroke_width=2, stroke_fill=INK)
        sheet.paste(picture, ((i % COLUMNS) * tile, i // COLUMNS * height))
    return sheet


def main() -> None:
    """Parse, take the pictures, write the two files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--output", type=Path, required=True, help="folder")
    parser.add_argument("--width", type=int, default=1280, help="of the sheet, pixels")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        take("navigation_pictures", folder, list(COURSES.values()))
        save(load(folder, MAIN), options.output / "vr_navigation.png")
        save(make_sheet(folder, options.width), options.output / "vr_navigation_courses.png")


if __name__ == "__main__":
    main()
