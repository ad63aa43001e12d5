"""What each detector sees in moments that are made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rl_training.errors import ConfigError
from rl_training.exploration.detectors import make_detectors
from rl_training.exploration.engine_log import LogLine
from rl_training.exploration.findings import FindingBook, Sighting, finding_id
from rl_training.exploration.limits import Limits
from rl_training.exploration.moment import Failure, Moment
from rl_training.exploration.trail import Trail

LIMITS = Limits(stuck_decisions=10, stuck_radius=0.1, longest=30, slow_ms=20.0)


def moment(decision: int, *, facts: dict[str, Any] | None = None, **more: Any) -> Moment:
    info: dict[str, Any] = {} if facts is None else {"explore": facts}
    info |= more.pop("info", {})
    return Moment(
        arena=0,
        decision=decision,
        observation=np.zeros(2, np.float32),
        digest=0,
        action=np.zeros(1),
        infos=(info,),
        **more,
    )


def seen(moments: list[Moment], limits: Limits = LIMITS, *, alone: bool = True) -> list[Sighting]:
    detectors = make_detectors(limits, alone=alone)
    return [found for each in moments for one in detectors for found in one.look(each)]


def kinds(found: list[Sighting]) -> list[str]:
    return [each.kind for each in found]


def test_a_game_that_is_well_shows_nothing() -> None:
    moments = [moment(i, facts={"place": [float(i), 0.0, 0.0], "ms": 1.0}) for i in range(25)]
    assert seen(moments) == []


def test_what_the_game_reports_is_taken_over() -> None:
    told = {"kind": "tunnelling", "message": "a ball", "tick": 3, "data": {"speed": 5.0}}
    (found,) = seen([moment(4, info={"findings": [told]})])
    assert (found.kind, found.message, found.decision) == ("tunnelling", "a ball", 4)
    assert found.certain
    assert found.data == {"speed": 5.0, "tick": 3}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("script_error", "script_error"), ("error", "engine_error"), ("warning", "engine_warning")],
)
def test_lines_of_the_log_are_told_with_their_decision(kind: Any, expected: str) -> None:
    line = LogLine(kind, "ERROR: the wall 17 at: _process (res://a.gd:4)")
    again = LogLine(kind, "ERROR: the wall 18 at: _process (res://a.gd:4)")
    (found,) = seen([moment(0), moment(1, log=(line,)), moment(2, log=(again,))])
    assert (found.kind, found.decision, found.certain) == (expected, 1, True)
    (shared,) = seen([moment(1, log=(line,))], alone=False)
    assert not shared.certain, "another arena of the engine may have caused it"


def test_warnings_can_be_left_out() -> None:
    line = LogLine("warning", "WARNING: deprecated")
    assert seen([moment(0, log=(line,))], Limits(warnings=False)) == []


def test_a_failed_engine_is_a_crash_a_hang_or_nan() -> None:
    for kind in ("crash", "hang", "nan"):
        failure = Failure(kind, "engine 3 ended; its log says: ERROR: boom", ("boom",))
        (found,) = seen([moment(8, failure=failure, ended=True)])
        assert (found.kind, found.decision) == (kind, 8)
        assert found.data["log"] == ["boom"]
    crash = Failure("crash", "engine 3 ended [port 5]; its log says: ERROR: boom")
    other = Failure("crash", "engine 0 ended [port 9]; its log says: ERROR: boom")
    first, second = (seen([moment(0, failure=each)])[0] for each in (crash, other))
    assert first.key == second.key, "which engine it was does not matter"


def test_an_agent_outside_is_told_once_and_not_for_one_decision() -> None:
    out = {"place": [0.0, -9.0, 0.0], "outside": "below the lowest collider"}
    assert seen([moment(0, facts=out), moment(1, facts={"place": [0.0, 0.0, 0.0]})]) == []
    (found,) = seen([moment(i, facts=out) for i in range(5)])
    assert (found.kind, found.decision) == ("out_of_world", 1)
    assert found.message == "agent 0 is out of the world, below the lowest collider"


def test_an_agent_that_stays_may_be_stuck() -> None:
    still = [moment(i, facts={"place": [1.0, 0.0, 0.01 * (i % 2)]}) for i in range(12)]
    (found,) = seen(still)
    assert (found.kind, found.decision, found.certain) == ("stuck", 9, False)
    slow = [moment(i, facts={"place": [0.05 * i, 0.0, 0.0]}) for i in range(25)]
    assert seen(slow) == []
    assert seen(still, Limits(stuck_radius=0.0)) == [], "not calibrated"


def test_an_episode_without_an_end() -> None:
    (found,) = seen([moment(i) for i in range(40)])
    assert (found.kind, found.decision) == ("no_end", 29)
    assert seen([moment(i) for i in range(40)], Limits(longest=0)) == []


def test_a_slow_tick_is_never_certain() -> None:
    moments = [moment(i, facts={"ms": 30.0 if i in (0, 7) else 2.0}) for i in range(9)]
    (found,) = seen(moments)
    assert (found.kind, found.decision, found.certain) == ("slow_frame", 7, False)
    assert found.weight == 30.0
    assert seen(moments, Limits(budget_ms=0.0, slow_ms=0.0)) == []


def test_findings_are_counted_by_episode() -> None:
    book = FindingBook()
    trails = [Trail(0, np.zeros((n, 1))) for n in (9, 4, 6)]
    for episode, path in zip((0, 0, 3), trails, strict=True):
        found = Sighting("stuck", f"at {episode}", episode, certain=True)
        book.add(found, path, step=10 * episode, episode=episode, way="random")
    (finding,) = book.in_order()
    assert (finding.count, finding.episodes, finding.step) == (3, 2, 0)
    assert len(finding.trail) == 4, "the shortest way is kept"
    assert finding.id == finding_id(Sighting("stuck", "at 77", 1)), "numbers do not matter"
    assert finding.id != finding_id(Sighting("stuck", "at 77", 1, where="3,4"))


def test_an_episode_counts_once_whatever_others_do_meanwhile() -> None:
    book = FindingBook()
    for step, episode in enumerate([0, 1, 0, 1, 0, 2]):  # of arenas that take turns
        found = Sighting("stuck", "here", step, certain=True)
        trail = Trail(0, np.zeros((step + 1, 1)))
        book.add(found, trail, step=step, episode=episode, way="random")
    (finding,) = book.in_order()
    assert (finding.count, finding.episodes) == (6, 3)


def test_limits_are_checked_and_kept() -> None:
    with pytest.raises(ConfigError, match="budget_ms must be 0 or more, found -1"):
        Limits(budget_ms=-1.0)
    with pytest.raises(ConfigError, match="stuck_decisions must be at least 2"):
        Limits(stuck_decisions=1)
    assert Limits.from_dict({**LIMITS.to_dict(), "of_a_later_version": 1}) == LIMITS
