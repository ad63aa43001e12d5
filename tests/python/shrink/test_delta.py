"""Delta debugging finds the shortest list of actions, whatever noise surrounds it."""

from __future__ import annotations

import random
from collections.abc import Sequence

from rl_training.shrink.delta import Actions, Shrunk, changes, shrink, weight

NEEDED = [(1.0, 0.0), (0.0, 2.0), (1.0, 2.0)]


def needs(candidates: Sequence[Actions]) -> list[int | None]:
    """A bug that appears when three actions have come in their order."""
    found: list[int | None] = []
    for actions in candidates:
        seen = 0
        for number, row in enumerate(actions, 1):
            seen += row == NEEDED[seen]
            if seen == len(NEEDED):
                found.append(number)
                break
        else:
            found.append(None)
    return found


def noise(seed: int, length: int = 200) -> Actions:
    rng = random.Random(seed)
    rows = [(float(rng.randint(0, 3)), float(rng.randint(0, 4))) for _ in range(length)]
    for place, row in zip(sorted(rng.sample(range(length), 3)), NEEDED, strict=True):
        rows[place] = row
    return tuple(rows)


def shrunk(seed: int, budget: int = 4000) -> Shrunk:
    found = shrink(noise(seed), needs, budget)
    assert found is not None
    return found


def test_only_what_is_needed_is_left() -> None:
    for seed in range(20):
        found = shrunk(seed)
        assert list(found.actions) == NEEDED
        assert found.is_minimal
        assert found.lengths[-1] == 3
        assert found.tried < 1500


def test_a_list_without_the_bug_is_told() -> None:
    assert shrink(((0.0, 0.0),) * 9, needs) is None


def test_a_spent_budget_gives_the_best_until_then() -> None:
    found = shrunk(3, budget=12)
    assert not found.is_minimal
    assert found.tried <= 12
    assert needs([found.actions]) == [len(found.actions)]


def test_what_cannot_be_left_out_is_made_simple() -> None:
    """A bug that needs ten decisions of walking: what the other stick does is let go."""

    def check(candidates: Sequence[Actions]) -> list[int | None]:
        return [
            10 if len(each) >= 10 and all(row[0] == 1.0 for row in each[:10]) else None
            for each in candidates
        ]

    rng = random.Random(1)
    given = tuple((1.0, float(rng.randint(0, 4))) for _ in range(40))
    found = shrink(given, check)
    assert found is not None
    assert found.actions == ((1.0, 0.0),) * 10
    assert changes(found.actions) == 1


def test_length_counts_before_simplicity() -> None:
    assert weight(((1.0,), (2.0,))) < weight(((0.0,), (0.0,), (0.0,)))
    assert weight(((1.0,), (1.0,))) < weight(((1.0,), (2.0,)))
