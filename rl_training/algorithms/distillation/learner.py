"""Teach what a large policy does to a small one, on the states that the small one gets into.

DAgger (Ross, Gordon and Bagnell 2011, arXiv:1011.0686): in each iteration the student plays, ever
less helped by the teacher; the teacher says what it would have done in every state that was
visited; the student regresses to all answers so far. A student that only watched the teacher would
not know what to do after its own first mistake. The student is a PPO model, so that training can go
on with PPO from its checkpoint.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from stable_baselines3.common.callbacks import BaseCallback, CallbackList
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from rl_training.algorithms.distillation.student import Student, chosen
from rl_training.algorithms.distillation.teacher import Teacher
from rl_training.algorithms.on_policy import PPOLearner
from rl_training.algorithms.sb3_learner import SB3Learner
from rl_training.config import TrainConfig
from rl_training.config.algorithm_section import AlgorithmSettings, DaggerRounds
from rl_training.config.algorithms import DistillationSettings
from rl_training.errors import ConfigError, HarnessError, ModelError
from rl_training.policy_export.layout import flatten, observation_parts

Floats = npt.NDArray[np.float32]
_SEED_OF_MIXTURE = 1


@dataclass(frozen=True)
class Iteration:
    """What one iteration came to.

    Attributes:
        number: from 0.
        timesteps: decisions collected until its end.
        beta: share of the decisions that was left to the teacher.
        disagreement: on the states just visited, before the student learned from them: mean
            absolute difference of its continuous actions from the teacher's, or the share of
            discrete choices that differ; None before it has learned anything.
        loss: mean over the iteration's gradient steps.
        success_rate: of the last 100 episodes, whoever decided; None when unknown.
    """

    number: int
    timesteps: int
    beta: float
    disagreement: float | None
    loss: float
    success_rate: float | None


class DistillationLearner(PPOLearner):
    """A student at the feet of its teacher.

    Attributes:
        iterations: those that are done.
        student: what learns.

    Raises:
        ModelError: the teacher is missing or does not fit the scene.
    """

    settings: ClassVar[type[AlgorithmSettings]] = DistillationSettings

    def __init__(self, env: VecEnv, config: TrainConfig) -> None:
        _require_vectors(env)
        self._lessons = cast(DaggerRounds, config.algorithm)
        self._teacher = self.make_teacher(env, config)
        self.iterations: list[Iteration] = []
        super().__init__(env, as_ppo(config, self._teacher))
        wrapper = self._normalised
        if wrapper is not None and self._teacher.meta is not None:
            assert self._teacher.normaliser is not None, "as_ppo asked for it"
            self._teacher.normaliser.apply_to(wrapper)
            wrapper.training = False
        self._parts = observation_parts(env.observation_space)
        self._random = np.random.default_rng([config.seed, _SEED_OF_MIXTURE])
        self.student: Student | None = None

    def policy_name(self) -> str | type[BasePolicy]:
        """See `SB3Learner`: choices beside continuous actions are scores, taught by regression."""
        return SB3Learner.policy_name(self)

    @classmethod
    def make_teacher(cls, env: VecEnv, config: TrainConfig) -> Teacher:
        """Return who answers.

        Raises:
            ModelError: the teacher is missing or does not fit the scene.
        """
        return Teacher(Path(cast(DistillationSettings, config.algorithm).teacher), env)

    def first_examples(self) -> tuple[Floats, Floats] | None:
        """Return (n, size) observations and (n, outputs) answers to begin with; None: none."""
        return None

    @classmethod
    def inputs(cls, config: TrainConfig) -> Sequence[Path]:
        """See `Learner`: the teacher."""
        return [Path(cast(DistillationSettings, config.algorithm).teacher)]

    def restore(self, start: Path) -> None:
        """A distillation does not go on: its examples are not saved.

        Raises:
            ConfigError: always.
        """
        raise ConfigError(
            "a distillation cannot be resumed, since its examples are not saved; train without "
            "--resume, or go on from the student with algorithm.name=ppo"
        )

    def learn(self, callbacks: Sequence[BaseCallback], log: Logger, resumed: bool) -> None:
        """See `Learner`.

        Raises:
            HarnessError: it was stopped before the student had learned anything.
        """
        model: Any = self.model
        model.set_logger(log)
        # This is what Stable-Baselines3 does at the beginning of `learn`.
        total, callback = model._setup_learn(
            self._config.training.timesteps, list(callbacks), True, "distillation", False
        )
        callback.on_training_start(locals(), globals())
        steps = max(1, math.ceil(total / (self._lessons.iterations * self.env.num_envs)))
        for number in range(self._lessons.iterations):
            beta = self._lessons.beta_decay**number
            examples = self._collect(callback, steps, beta)
            if examples is None:
                break
            self._learn_from(number, beta, *examples)
            self._write(log)
        callback.on_training_end()
        if not self.iterations:
            raise HarnessError("stopped before the student had learned anything; nothing is saved")

    def describe(self) -> str:
        """See `Learner`."""
        given = cast(DistillationSettings, self._lessons)
        return (
            f"distillation of {given.teacher}: {given.iterations} iterations of {given.updates} "
            f"gradient steps of {given.batch_size}"
        )

    def summary(self) -> Sequence[str]:
        """See `Learner`."""
        first, last = self.iterations[0], self.iterations[-1]
        return [
            f"student: {self.parameters:,} parameters; loss {first.loss:.4f} -> {last.loss:.4f}, "
            f"the last iteration's disagreement with its teacher {_shown(last.disagreement)}"
        ]

    def details(self) -> Mapping[str, Any]:
        """See `Learner`: "parameters", and "iterations" with the fields of `Iteration`."""
        return {
            "parameters": self.parameters,
            "iterations": [asdict(one) for one in self.iterations],
        }

    @property
    def parameters(self) -> int:
        """Weights and biases of the student's policy, without those of its critic."""
        policy: Any = self.model.policy
        modules = (policy.mlp_extractor.policy_net, policy.action_net)
        return sum(tensor.numel() for module in modules for tensor in module.parameters())

    def _collect(
        self, callback: CallbackList, steps: int, beta: float
    ) -> tuple[Floats, Floats] | None:
        """Play and ask; return (n, size) observations and (n, outputs) answers of the teacher.

        None when a callback ended it.
        """
        model: Any = self.model
        observations, answers = [], []
        callback.on_rollout_start()
        raw = self._raw(model._last_obs)
        for _ in range(steps):
            seen = flatten(raw, self._parts)
            answer = self._teacher.outputs(seen)
            actions = chosen(answer, self.env.action_space)
            if self.student is not None:
                own = chosen(self.student.outputs(seen), self.env.action_space)
                helped = self._random.random(len(seen)) < beta
                actions[~helped] = own[~helped]
            observations.append(seen)
            answers.append(answer)
            new_obs, rewards, dones, infos = self.env.step(actions)
            raw = self._raw(new_obs)
            model._last_obs = new_obs
            model.num_timesteps += len(seen)
            model._update_info_buffer(infos, dones)
            callback.update_locals(locals())
            if not callback.on_step():
                return None
        callback.on_rollout_end()
        return np.concatenate(observations), np.concatenate(answers)

    def _raw(self, obs: Any) -> Any:
        return obs if self._normalised is None else self._normalised.get_original_obs()

    def _learn_from(self, number: int, beta: float, observations: Floats, answers: Floats) -> None:
        disagreement = None
        if self.student is None:
            begun = self.first_examples()
            more = 0 if begun is None else len(begun[0])
            self.student = self._make_student(len(observations) + more)
            if begun is not None:
                self.student.add(*begun, None)
        else:
            disagreement = self._disagreement(self.student, observations, answers)
        self.student.add(observations, answers, self._teacher.values(observations))
        loss = self.student.learn(self._lessons.updates, number / self._lessons.iterations)
        success = self.results[1]
        self.iterations.append(Iteration(number, self.timesteps, beta, disagreement, loss, success))

    def _make_student(self, first_examples: int) -> Student:
        # An .onnx file has its normaliser inside: the student's own comes from the states of the
        # first iteration, and stays as it is then.
        if self._normalised is not None:
            self._normalised.training = False
        return Student(
            cast(Any, self.model),
            super().actor().normaliser,
            self._teacher.log_std,
            capacity=min(self._lessons.capacity, self._config.training.timesteps + first_examples),
            learning_rate=self._lessons.learning_rate,
            batch_size=self._lessons.batch_size,
            seed=self._config.seed,
        )

    def _disagreement(self, student: Student, observations: Floats, answers: Floats) -> float:
        space = self.env.action_space
        own, wanted = chosen(student.outputs(observations), space), chosen(answers, space)
        if isinstance(space, spaces.Box):
            return float(np.abs(own - wanted).mean())
        return float((own != wanted).mean())

    def _write(self, log: Logger) -> None:
        last = self.iterations[-1]
        log.record("distillation/beta", last.beta)
        log.record("distillation/loss", last.loss)
        if last.disagreement is not None:
            log.record("distillation/disagreement", last.disagreement)
        reward, success = self.results
        if reward is not None:
            log.record("rollout/ep_rew_mean", reward)
        if success is not None:
            log.record("rollout/success_rate", success)
        log.dump(self.timesteps)


def as_ppo(config: TrainConfig, teacher: Teacher) -> TrainConfig:
    """Return the settings of the student's model: PPO's, with the normalisation it takes over."""
    changes: dict[str, Any] = {"algorithm": {"name": "ppo", "gamma": config.algorithm.gamma}}
    if teacher.meta is not None:
        normaliser = teacher.normaliser
        changes["observations"] = {"normalise": normaliser is not None and normaliser.norm_obs}
        changes["rewards"] = {"normalise": normaliser is not None and normaliser.norm_reward}
        if normaliser is not None:
            changes["observations"]["clip"] = normaliser.clip_obs
            changes["algorithm"]["gamma"] = normaliser.gamma
    return config.replace(changes)


def _require_vectors(env: VecEnv) -> None:
    space = env.observation_space
    for part in space.spaces.values() if isinstance(space, spaces.Dict) else [space]:
        if not isinstance(part, spaces.Box) or len(part.shape) != 1 or part.dtype.kind != "f":
            raise ModelError(f"a student takes vectors of floats only; the scene gives {part}")


def _shown(disagreement: float | None) -> str:
    return "unknown" if disagreement is None else f"{disagreement:.4f}"
