"""What every Gymnasium face of ours needs, whichever version of Gymnasium is there.

`envs` and the NumPy worlds call it. It imports NumPy and Gymnasium, nothing of ours but limits.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from rl_training.limits import MAX_SEED

if TYPE_CHECKING:
    from gymnasium.vector import AutoresetMode
else:
    try:
        from gymnasium.vector import AutoresetMode
    except ImportError:  # Gymnasium 1.0 has no name for it

        class AutoresetMode(Enum):
            """Gymnasium's names, from 1.1 on."""

            NEXT_STEP = "NextStep"
            SAME_STEP = "SameStep"
            DISABLED = "Disabled"


__all__ = ["AutoresetMode", "engine_seed"]


def engine_seed(seed: int) -> int:
    """Return the seed of an engine or of worlds, in [0, 2**31), for any of Gymnasium's.

    A seed in that range is itself; a larger one is mixed into it.
    """
    if 0 <= seed <= MAX_SEED:
        return int(seed)
    return int(np.random.SeedSequence(seed).generate_state(1)[0]) & MAX_SEED
