"""How policies learn: a learner by name.

`register(name, learner)` adds one; `registry.learner_class(name)` finds it.
"""

from rl_training.algorithms.learner import Actor, Learner
from rl_training.algorithms.registry import algorithm_names, learner_class, register

__all__ = ["Actor", "Learner", "algorithm_names", "learner_class", "register"]
