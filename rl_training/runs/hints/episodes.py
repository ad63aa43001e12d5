"""Hints about how episodes end: never, for some agents never, or always in the same way."""

from __future__ import annotations

from rl_training.runs.hints.hint import MIN_ROWS, REWARD, SUCCESS, WATCH, Hint, RunFacts

DECISIONS = 2000
"""Decisions of an agent in one episode from which it counts as endless: the shipped scenes end
after 100 to 600, and a learner sees about 100 ahead with a discount of 0.99."""
EPISODES = 200
"""Episodes that must have ended in the same way: 200 of 200 leave less than 2 % (95 % sure) for any
other."""

_END = (
    "set terminated or truncated in the controller, or a reset_after; a controller with a "
    "_physics_process of its own must call super(delta) first, or reset_after counts nothing"
)


def no_end(facts: RunFacts) -> Hint | None:
    """No episode has ended though every agent has played for long."""
    decisions = facts.last(f"{WATCH}decisions")
    if decisions is None or decisions < DECISIONS or facts.count("episodes") > 0:
        return None
    return Hint(
        "no episode ends",
        f"none has ended in {decisions:,.0f} decisions of every agent",
        _END,
    )


def some_never_end(facts: RunFacts) -> Hint | None:
    """Some agents have never ended an episode, so that only those of the others are counted."""
    without = facts.last(f"{WATCH}agents_without_end")
    decisions = facts.last(f"{WATCH}decisions")
    ended = facts.count("episodes")
    if without is None or decisions is None or decisions < DECISIONS or ended == 0 or without == 0:
        return None
    if facts.count("time_outs") > 0:
        return None  # a limit works; it is a long one
    return Hint(
        "some episodes never end",
        f"{without:.0f} agents have not ended one in {decisions:,.0f} decisions, the others "
        f"{ended:,.0f}: reward and success count those alone",
        _END,
    )


def one_reason(facts: RunFacts) -> Hint | None:
    """All episodes run out of time, or all fail, and nothing gets better."""
    ended = facts.count("episodes")
    if ended < EPISODES or len(facts.series(REWARD)) < MIN_ROWS or facts.has_improved:
        return None
    reported = bool(facts.series(SUCCESS))
    if facts.count("successes") > 0:
        return None
    if facts.count("time_outs") == ended:
        return Hint(
            "one end reason only",
            f"all of {ended:,.0f} episodes ran out of time"
            + (", none succeeded" if reported else ""),
            "reward the way to the goal and not only the goal; begin nearer to it; or see whether "
            "the agent can reach it at all (play it yourself: control mode human)",
        )
    if reported and facts.count("time_outs") == 0:
        return Hint(
            "one end reason only",
            f"all of {ended:,.0f} episodes ended in failure",
            "begin with an easier scene, or end an episode later, so that there is something "
            "between the start and the failure to learn from",
        )
    return None
