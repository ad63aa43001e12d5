from __future__ import annotations

import os
from pathlib import Path

import pytest

from rl_training.checkpoints.policy_set import SetMember, write_policy_set
from rl_training.errors import UsageError
from rl_training.play.newest_model import newest_model
from rl_training.play.players import Players, read_players


def test_a_path_plays_all_agents() -> None:
    players = read_players(["runs/m.zip"])
    assert players.single == Path("runs/m.zip")
    assert players.model_of("anyone") == Path("runs/m.zip")
    assert players.words() == ["--model", "runs/m.zip"]
    assert str(players) == "runs/m.zip"
    assert players == Players.of("runs/m.zip")


def test_groups_have_their_own_and_the_rest_the_one_without_a_name() -> None:
    words = ["chaser=a.zip", "all.onnx", "runner=game"]
    players = read_players(words)
    assert players.single is None
    assert players.model_of("chaser") == Path("a.zip")
    assert players.model_of("runner") is None
    assert players.model_of("ball") == Path("all.onnx")
    assert players.label_of("runner") == "game"
    assert players.files == (Path("a.zip"), Path("all.onnx"))
    assert read_players(players.words()[1::2]) == players
    assert str(players) == "all.onnx, chaser=a.zip, runner=game"


def test_a_path_with_an_equals_sign_that_exists_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "lr=3.zip"
    assert read_players([str(path)]).single is None
    path.write_bytes(b"")
    assert read_players([str(path)]).single == path
    assert read_players([f"chaser={path}"]).model_of("chaser") == path


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a.zip", "b.zip"], "--model a.zip and --model b.zip both play all agents"),
        (["x=a.zip", "x=b.zip"], "names the group 'x' twice"),
        (["x="], "takes PATH or GROUP=PATH; found 'x='"),
        (["=a.zip"], "takes PATH or GROUP=PATH"),
    ],
)
def test_mistakes(words: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_players(words)


def test_groups_are_held_against_the_scenes() -> None:
    players = Players.of({"chaser": "a.zip"})
    players.require_known(["chaser"])
    with pytest.raises(UsageError, match="'runner' has no model: add --model runner=PATH"):
        players.require_known(["chaser", "runner"])
    with pytest.raises(UsageError, match=r"no group 'chaser'.* It has: 'chase'"):
        players.require_known(["chase"])
    assert players.played_by_game(["runner"]).model_of("runner") is None
    with pytest.raises(UsageError, match="no model is given"):
        Players.of({})


def test_the_newest_model_of_several_policies_is_the_set(tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (tmp_path / "a.onnx").write_bytes(b"a")
    whole = models / "tag_final.zip"
    write_policy_set(whole, [SetMember("a"), SetMember("b")], {"a": tmp_path / "a.onnx"} | {
        "b": tmp_path / "a.onnx"}, 1)  # fmt: skip
    for name, age in (("tag_a_final.onnx", 10), ("other_final.onnx", 20), ("tag_final.zip", 30)):
        path = models / name
        path.touch()
        os.utime(path, (1000 - age, 1000 - age))
    assert newest_model(tmp_path) == whole
    os.utime(models / "other_final.onnx", (2000, 2000))
    assert newest_model(tmp_path) == models / "other_final.onnx"
