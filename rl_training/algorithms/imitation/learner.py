"""Behavioural cloning as a learner of the pipeline: demonstrations in, a PPO model out.

The model is PPO's (`RecurrentPPO`'s with sequences), so that exports, evaluations and PPO itself
take it as it is: `training.start_from` begins a run with it. A timestep is a demonstrated decision
that was learned from; the scene gives the spaces, and is not played unless evaluations are asked
for.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, ClassVar, cast

from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecEnv

from rl_training.algorithms.imitation.cloner import Cloner, Pass
from rl_training.algorithms.imitation.examples import Examples, make_examples, split
from rl_training.algorithms.imitation.from_data import DataLearner
from rl_training.algorithms.imitation.statistics import take_statistics
from rl_training.algorithms.imitation.steps import LearningSteps
from rl_training.algorithms.on_policy import PPOLearner, RecurrentPPOLearner
from rl_training.config import TrainConfig
from rl_training.config.algorithms import AlgorithmSettings
from rl_training.config.imitation import BehavioralCloningSettings
from rl_training.data.readers import read_all
from rl_training.data.trajectory import Trajectory
from rl_training.errors import ConfigError, DataError, HarnessError


class BehavioralCloningLearner(DataLearner):
    """A policy that learns from demonstrations.

    Args:
        env: whose spaces it learns for.
        config: the run.
        demonstrations: in the place of `algorithm.demonstrations`.

    Attributes:
        passes: over the data, those that are done.

    Raises:
        ConfigError: there are no demonstrations.
        DataError: they cannot be read, or do not fit the scene.
    """

    settings: ClassVar[type[AlgorithmSettings]] = BehavioralCloningSettings

    def __init__(
        self,
        env: VecEnv,
        config: TrainConfig,
        demonstrations: Sequence[Trajectory] | None = None,
    ) -> None:
        self._settings = cast(BehavioralCloningSettings, config.algorithm)
        given = _wanted(self._settings, demonstrations)
        inner = RecurrentPPOLearner if self._settings.use_sequences else PPOLearner
        super().__init__(inner(env, _as_ppo(config, self._settings)), config)
        learned, held = split(given, self._settings.validation_share, config.seed)
        self._learned = self._examples(learned, env)
        self._held = self._examples(held, env) if held else None
        gamma = config.algorithm.gamma
        take_statistics(self._inner._normalised, self._learned, learned, gamma)
        self.passes: list[Pass] = []
        self.best: Pass | None = None

    def learn(self, callbacks: Sequence[BaseCallback], log: Logger, resumed: bool) -> None:
        """See `Learner`. It ends at the timesteps, or when validation stops improving.

        What counts is the error of the most probable actions on what is held back, and at equal
        errors the loss. The likelihood alone would not do: as the deviation falls it grows worse
        for what is held back, though the actions still come nearer. A resumed run waits for an
        improvement anew.

        Raises:
            HarnessError: it was stopped before the first pass was over.
        """
        model: Any = self._inner.model
        total, seed = self._config.training.timesteps, self._config.seed
        steps = LearningSteps(model, self.env, self._inner._normalised, self._learned, total, seed)
        steps.begin(callbacks, log, resumed, "imitation")
        cloner = Cloner(
            model.policy,
            self._inner.actor().normaliser,
            self._settings,
            self._learned,
            self._held,
            seed + self.timesteps,
        )
        best = None
        patience = self._settings.patience
        while self.timesteps < total:
            steps.callback.on_rollout_start()
            found = cloner.learn(steps.step)
            self._judge(cloner, None if found is None else found[0], log)
            steps.callback.on_rollout_end()
            last = self.passes[-1]
            if self._held is not None and (self.best is None or _worth(last) < _worth(self.best)):
                self.best, best = last, copy.deepcopy(model.policy.state_dict())
            if found is None:
                break
            if patience and self.best is not None and last.number - self.best.number >= patience:
                break
        if not self.passes:
            raise HarnessError("stopped before anything was learned; nothing is saved")
        if best is not None:
            model.policy.load_state_dict(best)
        steps.callback.on_training_end()

    def describe(self) -> str:
        """See `Learner`."""
        held = "none" if self._held is None else f"{self._held.episodes:,}"
        how = "an LSTM on sequences" if self._settings.use_sequences else "decisions one by one"
        return (
            f"behavioural cloning ({self._settings.loss}, {how}): {self._learned.episodes:,} "
            f"episodes, {len(self._learned):,} decisions; held back: {held} episodes"
        )

    def summary(self) -> Sequence[str]:
        """See `Learner`."""
        first, shown = self.passes[0], self.best or self.passes[-1]
        kind = "validation loss" if shown.validation_loss is not None else "loss"
        return [
            f"imitation: {len(self.passes)} passes, the best number {shown.number + 1}; error of "
            f"actions {first.error:.4f} -> {shown.error:.4f}, {kind} {_loss(first):.4f} -> "
            f"{_loss(shown):.4f}"
        ]

    def details(self) -> Mapping[str, Any]:
        """See `Learner`: "passes" with the fields of `Pass`, and the number of the "best"."""
        return {
            "passes": [asdict(one) for one in self.passes],
            "best": None if self.best is None else self.best.number,
        }

    def _examples(self, trajectories: Sequence[Trajectory], env: VecEnv) -> Examples:
        gamma = self._config.algorithm.gamma
        return make_examples(trajectories, env.observation_space, env.action_space, gamma)

    def _judge(self, cloner: Cloner, loss: float | None, log: Logger) -> None:
        validation, error = cloner.judge()
        number = len(self.passes)
        self.passes.append(Pass(number, loss, validation, error))
        if loss is not None:
            log.record("imitation/loss", loss)
        if validation is not None:
            log.record("imitation/validation_loss", validation)
        log.record("imitation/action_error", error)
        deviation = getattr(self._inner.model.policy, "log_std", None)
        if deviation is not None:
            log.record("train/std", float(deviation.detach().exp().mean()))
        log.dump(self.timesteps)


def _wanted(
    settings: BehavioralCloningSettings, given: Sequence[Trajectory] | None
) -> list[Trajectory]:
    if given is None:
        if not settings.demonstrations:
            raise ConfigError(
                "bc needs demonstrations: --set 'algorithm.demonstrations=[FILE, ...]' "
                "(docs/imitation.md)"
            )
        given = read_all(settings.demonstrations)
    found = list(given)
    if settings.only_successes:
        found = [one for one in found if one.success]
        if not found:
            raise DataError(
                f"none of {len(given)} episodes succeeded, or they do not tell: leave out "
                "algorithm.only_successes"
            )
    if not found:
        raise DataError("there are no demonstrations to learn from")
    return found


def _as_ppo(config: TrainConfig, settings: BehavioralCloningSettings) -> TrainConfig:
    """Return the settings of the model: PPO's."""
    common = {"gamma": settings.gamma, "learning_rate": settings.learning_rate}
    if not settings.use_sequences:
        return config.replace({"algorithm": {**common, "name": "ppo"}})
    recurrent = {"name": "recurrent_ppo", "lstm_hidden_size": settings.lstm_hidden_size}
    return config.replace({"algorithm": {**common, **recurrent}})


def _worth(one: Pass) -> tuple[float, float]:
    """Return what tells a pass's worth, less is better: error of the actions, then the loss."""
    return one.error, _loss(one)


def _loss(one: Pass) -> float:
    if one.validation_loss is not None:
        return one.validation_loss
    return math.inf if one.loss is None else one.loss
