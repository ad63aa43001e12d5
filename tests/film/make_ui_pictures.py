"""Makes the pictures of UI interaction: one in full, and a sheet with the four lightings.

Called by a person, from the repository's root, when the menu or its view has changed:

    python -m tests.film.make_ui_pictures --output docs/images

It starts the engine on a virtual screen (`spacetime-rl engine install --with-xvfb`); the scripted
tester of the tests plays for a while. It writes ui_interaction.png and
ui_interaction_lightings.png. It never changes the scene.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.film.pictures import load, save, take, tiled

LIGHTINGS = 4


def main() -> None:
    """Read the flags and make both pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--output", type=Path, required=True, help="folder")
    parser.add_argument("--seed", type=int, default=1, help="the menu's seed")
    parser.add_argument("--page", default="audio", help="the page that is shown")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        take("ui_pictures", folder, [f"{options.seed}:{options.page}"], fps=90)
        shots = [load(folder, str(i)) for i in range(LIGHTINGS)]
    save(shots[0], options.output / "ui_interaction.png")
    sheet = tiled(shots, shots[0].width // 2, shots[0].height // 2)
    save(sheet, options.output / "ui_interaction_lightings.png")


if __name__ == "__main__":
    main()
