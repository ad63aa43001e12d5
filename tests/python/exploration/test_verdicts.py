"""What is played again before it counts: findings that come of a clock, on a stage of the tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from rl_training.exploration import verdicts
from rl_training.exploration.confirm import TrailRun
from rl_training.exploration.detectors.game import GameFindings
from rl_training.exploration.findings import Finding, Sighting
from rl_training.exploration.limits import Limits
from rl_training.exploration.moment import Moment
from rl_training.exploration.trail import Trail

TRAIL = Trail(3, np.zeros((4, 1)))


class Stage:
    """Plays what is given, one after the other, and then the last again."""

    def __init__(self, runs: Sequence[TrailRun], limits: Limits) -> None:
        self.limits = limits
        self.played = 0
        self._runs = runs

    def play(self, _trail: Trail) -> TrailRun:
        self.played += 1
        return self._runs[min(self.played, len(self._runs)) - 1]


def ran(kind: str, decisions: Sequence[int], last_ms: float = 5.0) -> TrailRun:
    seen = tuple(Sighting(kind, "it took 12 ms", each) for each in decisions)
    return TrailRun(seen, len(TRAIL), False, False, (1.0, 1.0, 1.0, last_ms))


def judged(kind: str, runs: Sequence[TrailRun], budget_ms: float = 11.11) -> tuple[Finding, int]:
    sighting = Sighting(kind, "it took 14 ms", 3, certain=False)
    finding = Finding(kind, sighting, 4, 0, "random", TRAIL, [])
    stage: Any = Stage(runs, Limits(budget_ms=budget_ms, slow_ms=max(budget_ms, 20.0)))
    exploration: Any = None
    verdicts._confirm(finding, stage, exploration)
    return finding, stage.played


@pytest.mark.parametrize("kind", ["slow_frame", "slow_physics"])
def test_a_slow_tick_counts_when_it_is_slow_each_time(kind: str) -> None:
    finding, played = judged(kind, [ran(kind, [3], 14.0)])
    assert (finding.confirmed, played) == (True, 5)
    # The monitor warns of some other tick: the machine is busy.
    finding, _ = judged(kind, [ran(kind, [3], 14.0), ran(kind, [1], 5.0)])
    assert finding.confirmed is False
    assert "it was noise" in finding.note


def test_the_monitors_ticks_are_looked_at_where_the_explorers_are_not() -> None:
    slow, quick = ran("slow_physics", [3], 14.0), ran("slow_physics", [3], 5.0)
    assert judged("slow_physics", [slow], budget_ms=0.0)[0].confirmed is True
    assert judged("slow_physics", [quick], budget_ms=0.0)[0].confirmed is False


def test_a_slow_chunk_counts_when_it_comes_at_the_same_decision_each_time() -> None:
    finding, played = judged("slow_chunk", [ran("slow_chunk", [1, 3]), ran("slow_chunk", [1])])
    assert (finding.confirmed, played) == (True, 5)
    finding, _ = judged("slow_chunk", [ran("slow_chunk", [3]), ran("slow_chunk", [2])])
    assert finding.confirmed is False
    assert "same decision 5 times" in finding.note


def test_what_comes_of_a_clock_is_never_certain() -> None:
    told = [{"kind": kind, "message": "x"} for kind in ("slow_physics", "slow_chunk", "tunnelling")]
    moment = Moment(0, 1, np.zeros(1, np.float32), 0, np.zeros(1), infos=({"findings": told},))
    assert [each.certain for each in GameFindings().look(moment)] == [False, False, True]
