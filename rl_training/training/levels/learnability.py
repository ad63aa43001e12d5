"""Choose levels that the policy sometimes solves and sometimes does not.

The score is p(1-p) of a level's success rate p: Rutherford et al., "No Regrets: Investigating and
Improving Regret Approximations for Curriculum Discovery" (NeurIPS 2024, arXiv 2408.15099). They
roll out 5,000 new levels now and then, keep the 100 of the best score, and train half on those,
each alike. Here nothing is rolled out besides: the training's own episodes are counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rl_training.training.levels.known import Floats, Places, Played
from rl_training.training.levels.samplers import ScoringSampler
from rl_training.training.levels.stream import LevelStream

_PRIOR = 1.0
"""Outcomes that the success rate of new levels weighs as much as, in the estimate of one level."""
# A success and a failure at first: nothing is known of new levels.
_UNKNOWN = (1.0, 1.0)


class Learnability(ScoringSampler):
    """Chooses among the levels of largest p(1-p), each alike.

    p is not known but counted, from few episodes that fade with time as the policy changes. So the
    score is what p(1-p) is expected to be: with a Beta distribution round the success rate of new
    levels before the first outcome (a + b = 1, a that rate), it is ab / ((a+b)(a+b+1)) with the
    successes added to a and the failures to b. A level that was
    played once and lost is not written off, and one that was not played for long is as good as new.

    Args:
        stream, count, half_life, seed, share: see `ScoringSampler`.
        best: share of the known levels among which is chosen.
    """

    needs_success = True

    def __init__(
        self,
        stream: LevelStream,
        count: int,
        half_life: float,
        seed: int,
        share: float,
        best: float,
    ) -> None:
        super().__init__(stream, count, half_life, seed, share)
        self._best = best
        # Faded successes and outcomes of new levels, and when they were counted.
        self._new = (0.0, 0.0, 0.0)

    def new_success(self, now: int) -> float:
        """Return the success rate of new levels, in (0, 1)."""
        successes, outcomes, at = self._new
        faded = float(self.known.faded(now - at))
        return (successes * faded + _UNKNOWN[0]) / (outcomes * faded + sum(_UNKNOWN))

    def _scores(self, now: int) -> Floats:
        scores: Floats = self._expected(*self.known.outcomes(now), now)
        return scores

    def _score_at(self, place: int, now: int) -> float:
        return float(self._expected(*self.known.outcomes_at(place, now), now))

    def _expected(self, successes: Any, outcomes: Any, now: int) -> Any:
        prior = self.new_success(now)
        a = _PRIOR * prior + successes
        b = _PRIOR * (1.0 - prior) + (outcomes - successes)
        return a * b / ((a + b) * (a + b + 1.0))

    def _choose(self, count: int, now: int) -> Places:
        size = len(self.known)
        among = min(size, max(count, round(self._best * size)))
        # Equal scores in random order, or the oldest levels would always win.
        order = np.lexsort((self._random.random(size), -self._scores(now)))
        return self._random.permutation(order[:among])[:count]

    def _score_of_new(self, episodes: Sequence[Played], now: int) -> float | None:
        told = [each.success for each in episodes if each.success is not None]
        if not told:
            return None
        successes, outcomes, at = self._new
        faded = float(self.known.faded(now - at))
        self._new = (successes * faded + sum(told), outcomes * faded + len(told), float(now))
        return float(self._expected(float(sum(told)), float(len(told)), now))

    def state(self) -> dict[str, Any]:
        """See `LevelSampler`."""
        return {**super().state(), "new": list(self._new)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """See `LevelSampler`."""
        super().restore(state)
        successes, outcomes, at = (float(each) for each in state["new"])
        self._new = (successes, outcomes, at)
