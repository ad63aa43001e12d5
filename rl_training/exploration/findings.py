"""What was found: sightings of one episode, and findings, which are sightings of one kind and key.

Detectors make sightings, the explorer counts them in a `FindingBook`, `confirm` plays them again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rl_training.engine.log_messages import message_key
from rl_training.exploration.trail import Trail

MOST_OF_A_KIND = 50
"""Different findings of one kind that are kept; further ones are only counted."""
MOST_CANDIDATES = 24
"""Trails that are kept of a finding which is not certain."""
SLOW_TICKS = frozenset({"slow_frame", "slow_physics"})
"""Kinds that say that a tick took too long, the explorer's own and the performance monitor's."""
CLOCKED = SLOW_TICKS | {"slow_chunk"}
"""Kinds that come of a clock: what else the machine does shows in them too."""


@dataclass(frozen=True)
class Sighting:
    """A detector saw something in one episode.

    Attributes:
        kind: in snake_case: "tunnelling", "script_error", "stuck".
        message: one line for people.
        decision: of the episode, from 0; -1: its beginning.
        where: sets findings of one kind and message apart, e.g. a place; may be empty.
        data: what else is known, JSON values.
        certain: False: another arena of the same engine may be the cause, or the time may be
            noise. Such a finding counts when it is seen again in a replay.
        weight: of several sightings those of the largest weight are looked at again.
    """

    kind: str
    message: str
    decision: int
    where: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    certain: bool = True
    weight: float = 0.0

    @property
    def key(self) -> str:
        """What equal sightings share: kind, message without its numbers, place."""
        return "|".join((self.kind, message_key(self.message), self.where))


@dataclass
class Finding:
    """All sightings with one key.

    Attributes:
        id: short, for file names and lists of known findings: the same in every run.
        first: the first sighting.
        step: decisions of all arenas together until then.
        episode: number of the episode, from 0.
        way: how it was played.
        trail: the shortest that led to it.
        candidates: weights and trails that may lead to it, where it is not certain.
        count: sightings.
        episodes: in how many episodes.
        confirmed: seen again when the trail was played anew; None: it was not tried.
        times: times of the tick in ms when it was played again, for slow ones.
        replay: file of the recording; empty: there is none.
        identical: whether a replay of that recording was bit-identical; None: not tried.
        known: stands in the list of known findings.
        note: why it is not confirmed, or what else to know.
        job: which of several jobs saw it first; `step` and `episode` are numbers of that job.
    """

    id: str
    first: Sighting
    step: int
    episode: int
    way: str
    trail: Trail
    candidates: list[tuple[float, Trail]]
    count: int = 1
    episodes: int = 1
    confirmed: bool | None = None
    times: tuple[float, ...] = ()
    replay: str = ""
    identical: bool | None = None
    known: bool = False
    note: str = ""
    job: int = 0

    @property
    def kind(self) -> str:
        """Its kind."""
        return self.first.kind

    @property
    def counts(self) -> bool:
        """Whether it is told as found: seen for certain, or seen again."""
        return self.confirmed is True or (self.confirmed is None and self.first.certain)


def finding_id(sighting: Sighting) -> str:
    """Return a finding's id: its kind and six digits of its key's hash."""
    return f"{sighting.kind}_{hashlib.sha256(sighting.key.encode()).hexdigest()[:6]}"


class FindingBook:
    """Counts sightings by key."""

    def __init__(self) -> None:
        self.findings: dict[str, Finding] = {}
        self.left_out: dict[str, int] = {}
        self._seen_in: dict[str, set[int]] = {}

    def add(self, seen: Sighting, trail: Trail, *, step: int, episode: int, way: str) -> bool:
        """Take a sighting.

        Args:
            seen: what was seen.
            trail: that led to it.
            step: decisions of all arenas until now.
            episode: number of the episode.
            way: how it is played.

        Returns:
            Whether it is a new finding.
        """
        key = seen.key
        known = self.findings.get(key)
        if known is None:
            if sum(each.kind == seen.kind for each in self.findings.values()) >= MOST_OF_A_KIND:
                self.left_out[seen.kind] = self.left_out.get(seen.kind, 0) + 1
                return False
            self.findings[key] = Finding(
                finding_id(seen), seen, step, episode, way, trail, [(seen.weight, trail)]
            )
            self._seen_in[key] = {episode}
            return True
        known.count += 1
        # Arenas take turns, so an episode that was seen before may come again.
        if episode not in self._seen_in[key]:
            self._seen_in[key].add(episode)
            known.episodes += 1
        if seen.certain and not known.first.certain:
            known.first = seen
            known.trail = trail
        elif len(trail) < len(known.trail) and seen.certain == known.first.certain:
            known.trail = trail
        known.candidates.append((seen.weight, trail))
        if len(known.candidates) > 2 * MOST_CANDIDATES:
            known.candidates.sort(key=lambda each: -each[0])
            del known.candidates[MOST_CANDIDATES:]
        return False

    def in_order(self) -> list[Finding]:
        """Return the findings, those found first at the beginning."""
        return sorted(self.findings.values(), key=lambda each: (each.step, each.id))
