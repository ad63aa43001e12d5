"""The same episodes come again, digit by digit; `-s` prints how far Python is from the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.request import EvaluationRequest

pytestmark = pytest.mark.engine

BASELINE = Path(__file__).parents[3] / "baselines" / "vr_locomotion_baseline.onnx"
EPISODES = 40


def _evaluate(**changes: Any) -> dict[str, Any]:
    return evaluate(EvaluationRequest(BASELINE, episodes=EPISODES, **changes)).to_dict()


@pytest.fixture(scope="module")
def in_engine() -> dict[str, Any]:
    """A report of the engine alone, two processes."""
    return _evaluate(in_engine=True, num_envs=2)


@pytest.fixture(scope="module")
def through_python() -> dict[str, Any]:
    """A report of the same episodes, onnxruntime deciding."""
    return _evaluate(num_envs=2)


def _without_times(report: dict[str, Any]) -> dict[str, Any]:
    rows = [{key: row[key] for key in row if key != "times"} for row in report["episodes"]]
    assert all(row["times"] for row in report["episodes"])
    return {key: report[key] for key in report if key != "wall_time_s"} | {"episodes": rows}


def test_an_evaluation_twice_is_identical_but_for_times(in_engine: dict[str, Any]) -> None:
    # One engine instead of two, and other arenas for the episodes.
    again = _evaluate(in_engine=True, num_envs=1, arenas=7)
    assert _without_times(again) == _without_times(in_engine)


def test_through_python_too(through_python: dict[str, Any]) -> None:
    again = _evaluate(num_envs=1, arenas=7)
    assert _without_times(again) == _without_times(through_python)


def test_python_and_the_engine_agree_episode_by_episode(
    in_engine: dict[str, Any], through_python: dict[str, Any]
) -> None:
    # onnxruntime and the engine add in another order: the last digits of actions differ.
    pairs = list(zip(in_engine["episodes"], through_python["episodes"], strict=True))
    largest = max(abs(ours["return"] - theirs["return"]) for ours, theirs in pairs)
    print(f"\nlargest difference of a return, Python against the engine: {largest:.2g}")
    assert largest < 0.001
    for ours, theirs in pairs:
        for key in ("episode", "seed", "length", "terminated", "truncated", "success"):
            assert ours[key] == theirs[key]
        assert ours["metrics"] == pytest.approx(theirs["metrics"], abs=0.001)
