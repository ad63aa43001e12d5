"""How policies learn: a learner by name.

`register(name, learner)` adds one; `registry.learner_class(name)` finds it. Names are loaded when
they are used, since a learner needs torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rl_training.lazy_names import lazy_names

if TYPE_CHECKING:
    from rl_training.algorithms.imitation.call import (
        BehavioralCloning,
        train_behavioral_cloning,
    )
    from rl_training.algorithms.learner import Actor, Learner
    from rl_training.algorithms.registry import algorithm_names, learner_class, register
    from rl_training.algorithms.trained_policy import TrainedPolicy, train_policy

__all__ = [
    "Actor",
    "BehavioralCloning",
    "Learner",
    "TrainedPolicy",
    "algorithm_names",
    "learner_class",
    "register",
    "train_behavioral_cloning",
    "train_policy",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Actor": "rl_training.algorithms.learner",
        "BehavioralCloning": "rl_training.algorithms.imitation.call",
        "Learner": "rl_training.algorithms.learner",
        "TrainedPolicy": "rl_training.algorithms.trained_policy",
        "algorithm_names": "rl_training.algorithms.registry",
        "learner_class": "rl_training.algorithms.registry",
        "register": "rl_training.algorithms.registry",
        "train_behavioral_cloning": "rl_training.algorithms.imitation.call",
        "train_policy": "rl_training.algorithms.trained_policy",
    },
)
