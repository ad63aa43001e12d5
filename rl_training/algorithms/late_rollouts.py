"""Learning from the rollouts that are there, while the slowest actors still play.

Called by `free_collection` for `--stale_rollouts`. An actor that is late plays on with the policy
that it was given; its rollout is learned from at the next update, or the one after. How old a
rollout may be is bounded, so the learner waits for nobody but those who would pass that bound
(Ho et al., "More Effective Distributed ML via a Stale Synchronous Parallel Parameter Server",
2013). Probabilities are those of the policy that played, so PPO clips the ratio to that one; all
values are those of the critic that learns, of every observation of the rollout and of its last.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecMonitor, VecNormalize

from rl_training.envs.playing.draws import Draws
from rl_training.envs.playing.sheet import Arrays
from rl_training.envs.playing.whole_rollout import Played, Score
from rl_training.envs.seats import SeatMonitor

Flags = npt.NDArray[np.bool_]

# Of the actors, one in so many may be late in an update, and one where there are fewer.
_MAY_BE_LATE = 4
# From so many versions on, actors play on while the learner learns.
_PLAYS_ON = 2


@runtime_checkable
class LateRollouts(Protocol):
    """Engines whose rollouts are begun and taken one by one."""

    @property
    def actor_rows(self) -> Sequence[tuple[slice, list[slice]]]:
        """Rows of each actor, and of each of its engines."""

    @property
    def playing(self) -> Mapping[int, int]:
        """Actors that play a rollout now, or whose rollout was not taken, to its version."""

    def begin(self, actors: Iterable[int], score: Score, draws: Draws, before: Arrays) -> None:
        """Have idle actors play a rollout; does not wait for it.

        Args:
            actors: which.
            score: what they are played by.
            draws: the random numbers of all agents.
            before: key to (agents, ...), what the engines told last.
        """

    def arrived(self, *, wait: bool) -> Iterator[tuple[int, Played]]:
        """Yield actors and their rollouts that are there.

        Args:
            wait: until there is one; it may still yield none, and is asked again then.
        """


@dataclass
class Staleness:
    """How old rollouts may be, and how old those of the last update were.

    Attributes:
        most: a rollout's policy may be so many versions older than the one that learns from it.
        version: of the policy that acts now: updates since the process began.
        ages: of the rollouts of the last update, in versions.
        late: actors whose rollouts were not there.
    """

    most: int
    version: int = 0
    ages: list[int] = field(default_factory=list)
    late: int = 0

    @property
    def plays_on(self) -> bool:
        """Whether actors begin the next rollout before the learner has learned from the last."""
        return self.most >= _PLAYS_ON

    def must_wait(self, playing: Mapping[int, int], there: int) -> bool:
        """Return whether an update needs another rollout.

        Args:
            playing: actors that still play, to the version that plays.
            there: rollouts that are there.
        """
        if any(self.version - version >= self.most for version in playing.values()):
            return True
        actors = len(playing) + there
        return bool(playing) and there < max(1, actors - max(1, actors // _MAY_BE_LATE))

    def record(self, log: Logger) -> None:
        """Log how old the rollouts of the last update were."""
        for age in self.ages:
            log.record_mean("cluster/staleness_mean", age)
        log.record("cluster/staleness_max", max(self.ages))
        log.record_mean("cluster/late_actors", self.late)


def gather(
    engines: LateRollouts, age: Staleness, score: Score, draws: Draws, before: Arrays
) -> dict[int, Played]:
    """Let idle actors play, and return the rollouts of an update: those that are there.

    Args:
        engines: that play.
        age: says whom to wait for; it is told what came.
        score: what idle actors are played by; its version is `age`'s.
        draws: the random numbers of all agents.
        before: key to (agents, ...), what the engines told last.

    Returns:
        Actor to its rollout, at least one.
    """
    actors = range(len(engines.actor_rows))
    engines.begin([actor for actor in actors if actor not in engines.playing], score, draws, before)
    there: dict[int, Played] = {}
    while age.must_wait(engines.playing, len(there)):
        there.update(engines.arrived(wait=True))
    there.update(engines.arrived(wait=False))
    age.ages = [age.version - there[actor].version for actor in sorted(there)]
    age.late = len(actors) - len(there)
    return there


@contextlib.contextmanager
def left_out(
    late: Flags, monitor: VecMonitor | None, normalise: VecNormalize | None
) -> Iterator[None]:
    """Leave late agents as they are, in the statistics of episodes and returns, for the block.

    Args:
        late: (agents,) bool.
        monitor: of the environment.
        normalise: of the environment.
    """
    seats = None
    if monitor is not None:
        returned, lengths = monitor.episode_returns[late], monitor.episode_lengths[late]
        seats = monitor.empty_seats if isinstance(monitor, SeatMonitor) else None
    if normalise is not None:
        discounted = normalise.returns[late]
    yield
    if monitor is not None:
        monitor.episode_returns[late], monitor.episode_lengths[late] = returned, lengths
        if isinstance(monitor, SeatMonitor) and monitor.empty_seats is not None:
            now = monitor.empty_seats.copy()
            now[late] = False if seats is None else seats[late]
            monitor.empty_seats = now if now.any() else None
    if normalise is not None:
        normalise.returns[late] = discounted
