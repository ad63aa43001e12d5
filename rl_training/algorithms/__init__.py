"""How policies learn: a learner by name.

`register(name, learner)` adds one; `registry.learner_class(name)` finds it. Names are loaded when
they are used, since a learner needs torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rl_training.lazy_names import lazy_names

if TYPE_CHECKING:
    from rl_training.algorithms.learner import Actor, Learner
    from rl_training.algorithms.registry import algorithm_names, learner_class, register

__all__ = ["Actor", "Learner", "algorithm_names", "learner_class", "register"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Actor": "rl_training.algorithms.learner",
        "Learner": "rl_training.algorithms.learner",
        "algorithm_names": "rl_training.algorithms.registry",
        "learner_class": "rl_training.algorithms.registry",
        "register": "rl_training.algorithms.registry",
    },
)
