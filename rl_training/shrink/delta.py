"""Delta debugging over a list of actions: find a short and simple one that still shows the bug.

After Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input" (IEEE TSE 28(2),
2002, doi:10.1109/32.988498): chunks are removed, large ones first, until nothing can be left out.
Here candidates are tried many at once, so a round tries all chunks of a size, and then what worked
of them together; and what is left is made simple: actions are replaced by doing nothing or by the
action before. Nothing here knows an engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

Row = tuple[float, ...]
"""The numbers of one decision's action; zeros: doing nothing."""
Actions = tuple[Row, ...]
Check = Callable[[Sequence[Actions]], Sequence[int | None]]
"""Plays lists of actions; of each, the number of decisions until the bug appeared, or None."""
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Shrunk:
    """What is left.

    Attributes:
        actions: the shortest list that was found, which shows the bug in its last decision.
        tried: candidates that were played.
        rounds: times that a batch of candidates was played.
        is_minimal: no single decision can be left out; else the budget was used up.
        lengths: of the best list, after each round that made it better.
    """

    actions: Actions
    tried: int
    rounds: int
    is_minimal: bool
    lengths: tuple[int, ...] = ()


@dataclass
class _Search:
    check: Check
    budget: int
    progress: Progress
    best: Actions = ()
    tried: int = 0
    rounds: int = 0
    known: set[Actions] = field(default_factory=set)
    lengths: list[int] = field(default_factory=list)

    def attempt(self, candidates: Iterable[Actions]) -> dict[Actions, Actions]:
        """Play those that are new and simpler; return the ones that work, each cut at the bug."""
        new: list[Actions] = []
        for each in dict.fromkeys(candidates):
            if each and each not in self.known and weight(each) < weight(self.best):
                new.append(each)
        new = new[: max(0, self.budget - self.tried)]
        if not new:
            return {}
        self.known.update(new)
        self.tried += len(new)
        self.rounds += 1
        found = self.check(new)
        return {each: each[:end] for each, end in zip(new, found, strict=True) if end is not None}

    def take(self, working: Iterable[Actions]) -> bool:
        """Keep the simplest of those that work; False: none is simpler than the best."""
        best = min(working, key=weight, default=self.best)
        if weight(best) >= weight(self.best):
            return False
        self.best = best
        self.lengths.append(len(best))
        self.progress(f"{len(best)} decisions, {changes(best)} changes, {self.tried} tried")
        return True

    @property
    def is_spent(self) -> bool:
        return self.tried >= self.budget


def weight(actions: Actions) -> tuple[int, int, int]:
    """Return how long and how intricate a list is: what shrinking makes smaller, in this order."""
    busy = sum(1 for row in actions for value in row if value != 0.0)
    return len(actions), changes(actions), busy


def changes(actions: Actions) -> int:
    """Return how many stretches of equal actions there are."""
    return sum(1 for i, row in enumerate(actions) if i == 0 or row != actions[i - 1])


def shrink(
    actions: Actions, check: Check, budget: int = 4000, progress: Progress = lambda _line: None
) -> Shrunk | None:
    """Shrink a list of actions.

    Args:
        actions: of an episode that shows the bug.
        check: see `Check`; the same list always gives the same answer.
        budget: candidates to play at most, >= 1.
        progress: told a line when the list became simpler.

    Returns:
        What is left; None: the list as given does not show the bug.
    """
    first = check([actions])[0]
    if first is None:
        return None
    search = _Search(check, budget, progress, best=actions[:first], tried=1, rounds=1)
    search.lengths.append(first)
    minimal = False
    while not search.is_spent:
        before = weight(search.best)
        is_minimal = _remove(search)
        _simplify(search)
        if weight(search.best) == before:
            # Nothing was simplified since, so what could not be left out still cannot be.
            minimal = is_minimal
            break
    return Shrunk(search.best, search.tried, search.rounds, minimal, tuple(search.lengths))


def _remove(search: _Search) -> bool:
    """Leave out chunks, large ones first; return whether no single decision can be left out."""
    size = max(1, len(search.best) // 2)
    while True:
        worked = _pass(search, size, _without)
        if search.is_spent:
            return False
        if worked:
            size = min(size, max(1, len(search.best) // 2))
        elif size == 1:
            return True
        else:
            size //= 2


def _simplify(search: _Search) -> None:
    for replace in (_neutral, _held, *(_quiet(i) for i in range(len(search.best[0])))):
        size = max(1, len(search.best) // 2)
        while not search.is_spent:
            if _pass(search, size, replace):
                continue
            if size == 1:
                break
            size //= 2


Change = Callable[[Actions, int, int], Actions]


def _pass(search: _Search, size: int, change: Change) -> bool:
    """Change every chunk of a size alone, then those that work together; return whether one did."""
    base = search.best
    changed: dict[Actions, tuple[int, int]] = {}
    for start in range(0, len(base), size):
        place = (start, min(start + size, len(base)))
        changed.setdefault(change(base, *place), place)
    working = search.attempt(changed)
    places = [changed[candidate] for candidate in working]
    cut = list(working.values())
    if len(places) > 1:
        cut += search.attempt(_together(base, places, change)).values()
    return search.take(cut)


def _together(
    base: Actions, places: Sequence[tuple[int, int]], change: Change
) -> Iterable[Actions]:
    """Yield lists in which many places are changed: all, each half, each quarter."""
    ordered = sorted(places)
    parts = 1
    while parts <= 4 and len(ordered) // parts > 1:
        step = -(-len(ordered) // parts)
        for first in range(0, len(ordered), step):
            changed = base
            # From the back, so that places in front stay where they are.
            for start, end in reversed(ordered[first : first + step]):
                changed = change(changed, start, end)
            yield changed
        parts *= 2


def _without(actions: Actions, start: int, end: int) -> Actions:
    return actions[:start] + actions[end:]


def _neutral(actions: Actions, start: int, end: int) -> Actions:
    nothing = (0.0,) * len(actions[0])
    return actions[:start] + (nothing,) * (end - start) + actions[end:]


def _held(actions: Actions, start: int, end: int) -> Actions:
    before = actions[start - 1] if start > 0 else actions[min(end, len(actions) - 1)]
    return actions[:start] + (before,) * (end - start) + actions[end:]


def _quiet(column: int) -> Change:
    def quiet(actions: Actions, start: int, end: int) -> Actions:
        chunk = tuple((*row[:column], 0.0, *row[column + 1 :]) for row in actions[start:end])
        return actions[:start] + chunk + actions[end:]

    return quiet
