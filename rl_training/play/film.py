"""Films of what is played in the engine: by Godot's movie writer, or as an animated GIF.

The engine renders on a virtual screen where the machine has none. Called by `spacetime-rl film`.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rl_training.config.samplers import Sampler
from rl_training.envs.settings import EnvSettings
from rl_training.errors import EngineDiedError, UsageError
from rl_training.play.in_engine import InEngineResult, play_in_engine
from rl_training.play.players import Players

if TYPE_CHECKING:
    from PIL import Image

BY_ENGINE = (".avi", ".ogv")
GIF = ".gif"
_SLOWEST_PICTURE_S = 20.0  # rendered by a busy processor
_OF_PALETTE = 12  # pictures that a GIF's colours are taken from


@dataclasses.dataclass(frozen=True)
class Film:
    """How a film is made.

    Attributes:
        output: .avi or .ogv, as the engine writes them, or .gif.
        fps: pictures a simulated second, at least 1.
        width: of a GIF, pixels; the engine's own films have the size of the game's window.

    Raises:
        UsageError: a value is out of range.
    """

    output: Path
    fps: int = 30
    width: int = 480

    def __post_init__(self) -> None:
        if self.output.suffix not in (*BY_ENGINE, GIF):
            known = ", ".join((*BY_ENGINE, GIF))
            raise UsageError(f"a film's file must end in {known}; found {self.output}")
        if not 1 <= self.fps <= 120:
            raise UsageError(f"a film has 1 to 120 pictures a second; found {self.fps}")
        if not 16 <= self.width <= 4096:
            raise UsageError(f"a GIF is 16 to 4096 pixels wide; found {self.width}")


def film_episodes(
    film: Film,
    players: Players,
    settings: EnvSettings,
    episodes: int,
    longest_s: float,
    parameters: Mapping[str, float | Sampler],
) -> InEngineResult:
    """Play episodes in one engine with one arena, and film them.

    Args:
        film: what is made.
        players: .onnx files, or the game's own control.
        settings: of the game; engines, arenas, screen and pictures a second are the film's.
        episodes: how many, of all agents together.
        longest_s: simulated seconds that they may last.
        parameters: environment parameters.

    Raises:
        HarnessError: see `play_in_engine`; or no film came of it.
    """
    alone = dataclasses.replace(
        settings, num_envs=1, arenas=1, isolation="worlds", screen="virtual", fixed_fps=film.fps,
        show_window=False, pin_cores=False,
    )  # fmt: skip
    limit = settings.timeout_s + longest_s * film.fps * _SLOWEST_PICTURE_S
    film.output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_film_") as folder:
        is_gif = film.output.suffix == GIF
        target = Path(folder, "picture.png") if is_gif else film.output
        played = play_in_engine(
            players, alone, episodes, limit, parameters=parameters, film=target
        )  # fmt: skip
        if is_gif:
            write_gif(sorted(Path(folder).glob("picture*.png")), film)
    if not film.output.is_file():
        raise EngineDiedError(f"the engine ended without a film at {film.output}")
    return played


def write_gif(pictures: Sequence[Path], film: Film) -> None:
    """Make a GIF of pictures, in their order, endlessly repeated.

    Args:
        pictures: at least 1.
        film: where, how fast and how wide.

    Raises:
        EngineDiedError: there are no pictures.
    """
    from PIL import Image

    if not pictures:
        raise EngineDiedError("the engine ended without a picture: there is nothing to film")
    small = [_small(path, film.width) for path in pictures]
    # One palette for all, or colours flicker; of several pictures, since what comes later counts.
    seen = small[:: max(1, len(small) // _OF_PALETTE)]
    strip = Image.new("RGB", (film.width, sum(each.height for each in seen)))
    top = 0
    for each in seen:
        strip.paste(each, (0, top))
        top += each.height
    palette = strip.quantize(255)
    frames = [each.quantize(palette=palette, dither=Image.Dither.NONE) for each in small]
    frames[0].save(
        film.output, save_all=True, append_images=frames[1:], duration=round(1000 / film.fps),
        loop=0, optimize=True,
    )  # fmt: skip


def _small(path: Path, width: int) -> Image.Image:
    """Return a picture in RGB, so many pixels wide."""
    from PIL import Image

    with Image.open(path) as opened:
        whole = opened.convert("RGB")
    height = max(1, round(whole.height * width / whole.width))
    return whole.resize((width, height), Image.Resampling.BOX)
