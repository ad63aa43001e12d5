"""One exploration of several that played beside each other.

Called by `on_cluster` with what its jobs brought. Findings are told apart by their keys, as in one
exploration; numbers of decisions and episodes stay those of the job that saw a finding first.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence

from rl_training.exploration.archive import Visited
from rl_training.exploration.calibration import Calibration
from rl_training.exploration.explorer import Exploration
from rl_training.exploration.findings import (
    MOST_CANDIDATES,
    MOST_OF_A_KIND,
    Finding,
    FindingBook,
)
from rl_training.exploration.lane import Returns
from rl_training.exploration.request import ExplorationRequest


def merged(
    request: ExplorationRequest, calibration: Calibration, parts: Iterable[Exploration]
) -> Exploration:
    """Return what jobs found together; of one job what it found.

    Args:
        request: of all of them together.
        calibration: that they shared.
        parts: what each job came to, at least one; in any order.
    """
    ordered = sorted(parts, key=lambda part: part.request.job)
    if ordered[0].request.jobs == 1:
        return dataclasses.replace(ordered[0], request=request)
    episodes: Counter[str] = Counter()
    for part in ordered:
        episodes.update(part.episodes)
    return Exploration(
        request=request,
        calibration=calibration,
        book=merged_books([(part.request.job, part.book) for part in ordered]),
        archive=Visited.merged([part.archive for part in ordered]),
        returns=_returns([part.returns for part in ordered]),
        decisions=sum(part.decisions for part in ordered),
        episodes=dict(episodes),
        seconds=max(part.seconds for part in ordered),
        notes=list(dict.fromkeys(note for part in ordered for note in part.notes)),
        stopped=_stopped(ordered),
        arenas=sum(part.arenas for part in ordered),
        shares=tuple(part.decisions for part in ordered),
    )


def merged_books(books: Sequence[tuple[int, FindingBook]]) -> FindingBook:
    """Return one book of those of several jobs.

    Args:
        books: number of each job, and its book. They stay as they are.

    Returns:
        Findings with one key as one: sightings and episodes added up, first seen in the job whose
        own decisions until then were fewest. Of a kind at most `MOST_OF_A_KIND` are kept, those
        that were seen first; the sightings of others are counted.
    """
    found: dict[str, list[Finding]] = {}
    left_out: Counter[str] = Counter()
    for job, book in books:
        left_out.update(book.left_out)
        for key, finding in book.findings.items():
            found.setdefault(key, []).append(dataclasses.replace(finding, job=job))
    whole = FindingBook()
    kept: Counter[str] = Counter()
    together = {key: merged_finding(seen) for key, seen in found.items()}
    for key, finding in sorted(together.items(), key=lambda each: (each[1].step, each[1].id)):
        kept[finding.kind] += 1
        if kept[finding.kind] <= MOST_OF_A_KIND:
            whole.findings[key] = finding
        else:
            left_out[finding.kind] += finding.count
    whole.left_out = dict(left_out)
    return whole


def merged_finding(seen: Sequence[Finding]) -> Finding:
    """Return one finding of those with the same key, at least one.

    A certain sighting stands for all, and of trails that show what it shows the shortest, as within
    one job.
    """
    earliest = min(seen, key=lambda each: (each.step, each.job))
    certain = [each for each in seen if each.first.certain]
    shown = earliest if earliest.first.certain or not certain else certain[0]
    alike = certain or seen
    candidates = [each for finding in seen for each in finding.candidates]
    return dataclasses.replace(
        earliest,
        first=shown.first,
        trail=min(alike, key=lambda each: (len(each.trail), each is not earliest)).trail,
        candidates=sorted(candidates, key=lambda each: -each[0])[:MOST_CANDIDATES],
        count=sum(each.count for each in seen),
        episodes=sum(each.episodes for each in seen),
    )


def _returns(parts: Sequence[Returns]) -> Returns:
    return Returns(
        tried=sum(part.tried for part in parts),
        exact=sum(part.exact for part in parts),
        first_difference=next((p.first_difference for p in parts if p.first_difference), ""),
    )


def _stopped(parts: Sequence[Exploration]) -> str:
    """Return why jobs ended early: all for one reason, or each for its own."""
    reasons = [part.stopped for part in parts]
    if len(set(reasons)) == 1:
        return reasons[0]
    return "; ".join(f"job {part.request.job}: {part.stopped}" for part in parts if part.stopped)
