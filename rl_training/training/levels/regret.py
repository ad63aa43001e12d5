"""Choose levels where the policy is estimated to fall short: prioritised level replay.

Ranks and staleness: Jiang et al., "Prioritized Level Replay" (ICML 2021, arXiv 2010.03934). The
score is an estimate of regret from a rollout's advantages (`advantages`): Jiang et al.,
"Replay-Guided Adversarial Environment Design" (NeurIPS 2021, arXiv 2110.02439), from which come
the bounded memory and the fixed share of replays. Its rule that new levels give no gradient is not
taken: that throws a share of all decisions away.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rl_training.training.levels.known import Floats, Places, Played
from rl_training.training.levels.samplers import ScoringSampler
from rl_training.training.levels.stream import LevelStream


class Regret(ScoringSampler):
    """Chooses by the rank of the newest score, mixed with how long a level was not played.

    The share of a level is (1 - staleness) of rank^(-1/temperature), normalised, and staleness of
    the episodes since it was played, normalised.

    Args:
        stream, count, half_life, seed, share: see `ScoringSampler`.
        temperature: see above, > 0.
        staleness: see above, in [0, 1].
    """

    needs_scores = True

    def __init__(
        self,
        stream: LevelStream,
        count: int,
        half_life: float,
        seed: int,
        share: float,
        temperature: float,
        staleness: float,
    ) -> None:
        super().__init__(stream, count, half_life, seed, share)
        self._temperature = temperature
        self._staleness = staleness

    def shares(self) -> Floats:
        """Return how likely each known level is to be chosen: (n,), their sum 1."""
        size = len(self.known)
        order = np.lexsort((self._random.random(size), -self.known.scores))
        ranks = np.empty(size)
        ranks[order] = np.arange(1, size + 1)
        # Through logarithms: a low temperature takes large powers.
        by_score = np.exp(-np.log(ranks) / self._temperature)
        shares: Floats = (1.0 - self._staleness) * by_score / by_score.sum()
        since = self._episodes - self.known.played_at
        if since.sum() > 0.0:
            shares += self._staleness * since / since.sum()
        shares /= shares.sum()
        return shares

    def _scores(self, now: int) -> Floats:
        return self.known.scores

    def _score_at(self, place: int, now: int) -> float:
        return float(self.known.scores[place])

    def _choose(self, count: int, now: int) -> Places:
        return drawn(self._random, self.shares(), count)

    def _score_of_new(self, episodes: Sequence[Played], now: int) -> float | None:
        return _mean_score(episodes)

    def _note(self, place: int, episodes: Sequence[Played], now: int) -> None:
        super()._note(place, episodes, now)
        score = _mean_score(episodes)
        if score is not None:
            self.known.scores[place] = score


def drawn(random: np.random.Generator, shares: Floats, count: int) -> Places:
    """Draw `count` different places one after another, each as likely as its share of the rest.

    Adding Gumbel noise to logarithms of shares and taking the largest draws without replacement:
    Kool et al., "Stochastic Beams and Where to Find Them" (ICML 2019).
    """
    with np.errstate(divide="ignore"):
        keys = np.log(shares) + random.gumbel(size=len(shares))
    return np.argsort(-keys, kind="stable")[:count]


def _mean_score(episodes: Sequence[Played]) -> float | None:
    scores = [each.score for each in episodes if each.score is not None]
    return sum(scores) / len(scores) if scores else None
