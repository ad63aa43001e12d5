"""Hints about a curriculum: a lesson that the policy does not learn."""

from __future__ import annotations

import math

from rl_training.runs.hints.hint import MIN_ROWS, Hint, RunFacts, gain

PREFIX, LESSON = "curriculum/", "/lesson"
ROWS = 3 * MIN_ROWS
"""Points in one lesson from which it should show progress."""
EPISODES = 1000
"""Episodes in one lesson from which it should show progress: ten windows of the default length."""
CLOSER = 0.1
"""A measure that has come closer to its threshold by this share of what is left is on its way."""


def stuck_in_a_lesson(facts: RunFacts) -> Hint | None:
    """A lesson has gone on for long, and its measure does not come closer to the threshold."""
    for tag in facts.tags(PREFIX):
        if tag.endswith(LESSON):
            hint = _stuck(facts, tag.removeprefix(PREFIX).removesuffix(LESSON))
            if hint is not None:
                return hint
    return None


def _stuck(facts: RunFacts, parameter: str) -> Hint | None:
    tag = f"{PREFIX}{parameter}{LESSON}"
    rows = [row for row in facts.rows if row.get(tag) is not None]
    number = rows[-1][tag]
    assert number is not None
    before = [place for place, row in enumerate(rows) if row[tag] != number]
    own = rows[before[-1] + 1 :] if before else rows
    threshold = own[-1].get(f"{PREFIX}{parameter}/threshold")
    episodes = own[-1].get(f"{PREFIX}{parameter}/episodes") or 0.0
    found = [row.get(f"{PREFIX}{parameter}/measure") for row in own]
    values = [value for value in found if value is not None and math.isfinite(value)]
    if threshold is None or len(values) < ROWS or episodes < EPISODES:
        return None
    third = values[-(len(values) // 3) :]
    left = threshold - sum(third) / len(third)
    if left == 0.0 or gain(values) / left > CLOSER:
        return None
    return Hint(
        "stuck in a lesson",
        f"{parameter} is in lesson {number:.0f} for {episodes:,.0f} episodes; its measure is "
        f"{values[-1]:.3g} of {threshold:.3g} and comes no closer",
        "put a lesson between this one and the one before, lower go_on.threshold, or give the "
        "lesson a fall_back; to go on now: runs control set "
        f"curriculum.{parameter}={number + 1:.0f}",
    )
