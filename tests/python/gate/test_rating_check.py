"""The gate on ratings: worse models fail, equal ones pass, other ladders are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from rl_training.commands.gate_rating import main
from rl_training.commands.running import run_main
from rl_training.errors import UsageError
from rl_training.gate.rating_check import check_rating
from rl_training.ratings.contestants import Contestant
from rl_training.ratings.record import MatchSettings, Ratings, player_of, sha256_of
from tests.python.ratings.simulated import simulated

pytest.importorskip("openskill")

STRENGTHS = {"still": 17.0, "chaser": 27.0, "kickoff": 31.0}
MATCH = MatchSettings(scenario="car_ball", score="success", action_repeat=8, seed=3)


def ladder(seed: int = 1) -> Ratings:
    players = tuple(player_of(Contestant(name, "driver", driver=1.0)) for name in STRENGTHS)
    return Ratings(match=MATCH, players=players).rated(simulated(STRENGTHS, 12, seed)).as_fixed()


def placed(strength: float, seed: int, on: Ratings | None = None, name: str = "mine") -> Ratings:
    below = ladder() if on is None else on
    new = player_of(Contestant(name, "model", Path("mine.onnx"), "0"))
    met = [r for r in simulated({**STRENGTHS, name: strength}, 20, seed) if name in r.match[:2]]
    both = below.model_copy(update={"players": (*below.players, new), "ladder": sha256_of(below)})
    return both.rated(met)


def test_a_worse_model_fails() -> None:
    check = check_rating(placed(24.0, 5), placed(31.0, 6), exchanges=400)
    assert check.verdict == "worse"
    assert not check.passed
    assert check.drop > 3.0
    assert check.meetings == 60


def test_a_better_model_passes() -> None:
    check = check_rating(placed(31.0, 5), placed(24.0, 6), exchanges=100)
    assert (check.verdict, check.passed) == ("ok", True)
    assert check.drop < 0.0


def test_equal_models_seldom_fail() -> None:
    checks = [
        check_rating(placed(27.0, seed), placed(27.0, 100 + seed), exchanges=200)
        for seed in range(5)
    ]
    # Alpha is 0.5 %: two of five by chance once in 4,000 times.
    assert sum(not each.passed for each in checks) <= 1


def test_the_same_results_are_not_lower() -> None:
    one = placed(27.0, 5)
    check = check_rating(one, one, exchanges=50)
    assert check.drop == 0.0
    assert check.p_value == 1.0


def test_other_names_are_the_same_model_in_time() -> None:
    check = check_rating(placed(27.0, 5, name="new"), placed(27.0, 5, name="old"), exchanges=20)
    assert check.drop == pytest.approx(0.0, abs=1e-9)


def test_ladders_that_differ_are_refused() -> None:
    with pytest.raises(UsageError, match="different ladders"):
        check_rating(placed(27.0, 5), placed(27.0, 5, on=ladder(seed=2)))


def test_a_round_robin_is_no_place_on_a_ladder() -> None:
    with pytest.raises(UsageError, match="no place on a ladder"):
        check_rating(ladder(), placed(27.0, 5))


def test_the_command_keeps_a_baseline_and_fails_on_a_drop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad, baseline = (tmp_path / f"{name}.json" for name in ("good", "bad", "baseline"))
    placed(31.0, 6).save(good)
    placed(22.0, 5).save(bad)
    asked = ["--current", str(good), "--baseline", str(baseline)]
    assert run_main(lambda: main([*asked, "--update_baseline"])) == 0
    assert run_main(lambda: main(asked)) == 0
    assert run_main(lambda: main(["--current", str(bad), "--baseline", str(baseline)])) == 1
    assert "FAILED: LOWER, and not by chance" in capsys.readouterr().out
    wrong = ["--current", str(tmp_path / "no.json"), "--baseline", str(baseline)]
    assert run_main(lambda: main(wrong)) == 2
