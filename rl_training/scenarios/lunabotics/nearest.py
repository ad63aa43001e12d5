"""The five nearest of sixteen, for all worlds at once: a sorting network of minima and maxima.

Called by the frustum sensor. Distances are sorted as integers: bits of positive floats stand in the
order of their values. The last five bits give way to the slot's number, so distances are read to
four parts in a million, and those that agree so far stand in the order of their slots.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.scenarios.lunabotics.constants import NEAREST, SLOTS

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

ROWS = SLOTS + 1
"""Slots, and one that stands for what is not seen."""
_BITS = np.int32(31)
_HIDDEN = np.int32(0x7F800000 | SLOTS)
"""Key of what is not seen: the bits of infinity, and the slot that stands for it."""
_SIGN = np.int32(31)
_KINDS = 2


class NearestFive:
    """Sorts obstacles and orbs by distance.

    Args:
        n: worlds.
    """

    def __init__(self, n: int) -> None:
        shape = (_KINDS, SLOTS, n)
        self._keys: Ints = np.empty(shape, np.int32)
        self._steps, found = _network(self._keys, np.empty(shape, np.int32))
        self._sorted = found[:, :NEAREST]
        self._mask: Ints = np.empty((SLOTS, n), np.int32)
        self._slots: Ints = np.arange(SLOTS, dtype=np.int32)[:, None]
        self._flat = np.empty((_KINDS, NEAREST, n), np.intp)
        # Where the first slot of each world stands in a flattened (kinds, ROWS, n) array.
        self._base = np.arange(_KINDS)[:, None, None] * ROWS * n + np.arange(n)
        self._n = n
        self._bits: Ints = np.empty((_KINDS, NEAREST, n), np.int32)

    def clear(self, used: int) -> None:
        """Say that obstacle slots from `used` on hold nothing."""
        self._keys[0, used:] = _HIDDEN

    def put(self, kind: int, rows: slice, distance: Floats, room: Floats) -> None:
        """Take distances of some slots.

        Args:
            kind: 0 obstacles, 1 orbs.
            rows: the slots, from the first on.
            distance: (slots, n) m, at least 0.
            room: of the same shape; negative where something is not seen.
        """
        keys, mask = self._keys[kind, rows], self._mask[rows]
        np.bitwise_and(distance.view(np.int32), ~_BITS, out=keys)
        keys |= self._slots[rows]
        # All bits of a negative number's sign, and of what is not seen, the key of that.
        np.right_shift(room.view(np.int32), _SIGN, out=mask)
        mask &= _HIDDEN
        np.maximum(keys, mask, out=keys)

    def sort(self) -> None:
        """Find the five nearest of each kind."""
        for function, one, two, out in self._steps:
            function(one, two, out=out)
        np.bitwise_and(self._sorted, _BITS, out=self._bits)
        np.multiply(self._bits, self._n, out=self._flat)
        self._flat += self._base

    def distances(self, out: Floats) -> None:
        """Write their distances (kinds, 5, n) in m; infinity where fewer are seen."""
        np.bitwise_and(self._sorted, ~_BITS, out=out.view(np.int32))

    def pick(self, values: Floats, out: Floats) -> None:
        """Write what `values` (kinds, ROWS, n) holds of them to `out` (kinds, 5, n)."""
        np.take(values.reshape(-1), self._flat, out=out, mode="clip")


def _network(keys: Ints, other: Ints) -> tuple[list[tuple[Any, Any, Any, Any]], Ints]:
    """Return a bitonic sorter's steps (function, operand, operand, result), and what it leaves.

    Blocks of 2, 4 and 8 are sorted; of the last merge only the lower half is followed up.
    """
    steps: list[tuple[Any, Any, Any, Any]] = []
    source, target = keys, other
    kinds, slots, n = keys.shape

    def compare(low: Any, high: Any, out_low: Any, out_high: Any) -> None:
        steps.append((np.minimum, low, high, out_low))
        if out_high is not None:
            steps.append((np.maximum, low, high, out_high))

    size = 2
    while size <= slots:
        half = size // 2
        a = source.reshape(kinds, slots // size, size, n)
        b = target.reshape(kinds, slots // size, size, n)
        last = size == slots
        high = None if last else b[:, :, half:][:, :, ::-1]
        compare(a[:, :, :half], a[:, :, half:][:, :, ::-1], b[:, :, :half], high)
        source, target = target, source
        apart = half // 2
        while apart >= 1:
            width = half if last else slots
            a = source[:, :width].reshape(kinds, width // (2 * apart), 2, apart, n)
            b = target[:, :width].reshape(kinds, width // (2 * apart), 2, apart, n)
            compare(a[:, :, 0], a[:, :, 1], b[:, :, 0], b[:, :, 1])
            source, target = target, source
            apart //= 2
        size *= 2
    return steps, source
