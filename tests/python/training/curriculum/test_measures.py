"""Names of measures, and what an episode's info tells of them."""

from __future__ import annotations

from typing import Any

import pytest

from rl_training.errors import ConfigError
from rl_training.training.curriculum.measures import (
    is_of_evaluation,
    read_measure,
    tellable,
    told_by,
)

ALONE = [""]
PAIR = ["runner", "team/chaser"]


@pytest.mark.parametrize(
    ("name", "policies", "kind", "key", "policy"),
    [
        ("success_rate", ALONE, "episodes", "success_rate", None),
        ("mean_reward", PAIR, "episodes", "mean_reward", None),
        ("collisions", ALONE, "episodes", "episode/collisions", None),
        ("episode/collisions", ALONE, "episodes", "episode/collisions", None),
        ("reward/progress", ALONE, "episodes", "reward/progress", None),
        ("progress", PAIR, "progress", "progress", None),
        ("eval/success_rate", ALONE, "logged", "eval/success_rate", None),
        ("rating/chaser", PAIR, "logged", "rating/chaser", None),
        ("train/std", ALONE, "logged", "train/std", None),
        ("runner/success_rate", PAIR, "episodes", "success_rate", "runner"),
        ("team/chaser/mean_length", PAIR, "episodes", "mean_length", "team/chaser"),
        ("runner/collisions", PAIR, "episodes", "episode/collisions", "runner"),
        ("runner/eval/success_rate", PAIR, "logged", "policy/runner/eval/success_rate", None),
        ("runner/eval/success_rate", ["runner"], "logged", "eval/success_rate", None),
    ],
)
def test_what_a_name_means(
    name: str, policies: list[str], kind: str, key: str, policy: str | None
) -> None:
    found = read_measure(name, policies)
    assert (found.name, found.kind, found.key, found.policy) == (name, kind, key, policy)


def test_a_policy_that_does_not_learn() -> None:
    message = r"'runer/success_rate' is of 'runer', which does not learn\. Did you mean 'runner'\?"
    with pytest.raises(ConfigError, match=message):
        read_measure("runer/success_rate", PAIR)


def test_which_are_logged_by_evaluations_alone() -> None:
    assert is_of_evaluation(read_measure("eval/collisions", ALONE))
    assert is_of_evaluation(read_measure("runner/eval/success_rate", PAIR))
    assert not is_of_evaluation(read_measure("rollout/success_rate", ALONE))


INFO: dict[str, Any] = {
    "is_success": True,
    "episode": {"r": -2.5, "l": 40, "t": 1.0},
    "metrics": {"collisions": 3, "broken": float("nan"), "word": "none"},
    "reward_terms": {"progress": 0.5},
}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("success_rate", 1.0),
        ("mean_reward", -2.5),
        ("mean_length", 40.0),
        ("episode/collisions", 3.0),
        ("episode/broken", None),
        ("episode/word", None),
        ("episode/absent", None),
        ("reward/progress", 0.5),
    ],
)
def test_what_an_episode_tells(key: str, value: float | None) -> None:
    assert told_by(INFO, key) == value


@pytest.mark.parametrize("info", [{}, {"metrics": None, "reward_terms": 3}])
def test_an_episode_that_tells_nothing(info: dict[str, Any]) -> None:
    keys = ("success_rate", "mean_reward", "episode/collisions", "reward/progress")
    assert [told_by(info, key) for key in keys] == [None] * 4
    assert list(tellable(info)) == []


def test_what_could_be_asked_for() -> None:
    assert {"success_rate", "mean_reward", "collisions", "reward/progress"} <= set(tellable(INFO))
