"""Makes the pictures of voxel stress: the runner, and the rings of detail from high above.

Called by a person, from the repository's root, when terrain or view have changed:

    python -m tests.film.make_voxel_pictures --output docs/images

It starts the engine on a virtual screen (`spacetime-rl engine install --with-xvfb`) and writes
voxel_stress.png and voxel_stress_above.png. It never changes the scene.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from PIL import Image

from tests.film.pictures import evened, load, take

WIDTH = 960
"""Of the files, pixels."""
PICTURES = {"voxel_stress": "chase:6:7", "voxel_stress_above": "above:2:7"}
"""File -> name, seed, seconds."""


def main() -> None:
    """Parse, take the pictures, write them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--output", type=Path, required=True, help="folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        take("voxel_pictures", folder, list(PICTURES.values()), fps=6)
        for file, wanted in PICTURES.items():
            even = evened(load(folder, wanted.split(":")[0]))
            even = even.resize((WIDTH, WIDTH * even.height // even.width), Image.Resampling.LANCZOS)
            path = options.output / f"{file}.png"
            even.save(path, optimize=True)
            print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
