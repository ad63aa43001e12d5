"""What a policy was trained with and an evaluation does not play."""

from __future__ import annotations

from rl_training.evaluation.report_parts import Run
from rl_training.evaluation.trained_parameters import parameters_left_out, warning
from rl_training.scenarios import Scenario

SCENARIO = Scenario("walk", None, settings={"parameters": {"limit": 300, "hard": {"schedule": []}}})


def _run(scenario: str = "walk", **parameters: object) -> Run:
    return Run(scenario=scenario, config={"parameters": parameters})


def test_numbers_that_the_evaluation_does_not_set() -> None:
    run = _run(smoothing=0.3, limit=300, hard={"schedule": []}, reward_goal=10, speed=2)
    assert parameters_left_out([run], SCENARIO, {}) == {"smoothing": 0.3, "speed": 2.0}
    assert parameters_left_out([run], SCENARIO, {"speed": 3.0}) == {"smoothing": 0.3}
    assert parameters_left_out([run], SCENARIO, {"speed": 2.0, "smoothing": 0.15}) == {}


def test_what_has_no_one_number_and_other_scenarios_are_left_out() -> None:
    drawn = {"sampler": "uniform", "low": 0, "high": 1}
    assert parameters_left_out([_run(width=drawn)], SCENARIO, {}) == {}
    assert parameters_left_out([_run("run", smoothing=0.3)], SCENARIO, {}) == {}
    assert parameters_left_out([Run(scenario="walk")], SCENARIO, {}) == {}


def test_the_line_says_what_to_add() -> None:
    told = warning({"smoothing": 0.3, "speed": 2.0})
    assert "trained with smoothing=0.3, speed=2;" in told
    assert told.endswith("add --parameter smoothing=0.3 --parameter speed=2")
