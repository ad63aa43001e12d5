"""DAgger with any expert: the student plays, the expert says what it would have done.

It is distillation's loop with another teacher, and may begin with demonstrations.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, cast

import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from rl_training.algorithms.distillation.learner import DistillationLearner, Floats
from rl_training.algorithms.distillation.teacher import Teacher
from rl_training.algorithms.imitation.actions import as_outputs
from rl_training.algorithms.imitation.examples import make_examples
from rl_training.algorithms.imitation.experts import make_expert
from rl_training.config import TrainConfig
from rl_training.config.algorithms import AlgorithmSettings
from rl_training.config.imitation import DaggerSettings
from rl_training.data.readers import read_all
from rl_training.policy_export.layout import flatten


class DaggerLearner(DistillationLearner):
    """A student at the feet of an expert.

    Raises:
        ConfigError: the expert is not known.
        ModelError: it does not fit the scene.
        DataError: the demonstrations do not.
    """

    settings: ClassVar[type[AlgorithmSettings]] = DaggerSettings

    def __init__(self, env: VecEnv, config: TrainConfig) -> None:
        self._begin: tuple[Floats, Floats] | None = None
        super().__init__(env, config)
        given = cast(DaggerSettings, config.algorithm).demonstrations
        if given:
            examples = make_examples(
                read_all(given), env.observation_space, env.action_space, config.algorithm.gamma
            )
            seen = examples.rows(np.arange(len(examples)))
            raw = seen if hasattr(env.observation_space, "spaces") else next(iter(seen.values()))
            answers = as_outputs(examples.actions, env.action_space)
            self._begin = (flatten(raw, self._parts), answers)

    @classmethod
    def inputs(cls, config: TrainConfig) -> Sequence[Path]:
        """See `Learner`: the expert, where it is a file."""
        expert = cast(DaggerSettings, config.algorithm).expert
        return [Path(expert)] if expert.endswith((".zip", ".onnx")) else []

    @classmethod
    def make_teacher(cls, env: VecEnv, config: TrainConfig) -> Teacher:
        """See `DistillationLearner`."""
        return make_expert(cast(DaggerSettings, config.algorithm).expert, env)

    def describe(self) -> str:
        """See `Learner`."""
        given = cast(DaggerSettings, self._lessons)
        begun = "" if self._begin is None else f", beginning with {len(self._begin[0]):,} decisions"
        return (
            f"DAgger, expert {given.expert}: {given.iterations} iterations of {given.updates} "
            f"gradient steps of {given.batch_size}{begun}"
        )

    def first_examples(self) -> tuple[Floats, Floats] | None:
        """See `DistillationLearner`: the demonstrations."""
        return self._begin
