"""Which seed the next reset sends: shared by both environments."""

from __future__ import annotations

import secrets

from rl_training.errors import ConfigError
from rl_training.limits import MAX_SEED


class SeedKeeper:
    """Holds a seed until the next reset takes it.

    Args:
        seed: for the first reset, in [0, 2**31); so that a fresh environment and a reseeded one
            play the same episodes.
    """

    def __init__(self, seed: int) -> None:
        self._next: int | None = seed

    def give(self, seed: int | None) -> int:
        """Keep a seed (None: a random one) and return it."""
        chosen = secrets.randbelow(MAX_SEED + 1) if seed is None else int(seed)
        if not 0 <= chosen <= MAX_SEED:
            raise ConfigError(f"seed is {chosen}, expected a whole number from 0 to {MAX_SEED}")
        self._next = chosen
        return chosen

    def take(self) -> int | None:
        """Return the seed that waits, or None to go on with the next episodes."""
        seed, self._next = self._next, None
        return seed
