"""Recovery from lying on the back is counted by events, and reaches log and console."""

from __future__ import annotations

import logging

import pytest

from rl_training.training.turtle_recovery import TurtleRecoveryLogger
from tests.python.training.told_episodes import play


def _metrics(turtles: int, recovered: float, seconds: float) -> dict[str, object]:
    return {"metrics": {"turtles": turtles, "recovered": recovered, "recovery_time": seconds}}


def test_events_success_and_ticks_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    counter = TurtleRecoveryLogger(ticks_per_second=120, every_s=0.0)
    with caplog.at_level(logging.INFO):
        log = play(counter, [_metrics(3, 2 / 3, 1.5), _metrics(0, 1.0, 0.0), _metrics(1, 1.0, 0.5)])
    assert counter.events == 4
    assert log["turtle/events"] == 4
    assert log["turtle/success"] == pytest.approx(0.75)
    assert log["turtle/mean_ticks"] == pytest.approx(120 * (1.5 + 1.5 + 0.5) / 3)
    assert "turtled 4 times; of the last 4 stood up again 75 %, after 140.0 ticks" in caplog.text


def test_success_is_of_the_last_events() -> None:
    counter = TurtleRecoveryLogger(window=4)
    for _ in range(10):
        counter.add({"turtles": 2, "recovered": 0.0, "recovery_time": 0.0})
    counter.add({"turtles": 2, "recovered": 1.0, "recovery_time": 2.0})
    assert counter.events == 22
    assert counter.success == pytest.approx(0.5)
    assert counter.mean_seconds == pytest.approx(2.0)


def test_a_resumed_run_goes_on_counting() -> None:
    before, after = TurtleRecoveryLogger(), TurtleRecoveryLogger()
    before.add({"turtles": 3, "recovered": 1 / 3, "recovery_time": 4.0})
    after.restore(before.state())
    assert (after.events, after.mean_seconds) == (3, 4.0)
    assert after.success == pytest.approx(1 / 3)


def test_other_scenes_log_nothing() -> None:
    counter = TurtleRecoveryLogger()
    assert not [tag for tag in play(counter, [{"metrics": {"turtles": 1}}, {}]) if "turtle" in tag]
