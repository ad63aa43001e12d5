"""Opponents begin to play when all measures are reached, not before."""

from __future__ import annotations

import pytest

from rl_training.config.self_play import EnableAt
from rl_training.errors import ConfigError
from rl_training.training.self_play.enabling import Enabling


def enabling(*rules: dict[str, object], policies: tuple[str, ...] = ("",)) -> Enabling:
    return Enabling([EnableAt.from_dict(rule) for rule in rules], policies)


def episode(scores: bool, recovered: float) -> dict[str, object]:
    return {"is_success": scores, "metrics": {"recovered": recovered}}


def test_it_scores_and_recovers() -> None:
    both = enabling(
        {"measure": "success_rate", "threshold": 0.5, "min_episodes": 4},
        {"measure": "recovered", "threshold": 0.9, "min_episodes": 2},
    )
    for scores in (True, False, True, True):
        assert not both.is_reached(1.0)
        both.end("", episode(scores, 0.5))
    assert not both.is_reached(1.0)
    assert both.lines(0.0) == [
        "success_rate 0.75, wanted >= 0.5",
        "recovered 0.5, wanted >= 0.9",
    ]
    for _ in range(2):
        both.end("", episode(False, 1.0))
    assert both.is_reached(0.0)


def test_a_measure_may_be_better_when_it_is_lower() -> None:
    rule = enabling({"measure": "conceded", "threshold": 0.2, "below": True, "min_episodes": 1})
    rule.end("", {"metrics": {"conceded": 1.0}})
    assert not rule.is_reached(1.0)
    rule.end("", {"metrics": {"conceded": 0.0}})
    assert rule.is_reached(1.0)


def test_progress_and_what_the_run_logs() -> None:
    rule = enabling(
        {"measure": "progress", "threshold": 0.25},
        {"measure": "rating/ladder", "threshold": 10.0},
    )
    assert rule.tags == ("rating/ladder",)
    rule.log("rating/ladder", 11.0)
    assert not rule.is_reached(0.2)
    assert rule.is_reached(0.25)


def test_only_episodes_of_the_named_policy_count() -> None:
    rule = enabling(
        {"measure": "chaser/success_rate", "threshold": 1.0, "min_episodes": 1},
        policies=("chaser", "runner"),
    )
    rule.end("runner", {"is_success": True})
    assert not rule.is_reached(1.0)
    rule.end("chaser", {"is_success": True})
    assert rule.is_reached(1.0)


def test_a_policy_that_does_not_learn_is_refused() -> None:
    with pytest.raises(ConfigError, match="of 'chaserr', which does not learn"):
        enabling(
            {"measure": "chaserr/success_rate", "threshold": 1.0}, policies=("chaser", "runner")
        )


def test_a_resumed_run_remembers() -> None:
    rule = {"measure": "success_rate", "threshold": 1.0, "min_episodes": 2}
    one, again = enabling(rule), enabling(rule)
    one.end("", {"is_success": True})
    again.restore(one.state())
    again.end("", {"is_success": True})
    assert again.is_reached(0.0)
