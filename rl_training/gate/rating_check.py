"""Is a model's rating lower than its baseline's, and not by chance?

Both were placed on the same fixed ladder, from the same starts. The test is of the gate's kind: if
the two models were alike, it would not matter which of them played a meeting (a start against an
opponent, both ways round). So meetings are exchanged at random, both are rated each time, and the
p-value is the share of exchanges whose drop is as large as the one that was seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from rl_training.errors import ConfigError, UsageError, nearest
from rl_training.gate.limits import DEFAULT_ALPHA
from rl_training.ratings.matches import Planned, Result
from rl_training.ratings.record import Player, Ratings
from rl_training.ratings.strength import ordered, rate_many

DEFAULT_POINTS = 1.0
"""Rating points that a model may lose; about 4 % of the points against an equal opponent."""

Verdict = Literal["ok", "tolerated", "chance", "worse"]
_ME = "\0"


@dataclass(frozen=True)
class RatingCheck:
    """What the gate says.

    Attributes:
        verdict: ok: not lower; tolerated: lower by no more than the tolerance; chance: lower by
            more, but that may be chance; worse: lower by more, and not by chance. The last fails.
        current, baseline: names of the players.
        rating, rating_ci95: of the current model.
        baseline_rating, baseline_rating_ci95: of the baseline's.
        drop: of the rating over the meetings that both played; negative: it rose.
        p_value: probability of such a drop, or a larger one, between models that are alike.
        meetings: that both played.
        tolerance: points that may be lost.
        alpha: probability of a false alarm.
    """

    verdict: Verdict
    current: str
    baseline: str
    rating: float
    rating_ci95: tuple[float, float]
    baseline_rating: float
    baseline_rating_ci95: tuple[float, float]
    drop: float
    p_value: float
    meetings: int
    tolerance: float
    alpha: float

    @property
    def passed(self) -> bool:
        """Whether the rating is not lower, or only by chance."""
        return self.verdict != "worse"

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {"passed": self.passed, **asdict(self)}


def check_rating(
    current: Ratings,
    baseline: Ratings,
    tolerance: float = DEFAULT_POINTS,
    alpha: float = DEFAULT_ALPHA,
    player: str = "",
    exchanges: int = 2000,
) -> RatingCheck:
    """Compare a place on a ladder with an earlier one.

    Args:
        current: the place in question.
        baseline: the earlier one.
        tolerance: points that may be lost, at least 0.
        alpha: in (0, 1).
        player: whose place, where several were placed at once; empty: there is one.
        exchanges: how many are drawn, at least 1.

    Raises:
        ConfigError: a value is out of range.
        UsageError: they are no places on the same ladder, or have no meeting in common.
    """
    if not 0.0 <= tolerance < float("inf"):
        raise ConfigError(f"tolerance must be at least 0; found {tolerance}")
    if not 0.0 < alpha < 1.0:
        raise ConfigError(f"alpha must be in (0, 1); found {alpha}")
    now, before = _placed(current, player, "current"), _placed(baseline, player, "baseline")
    if current.ladder != baseline.ladder:
        raise UsageError(
            "the two were placed on different ladders, so their ratings cannot be compared: place "
            "both with spacetime-rl rate --ladder on the same one"
        )
    mine, theirs = _of(current, now.name), _of(baseline, before.name)
    common = [match for match in mine if match in theirs]
    results = ordered([mine[match] for match in common])
    if not results:
        raise UsageError("the two have no start in common: place both from the same starts")
    rng = np.random.default_rng(0)
    new = np.array([each.of(_ME) for each in results])
    old = np.array([theirs[each.match].of(_ME) for each in results])
    known = current.fixed()
    # Both matches of a meeting stand beside each other.
    swaps = np.repeat(rng.random((exchanges, len(results) // 2)) < 0.5, 2, axis=1)
    ours = rate_many(results, known, np.vstack([new, np.where(swaps, old, new)]))
    other = rate_many(results, known, np.vstack([old, np.where(swaps, new, old)]))
    drops = other - ours
    drop = float(drops[0])
    p_value = float((1 + np.sum(drops[1:] >= drop - 1e-9)) / (1 + exchanges))
    return RatingCheck(
        verdict=_verdict(drop, tolerance, p_value, alpha),
        current=now.name,
        baseline=before.name,
        rating=_number(now.mu),
        rating_ci95=(_number(now.low), _number(now.high)),
        baseline_rating=_number(before.mu),
        baseline_rating_ci95=(_number(before.low), _number(before.high)),
        drop=drop,
        p_value=p_value,
        meetings=len(results) // 2,
        tolerance=tolerance,
        alpha=alpha,
    )


def _verdict(drop: float, tolerance: float, p_value: float, alpha: float) -> Verdict:
    if drop <= 0.0:
        return "ok"
    if drop <= tolerance:
        return "tolerated"
    return "worse" if p_value < alpha else "chance"


def _placed(ratings: Ratings, name: str, what: str) -> Player:
    placed = {each.name: each for each in ratings.players if not each.fixed}
    if not ratings.ladder or not placed:
        raise UsageError(f"the {what} file is no place on a ladder: spacetime-rl rate --ladder")
    if not name and len(placed) > 1:
        raise UsageError(
            f"several players were placed in the {what} file: choose one with --player: "
            f"{', '.join(placed)}"
        )
    if name and name not in placed:
        raise UsageError(f"nobody called {name!r} was placed in the {what} file."
                         f"{nearest(name, placed)} It has: {', '.join(placed)}")  # fmt: skip
    found = placed[name] if name else next(iter(placed.values()))
    if found.mu is None:
        raise UsageError(f"{found.name!r} of the {what} file has played no whole meeting yet")
    return found


def _of(ratings: Ratings, name: str) -> Mapping[Planned, Result]:
    """Return a player's results by match, under one name for all."""
    found = {}
    for result in ratings.results:
        if name in result.match[:2]:
            sides = [_ME if each == name else each for each in result.match[:2]]
            match = Planned(sides[0], sides[1], result.match.start)
            found[match] = Result(match, result.scores, result.decisions)
    return found


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
