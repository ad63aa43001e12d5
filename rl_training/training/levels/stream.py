"""New levels, one after another: the same for the same seed, and never one of an evaluation.

Called by `samplers`. It knows no scene: a level is the seed of an episode, and new levels are the
seeds of a run's numbered episodes (`runs.seeds`), without those that an evaluation plays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

RESERVED = 1 << 20
"""Episodes of each evaluation's seed that are never trained on."""

Levels = NDArray[np.int64]
_Words = NDArray[np.uint64]

_MASK = np.uint64(0xFFFFFFFF)
# The constants of runs.seeds.episode_seed, and their inverses modulo 2^32.
_OF_SEED, _OF_NUMBER = 0x9E3779B1, 0x85EBCA77
_FIRST, _SECOND = 0x7FEB352D, 0x846CA68B
_TOP_BIT = 0x80000000


class LevelStream:
    """Numbers levels.

    Args:
        seed: from which they are numbered, in [0, 2^31).
        reserved: seeds of evaluations, whose first `RESERVED` episodes are left out.

    Attributes:
        position: number of the next one.
    """

    def __init__(self, seed: int, reserved: Sequence[int]) -> None:
        # All of them are left out where an evaluation has the same seed.
        self.position = RESERVED if seed in reserved else 0
        self._seed = seed
        self._reserved = tuple(reserved)

    def take(self, count: int) -> Levels:
        """Return the next `count` levels: (count,) int64 in [0, 2^31)."""
        found: list[Levels] = []
        missing = count
        while missing > 0:
            numbers = np.arange(self.position, self.position + missing, dtype=np.uint64)
            levels = mixed(self._seed, numbers)
            self.position += missing
            fresh = levels[~self.is_reserved(levels)]
            found.append(fresh)
            missing -= len(fresh)
        return np.concatenate(found) if found else np.empty(0, np.int64)

    def is_reserved(self, levels: Levels) -> NDArray[np.bool_]:
        """Return for each level whether an evaluation plays it: (n,) bool."""
        reserved = np.zeros(len(levels), np.bool_)
        for seed in self._reserved:
            for numbers in numbers_of(seed, levels):
                reserved |= numbers < RESERVED
        return reserved


def mixed(seed: int, numbers: _Words) -> Levels:
    """Return `runs.seeds.episode_seed` of many numbers: (n,) int64."""
    x = _wrapped(np.uint64(seed * _OF_SEED & 0xFFFFFFFF) + _times(numbers, _OF_NUMBER))
    x = _times(x ^ (x >> np.uint64(16)), _FIRST)
    x = _times(x ^ (x >> np.uint64(15)), _SECOND)
    x ^= x >> np.uint64(16)
    levels: Levels = (x & np.uint64(0x7FFFFFFF)).astype(np.int64)
    return levels


def numbers_of(seed: int, levels: Levels) -> tuple[_Words, _Words]:
    """Return the two numbers below 2^32 of which `mixed` makes each level: (n,) uint64 each.

    Every step of the mixing can be undone but the last, which drops the highest of 32 bits.
    """
    low = levels.astype(np.uint64)
    first, second = (_unmixed(seed, words) for words in (low, low | np.uint64(_TOP_BIT)))
    return first, second


def _unmixed(seed: int, x: _Words) -> _Words:
    x = x ^ (x >> np.uint64(16))
    x = _times(x, _inverse(_SECOND))
    x = x ^ (x >> np.uint64(15)) ^ (x >> np.uint64(30))
    x = _times(x, _inverse(_FIRST))
    x = x ^ (x >> np.uint64(16))
    return _times(_wrapped(x - np.uint64(seed * _OF_SEED & 0xFFFFFFFF)), _inverse(_OF_NUMBER))


def _times(x: _Words, factor: int) -> _Words:
    # Products of 32 bits fit into 64.
    return _wrapped(_wrapped(x) * np.uint64(factor))


def _wrapped(x: Any) -> _Words:
    words: _Words = x & _MASK
    return words


def _inverse(factor: int) -> int:
    return pow(factor, -1, 1 << 32)
