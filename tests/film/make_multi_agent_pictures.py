"""Makes the picture of multi_agent_vr: its two games, side by side.

Called by a person, from the repository's root, when scene or view have changed:

    python -m tests.film.make_multi_agent_pictures --output docs/images

It starts the engine on a virtual screen (`spacetime-rl engine install --with-xvfb`); players move
by their own rule. It writes multi_agent_vr.png. It never changes the scene.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from PIL import Image

from tests.film.pictures import load, save, take

ROUNDS = ("0:12:9", "2:6:7")
"""Game, seed and seconds."""


def main() -> None:
    """Parse, take the pictures, put them side by side."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--output", type=Path, required=True, help="folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        take("multi_agent_pictures", folder, ROUNDS, size="960x720")
        pictures = [load(folder, played.partition(":")[0]) for played in ROUNDS]
    width, height = pictures[0].size
    sheet = Image.new("RGB", (width * 2 + 8, height), (255, 255, 255))
    for i, picture in enumerate(pictures):
        sheet.paste(picture, (i * (width + 8), 0))
    sheet = sheet.resize((sheet.width * 2 // 3, sheet.height * 2 // 3), Image.Resampling.LANCZOS)
    save(sheet, options.output / "multi_agent_vr.png")


if __name__ == "__main__":
    main()
