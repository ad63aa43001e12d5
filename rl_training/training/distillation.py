"""Teach what a large policy does to a small one, on the states that the small one gets into.

DAgger (Ross, Gordon and Bagnell 2011, arXiv:1011.0686): in each iteration the student plays, ever
less helped by the teacher; the teacher says what it would have done in every state that was
visited; the student regresses to all answers so far. A student that only watched the teacher would
not know what to do after its own first mistake. `distill_policy.py` is the caller.
"""

from __future__ import annotations

import contextlib
import logging
import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecEnv, VecNormalize

from rl_training.algorithms.ppo import make_model, normalise
from rl_training.arena_check.check import require_equal_arenas
from rl_training.checkpoints.checkpoint import CheckpointMeta, save_checkpoint
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.config import TrainConfig
from rl_training.envs.factory import make_vec_env
from rl_training.envs.settings import EnvSettings
from rl_training.errors import HarnessError, ModelError
from rl_training.policy_export.layout import flatten, observation_parts
from rl_training.policy_export.onnx_export import export
from rl_training.policy_export.verify import verify
from rl_training.runs.atomic import disk_errors
from rl_training.runs.metrics import MetricsWriter
from rl_training.runs.paths import DEFAULT_ROOT, RunPaths
from rl_training.runs.progress import Progress
from rl_training.scenarios import get_scenario
from rl_training.training.arguments import save_config
from rl_training.training.distillation_config import DistillConfig
from rl_training.training.environment import env_settings
from rl_training.training.scene_facts import observation_names, scene_facts
from rl_training.training.stop import StopRequest
from rl_training.training.student import Student, chosen
from rl_training.training.teacher import Teacher

logger = logging.getLogger(__name__)

_WINDOW = 100
_SEED_OF_MIXTURE = 1

EnvFactory = Callable[[EnvSettings, Any], VecEnv]
Floats = npt.NDArray[np.float32]


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


@dataclass(frozen=True)
class DistillResult:
    """What a distillation produced.

    Attributes:
        model: the student's checkpoint.
        onnx: the student for the game.
        onnx_difference: largest difference between the exported and the trained student.
        parameters: weights and biases of the student's policy; those of its critic, which is
            needed for further training only, are not counted.
        timesteps: decisions collected.
        seconds: wall time of collecting and learning.
        stopped: a signal ended it before its timesteps were done.
        iterations: one after the other.
    """

    model: Path
    onnx: Path
    onnx_difference: float
    parameters: int
    timesteps: int
    seconds: float
    stopped: bool
    iterations: tuple[Iteration, ...]

    def summary(self) -> str:
        """Return the result in a few lines of text."""
        last = self.iterations[-1]
        verb = "stopped after" if self.stopped else "learned from"
        return "\n".join(
            [
                f"{verb} {self.timesteps:,} decisions in {self.seconds:.1f} s; loss "
                f"{self.iterations[0].loss:.4f} -> {last.loss:.4f}; {self.parameters:,} parameters",
                f"model: {self.model}",
                f"ONNX:  {self.onnx} (differs by at most {self.onnx_difference:.1e} from the "
                "student)",
            ]
        )


def distil(config: DistillConfig, make_env: EnvFactory = make_vec_env) -> DistillResult:
    """Collect, learn, save, export and verify.

    Args:
        config: the distillation.
        make_env: makes the environment from its settings.

    Raises:
        HarnessError: a setting cannot be met, the teacher does not fit, the engine failed, or
            nothing was learned before a stop. Nothing is written then.
    """
    run = config.run
    scenario = get_scenario(run.scenario)
    if not config.teacher.is_file():
        raise ModelError(f"no model at {config.teacher}")
    paths = RunPaths(run.experiment_name, Path(run.run_root or DEFAULT_ROOT))
    if config.teacher.resolve() in (paths.final_model.resolve(), paths.final_onnx.resolve()):
        raise ModelError(f"the student would replace its teacher {config.teacher}; name --output")
    settings = env_settings(run, scenario)
    if run.check_arenas and make_env is make_vec_env:
        require_equal_arenas(settings)
    with contextlib.ExitStack() as stack:
        env = make_env(settings, run.vec_env)
        stack.callback(env.close)
        _require_vectors(env)
        teacher = Teacher(config.teacher, env)
        stop = stack.enter_context(StopRequest())
        started = time.monotonic()
        lessons = _Lessons(config, env, teacher, stop)
        lessons.give()
        seconds = time.monotonic() - started
        student = lessons.student
        if student is None or not lessons.iterations:
            raise HarnessError("stopped before the student had learned anything; nothing is saved")

        moved = paths.archive_earlier_run()
        if moved is not None:
            logger.info("the earlier run %r is in %s now", paths.experiment, moved)
        run = _run_of(config, student)
        save_config(paths, run)
        with disk_errors(paths.logs):
            _write_metrics(paths.metrics, lessons.iterations)
        meta = CheckpointMeta(
            algorithm="PPO",
            scenario=run.scenario,
            seed=run.seed,
            timesteps=lessons.timesteps,
            config={**run.to_dict(), "token": ""},
            observation_names=observation_names(env),
            scene=scene_facts(env),
        )
        student.model.num_timesteps = lessons.timesteps
        seen = lessons.last_observations
        save_checkpoint(paths.final_model, student.model, student.normaliser, meta, recorded=seen)
        export(student.model, student.normaliser, paths.final_onnx, meta, seen)
        checked = verify(paths.final_onnx, student.model, student.normaliser, recorded=seen)
    return DistillResult(
        model=paths.final_model,
        onnx=paths.final_onnx,
        onnx_difference=checked.max_difference,
        parameters=_policy_parameters(student.model),
        timesteps=lessons.timesteps,
        seconds=seconds,
        stopped=stop.requested and lessons.timesteps < run.timesteps,
        iterations=tuple(lessons.iterations),
    )


class _Lessons:
    """The iterations of one distillation.

    Attributes:
        student: None until the first states are known.
        iterations: those that are done.
        timesteps: decisions collected.
        last_observations: the last that were received, as the environment gave them.
    """

    def __init__(
        self, config: DistillConfig, env: VecEnv, teacher: Teacher, stop: StopRequest
    ) -> None:
        self.student: Student | None = None
        self.iterations: list[Iteration] = []
        self.timesteps = 0
        self.last_observations: Any = None
        self._config = config
        self._env = env
        self._teacher = teacher
        self._stop = stop
        self._parts = observation_parts(env.observation_space)
        self._random = np.random.default_rng([config.run.seed, _SEED_OF_MIXTURE])
        self._successes: deque[bool] = deque(maxlen=_WINDOW)
        self._progress = Progress(config.run.timesteps)

    def give(self) -> None:
        """Run all iterations, or until a stop is asked for."""
        config = self._config
        self._env.seed(config.run.seed)
        self.last_observations = self._env.reset()
        agents = self._env.num_envs
        steps = max(1, math.ceil(config.run.timesteps / (config.iterations * agents)))
        try:
            for number in range(config.iterations):
                beta = config.beta_decay**number
                observations, answers = self._collect(steps, beta)
                if self._stop.requested:
                    break
                disagreement = None
                if self.student is None:
                    self.student = self._make_student(observations)
                else:
                    disagreement = self._disagreement(self.student, observations, answers)
                self.student.add(observations, answers, self._teacher.values(observations))
                loss = self.student.learn(config.updates, number / config.iterations)
                self.iterations.append(
                    Iteration(number, self.timesteps, beta, disagreement, loss, self._success())
                )
        finally:
            self._progress.close(self._note())

    def _collect(self, steps: int, beta: float) -> tuple[Floats, Floats]:
        """Play and ask; return (n, size) observations and (n, outputs) answers of the teacher."""
        observations, answers = [], []
        for _ in range(steps):
            seen = flatten(self.last_observations, self._parts)
            answer = self._teacher.outputs(seen)
            actions = chosen(answer, self._env.action_space)
            if self.student is not None:
                own = chosen(self.student.outputs(seen), self._env.action_space)
                helped = self._random.random(len(seen)) < beta
                actions[~helped] = own[~helped]
            observations.append(seen)
            answers.append(answer)
            self.last_observations, _, dones, infos = self._env.step(actions)
            self.timesteps += len(seen)
            for agent in np.flatnonzero(dones):
                success = infos[agent].get("is_success")
                if success is not None:
                    self._successes.append(bool(success))
            self._progress.update(self.timesteps, self._note)
            if self._stop.requested:
                break
        return np.concatenate(observations), np.concatenate(answers)

    def _disagreement(self, student: Student, observations: Floats, answers: Floats) -> float:
        space = self._env.action_space
        own, wanted = chosen(student.outputs(observations), space), chosen(answers, space)
        if isinstance(space, spaces.Box):
            return float(np.abs(own - wanted).mean())
        return float((own != wanted).mean())

    def _make_student(self, observations: Floats) -> Student:
        config, teacher = self._config, self._teacher
        ppo = config.run.ppo
        normaliser = teacher.normaliser
        if teacher.meta is None:
            # An .onnx file has its normaliser inside: the student's own comes from the states of
            # the first iteration.
            wrapper = normalise(self._env, ppo)
            if isinstance(wrapper, VecNormalize):
                _observe(wrapper, observations, self._parts)
                normaliser = Normaliser.of(wrapper)
        model = make_model(self._env, ppo, config.run.seed, config.run.timesteps)
        return Student(
            model,
            normaliser,
            teacher.log_std,
            capacity=min(config.capacity, config.run.timesteps + len(observations)),
            learning_rate=config.learning_rate,
            batch_size=config.batch_size,
            seed=config.run.seed,
        )

    def _success(self) -> float | None:
        return sum(self._successes) / len(self._successes) if self._successes else None

    def _note(self) -> str:
        success = self._success()
        words = [] if success is None else [f"success {100.0 * success:.0f} %"]
        if self.iterations:
            words.append(f"loss {self.iterations[-1].loss:.4f}")
        return "  ".join(words)


def _require_vectors(env: VecEnv) -> None:
    space = env.observation_space
    for part in space.spaces.values() if isinstance(space, spaces.Dict) else [space]:
        if not isinstance(part, spaces.Box) or len(part.shape) != 1 or part.dtype.kind != "f":
            raise ModelError(f"a student takes vectors of floats only; the scene gives {part}")


def _observe(wrapper: VecNormalize, observations: Floats, parts: tuple[Any, ...]) -> None:
    """Put mean and deviation of the observations into a wrapper."""
    rms: Any = wrapper.obs_rms
    start = 0
    for part in parts:
        one = rms[part.key] if isinstance(rms, dict) else rms
        one.update(observations[:, start : start + part.size].astype(np.float64))
        start += part.size


def _run_of(config: DistillConfig, student: Student) -> TrainConfig:
    """Return the run's settings with the normalisation that the student has, to go on with PPO."""
    normaliser = student.normaliser
    changes: dict[str, Any] = {"normalise_obs": False, "normalise_reward": False}
    if normaliser is not None:
        changes = {
            "normalise_obs": normaliser.norm_obs,
            "normalise_reward": normaliser.norm_reward,
            "clip_obs": normaliser.clip_obs,
            "gamma": normaliser.gamma,
        }
    return config.run.replace({"ppo": config.run.ppo.replace(changes)})


def _write_metrics(path: Path, iterations: list[Iteration]) -> None:
    writer = MetricsWriter(path)
    try:
        for one in iterations:
            scalars = {"distillation/beta": one.beta, "distillation/loss": one.loss}
            if one.disagreement is not None:
                scalars["distillation/disagreement"] = one.disagreement
            if one.success_rate is not None:
                scalars["rollout/success_rate"] = one.success_rate
            writer.write(one.timesteps, scalars)
    finally:
        writer.close()


def _policy_parameters(model: PPO) -> int:
    modules = (model.policy.mlp_extractor.policy_net, model.policy.action_net)
    return sum(tensor.numel() for module in modules for tensor in module.parameters())
