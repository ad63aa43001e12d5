"""Dreamer: a policy that learns in the imagination of a world model; docs/world_models.md.

Names are loaded when they are used: the parts come from torchrl, an optional package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rl_training.lazy_names import lazy_names

if TYPE_CHECKING:
    from rl_training.algorithms.dreamer.dreamer import Dreamer
    from rl_training.algorithms.dreamer.offline import DreamerTrainer, train_dreamer

__all__ = ["Dreamer", "DreamerTrainer", "train_dreamer"]

_HERE = "rl_training.algorithms.dreamer"

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Dreamer": f"{_HERE}.dreamer",
        "DreamerTrainer": f"{_HERE}.offline",
        "train_dreamer": f"{_HERE}.offline",
    },
)
