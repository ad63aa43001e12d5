"""Makes the picture of pong.

Called by a person, from the repository's root, when scene or view have changed:

    python -m tests.film.make_pong_pictures --output docs/images

It starts the engine on a virtual screen (`spacetime-rl engine install --with-xvfb`); both players
follow the ball. It writes pong.png. It never changes the scene.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from PIL import Image

from tests.film.pictures import load, save, take


def main() -> None:
    """Parse, take the picture, save it small."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--output", type=Path, required=True, help="folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        take("pong_pictures", Path(name), ("pong:7:5.6",), fps=30, size="1200x720")
        picture = load(Path(name), "pong")
    small = picture.resize((900, 540), Image.Resampling.LANCZOS)
    save(small, options.output / "pong.png")


if __name__ == "__main__":
    main()
