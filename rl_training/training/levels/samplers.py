"""Choose levels: what all ways share, and the uniform one. Pure: no engine, no learner.

Called by `callback`, which hands levels to arenas and tells what came of them. `learnability` and
`regret` are the other ways.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rl_training.training.levels.known import Floats, KnownLevels, Places, Played
from rl_training.training.levels.stream import Levels, LevelStream

FEWEST = 32
"""Known levels from which on any is chosen by score."""


class LevelSampler(ABC):
    """Chooses levels and remembers what came of them.

    Args:
        stream: new levels.
        count: levels that are known at most.
        half_life: timesteps after which an outcome counts half.
        seed: of its random numbers.

    Attributes:
        known: the levels that it knows.
        needs_success: it cannot do without `is_success`.
        needs_scores: it cannot do without `Played.score`.
    """

    needs_success = False
    needs_scores = False

    def __init__(self, stream: LevelStream, count: int, half_life: float, seed: int) -> None:
        self.known = KnownLevels(count, half_life)
        self._stream = stream
        self._random = np.random.Generator(np.random.PCG64(seed))
        self._episodes = 0

    @abstractmethod
    def draw(self, count: int, now: int) -> Levels:
        """Return the levels of `count` episodes that are played at the same time.

        Args:
            count: at least 1.
            now: timesteps of the run.

        Returns:
            (count,) int64 in [0, 2^31); the chosen ones differ while enough are known.
        """

    def record(self, played: Sequence[Played], now: int) -> None:
        """Take in what came of episodes that have ended.

        Args:
            played: of all agents; the score of a level is the mean over its episodes in it.
            now: timesteps of the run.
        """
        of_level: dict[int, list[Played]] = {}
        for each in played:
            of_level.setdefault(each.level, []).append(each)
        for level, episodes in of_level.items():
            self._episodes += len(episodes)
            self._record(level, episodes, now)

    @abstractmethod
    def _record(self, level: int, episodes: Sequence[Played], now: int) -> None:
        """Take in what came of one level's episodes."""

    def success_mean(self, now: int) -> float | None:
        """Return the mean success rate of known levels that were played; None: nothing known."""
        successes, outcomes = self.known.outcomes(now)
        seen = outcomes > 0.0
        return float((successes[seen] / outcomes[seen]).mean()) if seen.any() else None

    def score_mean(self, now: int) -> float | None:
        """Return the mean score of the known levels; None where they have none."""
        return None

    def state(self) -> dict[str, Any]:
        """Return what a resumed run needs, as JSON; `restore` makes it the same to the bit."""
        return {
            "known": self.known.state(),
            "position": self._stream.position,
            "episodes": self._episodes,
            "random": self._random.bit_generator.state,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` gave.

        Raises:
            ValueError, KeyError, TypeError: it is damaged.
        """
        self.known.restore(state["known"])
        self._stream.position = int(state["position"])
        self._episodes = int(state["episodes"])
        self._random.bit_generator.state = state["random"]

    def _note(self, place: int, episodes: Sequence[Played], now: int) -> None:
        for each in episodes:
            if each.success is not None:
                self.known.count(place, each.success, now)
        self.known.played_at[place] = self._episodes


class Uniform(LevelSampler):
    """Chooses each of the known levels alike; there are no others."""

    def __init__(self, stream: LevelStream, count: int, half_life: float, seed: int) -> None:
        super().__init__(stream, count, half_life, seed)
        for level in stream.take(count).tolist():
            if level not in self.known:
                self.known.add(level)

    def draw(self, count: int, now: int) -> Levels:
        """See `LevelSampler`."""
        size = len(self.known)
        places = self._random.choice(size, count, replace=count > size)
        return self.known.levels[places]

    def _record(self, level: int, episodes: Sequence[Played], now: int) -> None:
        if level in self.known:
            self._note(self.known.place(level), episodes, now)


class ScoringSampler(LevelSampler):
    """Plays new levels and keeps those that score best; replays some of them.

    Args:
        stream, count, half_life, seed: see `LevelSampler`.
        share: of the episodes that are replays.
    """

    def __init__(
        self, stream: LevelStream, count: int, half_life: float, seed: int, share: float
    ) -> None:
        super().__init__(stream, count, half_life, seed)
        self._share = share
        # While episodes are recorded and no further level fits: the scores of all.
        self._current: Floats | None = None

    def draw(self, count: int, now: int) -> Levels:
        """See `LevelSampler`."""
        wanted = self._random.random(count) < self._share
        enough = len(self.known) >= min(FEWEST, self.known.capacity)
        replays = min(int(wanted.sum()), len(self.known)) if enough else 0
        levels = np.empty(count, np.int64)
        replayed = np.zeros(count, np.bool_)
        replayed[np.flatnonzero(wanted)[:replays]] = True
        if replays:
            levels[replayed] = self.known.levels[self._choose(replays, now)]
        levels[~replayed] = self._stream.take(count - replays)
        return levels

    def score_mean(self, now: int) -> float | None:
        """See `LevelSampler`."""
        return float(self._scores(now).mean()) if len(self.known) else None

    def record(self, played: Sequence[Played], now: int) -> None:
        """See `LevelSampler`."""
        super().record(played, now)
        self._current = None

    @abstractmethod
    def _scores(self, now: int) -> Floats:
        """Return the score of each known level at this time: (n,)."""

    @abstractmethod
    def _score_at(self, place: int, now: int) -> float:
        """Return the same of one level."""

    @abstractmethod
    def _choose(self, count: int, now: int) -> Places:
        """Return the places of `count` different known levels."""

    @abstractmethod
    def _score_of_new(self, episodes: Sequence[Played], now: int) -> float | None:
        """Return the score of a level that was not known; None: it cannot have one."""

    def _record(self, level: int, episodes: Sequence[Played], now: int) -> None:
        known = self.known
        if level in known:
            place = known.place(level)
        else:
            score = self._score_of_new(episodes, now)
            if score is None:
                return
            worst: int | None = None
            if known.is_full:
                if self._current is None:
                    self._current = np.array(self._scores(now))
                worst = int(self._current.argmin())
                if score <= self._current[worst]:
                    return
            place = known.add(level, worst)
        self._note(place, episodes, now)
        if self._current is not None:
            self._current[place] = self._score_at(place, now)
