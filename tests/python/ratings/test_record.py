"""The file of ratings: kept, read, continued, refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from rl_training.commands.rate import main
from rl_training.commands.running import run_main
from rl_training.errors import UsageError
from rl_training.ratings.contestants import Contestant, read_contestants
from rl_training.ratings.matches import Planned, Result
from rl_training.ratings.record import MatchSettings, Ratings, player_of, sha256_of
from rl_training.scenarios import MatchRules, get_scenario
from tests.python.ratings.simulated import simulated

pytest.importorskip("openskill")

MATCH = MatchSettings(scenario="car_ball", score="success", action_repeat=8, seed=3)
STRENGTHS = {"still": 18.0, "chaser": 32.0}


def driver(name: str) -> Contestant:
    return Contestant(name, "driver", driver=1.0)


def ladder(starts: int = 8) -> Ratings:
    players = tuple(player_of(driver(name)) for name in STRENGTHS)
    return Ratings(match=MATCH, players=players).rated(simulated(STRENGTHS, starts, seed=1))


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = ladder()
    found.save(tmp_path / "ladder.json")
    assert Ratings.load(tmp_path / "ladder.json") == found
    assert found.names == ("chaser", "still")
    assert len(found.results) == 16


def test_fixed_players_do_not_move_when_others_come() -> None:
    before = ladder().as_fixed()
    more = before.model_copy(update={"players": (*before.players, player_of(driver("new")))})
    met = [r for r in simulated({**STRENGTHS, "new": 25.0}, 8, seed=2) if "new" in r.match[:2]]
    after = more.rated([*before.results, *met])
    for name in STRENGTHS:
        assert after.player(name) == before.player(name)
    assert after.player("new").mu is not None
    assert after.names == ("chaser", "new", "still")


def test_a_player_without_a_whole_meeting_has_no_rating() -> None:
    players = tuple(player_of(driver(name)) for name in STRENGTHS)
    empty = Ratings(match=MATCH, players=players)
    found = empty.rated([Result(Planned("still", "chaser", 0), (0.0, 1.0), 9)])
    assert found.player("still").mu is None
    with pytest.raises(UsageError, match="no rating yet"):
        found.as_fixed()


def test_models_lie_beside_the_ladder_and_are_the_same_files(tmp_path: Path) -> None:
    source = tmp_path / "models" / "mine.onnx"
    source.parent.mkdir()
    source.write_bytes(b"weights")
    (mine,) = read_contestants([f"phase1={source}"], MatchRules())
    path = tmp_path / "ladder.json"
    kept = Ratings(match=MATCH, players=(player_of(mine),)).with_models_beside(path)
    kept.save(path)
    source.unlink()
    found = Ratings.load(path).contestants(path)["phase1"]
    assert found.model == tmp_path / "ladder.phase1.onnx"
    found.model.write_bytes(b"others")
    with pytest.raises(UsageError, match="another file than the player 'phase1'"):
        Ratings.load(path).contestants(path)


def test_a_ladder_is_known_by_its_settings_and_ratings() -> None:
    one = ladder().as_fixed()
    assert sha256_of(one) == sha256_of(ladder().as_fixed())
    assert sha256_of(one) != sha256_of(ladder(starts=9).as_fixed())


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "no ratings at"), ("[]", "is no file of spacetime-rl rate"), ("{", "is no file of")],
)
def test_what_is_no_such_file(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "x.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        Ratings.load(path)


def test_players_as_they_are_given(tmp_path: Path) -> None:
    rules = get_scenario("car_ball").match
    assert rules is not None
    (tmp_path / "best.onnx").write_bytes(b"x")
    words = ["random", "chaser", f"{tmp_path}/best.onnx", f"again={tmp_path}/best.onnx"]
    found = {each.name: each for each in read_contestants(words, rules)}
    assert [each.kind for each in found.values()] == ["random", "driver", "model", "model"]
    assert found["chaser"].parameters(rules, "orange") == {"driver_orange": 1.0}
    assert found["random"].parameters(rules, "orange") == {}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["chasr"], "Did you mean"),
        (["game"], "a player is random, still, chaser"),
        (["chaser", "chaser"], "two players are called 'chaser'"),
        (["none.onnx"], "no model at none.onnx"),
        (["still=none.onnx"], "'still' is a player of the game"),
        (["a b=none.onnx"], "a player's name takes letters"),
    ],
)
def test_wrong_players(words: list[str], said: str) -> None:
    rules = get_scenario("car_ball").match
    assert rules is not None
    from rl_training.errors import HarnessError

    with pytest.raises(HarnessError, match=said):
        read_contestants(words, rules)


def test_a_rung_is_added_to_a_ladder_that_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["still", "random", "--scenario", "car_ball", "--add_to_ladder"]
    assert run_main(lambda: main(words)) == 2
    assert "--add_to_ladder goes with --ladder" in capsys.readouterr().err
