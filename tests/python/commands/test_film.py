"""`spacetime-rl film`: who is named, what is refused, and a film from the engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from rl_training.commands.film import main, read_cast
from rl_training.commands.running import run_main
from rl_training.engine import find_xvfb
from rl_training.errors import EngineDiedError, UsageError
from rl_training.play.film import Film, write_gif
from rl_training.ratings.contestants import Contestant

KNOWN = {
    "chaser": Contestant("chaser", "driver", driver=1.0),
    "random": Contestant("random", "random"),
}


def test_who_plays_is_named_group_by_group(tmp_path: Path) -> None:
    model = tmp_path / "new.onnx"
    model.write_bytes(b"a model")
    cast = read_cast([f"blue={model}", "orange=chaser"], KNOWN)
    assert cast["blue"].model == model
    assert cast["orange"].driver == 1.0


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["chaser"], "GROUP=WHO, such as blue=chaser; found 'chaser'"),
        (["blue=chaser", "blue=chaser"], "the group 'blue' is named twice"),
        (["blue=random"], "random actions go through Python and cannot be filmed"),
        (["blue=chasr"], r"one of chaser\. Did you mean 'chaser'\?"),
    ],
)
def test_other_words_are_refused(words: list[str], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        read_cast(words, KNOWN)


def test_a_film_is_of_a_kind_that_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"must end in \.avi, \.ogv, \.gif; found film\.mp4"):
        Film(Path("film.mp4"))
    with pytest.raises(UsageError, match="1 to 120 pictures a second; found 0"):
        Film(Path("film.gif"), fps=0)
    with pytest.raises(EngineDiedError, match="without a picture"):
        write_gif([], Film(tmp_path / "film.gif"))


def test_a_gif_shows_the_pictures_in_their_order(tmp_path: Path) -> None:
    pictures = []
    for number, colour in enumerate(((250, 10, 10), (10, 10, 250))):
        whole = Image.new("RGB", (64, 32), (10, 250, 10))
        whole.paste(colour, (0, 0, 32, 32))
        path = tmp_path / f"picture{number}.png"
        whole.save(path)
        pictures.append(path)
    film = Film(tmp_path / "film.gif", fps=10, width=32)
    write_gif(pictures, film)
    with Image.open(film.output) as opened:
        assert opened.size == (32, 16)
        assert getattr(opened, "n_frames", 1) == 2
        assert opened.info["duration"] == 100
        opened.seek(1)
        red, _, blue = opened.convert("RGB").getpixel((4, 8))  # type: ignore[misc]
        assert blue > red


@pytest.mark.nightly
@pytest.mark.engine
@pytest.mark.timeout(600)
@pytest.mark.skipif(find_xvfb() is None, reason="no virtual screen")
def test_a_point_of_pong_is_filmed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = tmp_path / "point.gif"
    words = ["left=game", "right=game", "--scenario", "pong", "--output", str(film)]
    words += ["--parameter", "round_seconds=1", "--fps", "5", "--width", "160"]
    assert run_main(lambda: main(words)) == 0
    said = capsys.readouterr().out
    assert "left (game): return" in said
    assert "right (game): return" in said
    with Image.open(film) as opened:
        assert opened.size[0] == 160
        assert getattr(opened, "n_frames", 1) >= 4
        first = opened.convert("RGB")
        opened.seek(getattr(opened, "n_frames", 1) - 1)
        assert first.tobytes() != opened.convert("RGB").tobytes()
