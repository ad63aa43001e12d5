"""Makes the picture of the spacecraft landing: flight, last metres, touchdown and walk.

Called by a person, from the repository's root, when scene or view have changed:

    python -m tests.film.make_landing_picture --output docs/images

It starts the engine on a virtual screen (`spacetime-rl engine install --with-xvfb`); a pilot by
rule flies. It writes spacecraft_landing.png. It never changes the scene.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.film.pictures import load, save, take, tiled

SHOTS = ("3:420", "3:14", "3:0.4", "3:7:walk")
"""Seed, and height of the craft or metres walked."""


def main() -> None:
    """Parse, take the pictures, lay them two by two."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--output", type=Path, required=True, help="folder")
    parser.add_argument("--width", type=int, default=1280, help="of the whole picture, pixels")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        take("landing_pictures", folder, SHOTS)
        pictures = [load(folder, "".join(shot.split(":")[1:])) for shot in SHOTS]
    sheet = tiled(pictures, options.width // 2, options.width * 9 // 32)
    save(sheet, options.output / "spacecraft_landing.png")


if __name__ == "__main__":
    main()
