"""The pool of opponents: who is in it, how the learners fare against each, who is drawn.

Numbers and names only: `callback` loads the files. Who is drawn follows from the seed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rl_training.config.self_play import SelfPlaySettings

WIN, DRAW, LOSS = 1.0, 0.5, 0.0


class OpponentPool:
    """Opponents by name, from the oldest to the newest.

    Args:
        settings: of the run.
        seed: of the draws.

    Attributes:
        names: of those that can be drawn.
    """

    def __init__(self, settings: SelfPlaySettings, seed: int) -> None:
        self.names: list[str] = []
        self._settings = settings
        self._seed = seed
        self._draws = 0
        self._results: dict[str, deque[float]] = {}
        self._played: dict[str, int] = {}

    def add(self, name: str) -> str | None:
        """Add the newest opponent; return the one that has to leave, if any."""
        if name in self.names:
            return None
        self.names.append(name)
        self._results[name] = deque(maxlen=self._settings.window)
        self._played[name] = 0
        if len(self.names) <= self._settings.pool_size:
            return None
        gone = self.names.pop(0)
        del self._results[gone], self._played[gone]
        return gone

    def note(self, name: str, result: float) -> None:
        """Note an episode against an opponent: 1 the learner won, 0 it lost, 0.5 neither did."""
        if name in self._results:
            self._results[name].append(result)
            self._played[name] += 1

    def win_rate(self, name: str) -> float | None:
        """Return the share of its last episodes that the learners won, draws half; None: none."""
        results = self._results[name]
        return sum(results) / len(results) if results else None

    def episodes(self, name: str) -> int:
        """Return how many episodes were played against it, all of the run."""
        return self._played[name]

    def draw(self, arenas: int) -> list[str]:
        """Return who plays in each of so many arenas; empty while nobody is in the pool."""
        if not self.names or arenas < 1:
            return []
        random = np.random.default_rng([self._seed, self._draws])
        self._draws += 1
        if self._settings.sampling == "newest":
            chosen = self._mostly_newest(arenas, random)
        else:
            chosen = self._by_difficulty(arenas, random)
        return [chosen[i] for i in random.permutation(arenas)]

    def difficulty(self, name: str) -> float:
        """Return p(1-p), p being the win rate against it with one win and one loss added.

        p(1-p) is largest where an episode tells most about who is better (the "hard" weighting of
        prioritised fictitious self-play: Vinyals et al. 2019, doi:10.1038/s41586-019-1724-z,
        there called "variance").
        """
        results = self._results[name]
        p = (sum(results) + 1.0) / (len(results) + 2.0)
        return p * (1.0 - p)

    def state(self) -> dict[str, Any]:
        """Return what a resumed run needs, as JSON can hold it."""
        return {
            "draws": self._draws,
            "opponents": [
                {
                    "name": name,
                    "results": list(self._results[name]),
                    "episodes": self._played[name],
                }
                for name in self.names
            ],
        }

    def restore(self, state: Mapping[str, Any], there: Sequence[str]) -> None:
        """Take over what `state` gave.

        Args:
            state: of an earlier part of the run.
            there: names of opponents that can still be loaded.
        """
        self._draws = int(state.get("draws", 0))
        for row in state.get("opponents", ()):
            name = row["name"]
            if name in there:
                self.add(name)
                self._results[name].extend(row["results"])
                self._played[name] = int(row["episodes"])

    def _mostly_newest(self, arenas: int, random: np.random.Generator) -> list[str]:
        newest, past = self.names[-1], self.names[:-1]
        wanted = min(self._settings.opponents - 1, len(past))
        of_past = arenas - round(self._settings.newest_share * arenas) if wanted else 0
        if not of_past:
            return [newest] * arenas
        drawn = random.choice(len(past), size=min(wanted, of_past), replace=False)
        others = [past[i] for i in drawn]
        return [newest] * (arenas - of_past) + _shared(others, of_past)

    def _by_difficulty(self, arenas: int, random: np.random.Generator) -> list[str]:
        weights = np.array([self.difficulty(name) for name in self.names])
        count = min(self._settings.opponents, len(self.names), arenas)
        drawn = random.choice(len(self.names), size=count, replace=False, p=weights / weights.sum())
        return _shared([self.names[i] for i in drawn], arenas)


def _shared(names: Sequence[str], places: int) -> list[str]:
    return [names[i % len(names)] for i in range(places)]
