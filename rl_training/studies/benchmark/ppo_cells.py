"""PPO end to end: decisions per second over whole iterations of collecting and learning."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv, VecMonitor

from rl_training.envs.factory import make_vec_env
from rl_training.studies.benchmark.env_cells import env_settings
from rl_training.studies.benchmark.processes import memory
from rl_training.studies.benchmark.task import Measurement, Task

_FOR_EVER = 10**9


class RolloutShape(NamedTuple):
    """How this harness trains: decisions of an agent per rollout, batch size, passes."""

    n_steps: int
    batch_size: int
    n_epochs: int


class Learner(Protocol):
    """This harness's training settings, lent by whoever may import them."""

    def shape(self, scenario: str, agents: int) -> RolloutShape:
        """Return the rollout of a default run with so many agents."""

    def make(self, env: VecEnv, scenario: str, torch_forward: bool) -> PPO:
        """Return the untrained model of a default run, its normaliser around `env` included.

        Args:
            env: one agent a row.
            scenario: whose settings it takes.
            torch_forward: act through torch while collecting, as plain PPO does.
        """


class RateCallback(BaseCallback):
    """Ends learning after some seconds, and knows the rate over whole iterations.

    The first iteration is the warm-up. At least one more is measured.

    Args:
        seconds: measured at least, if an iteration takes as long.
        save_to: folder for models called `<timesteps>_<seconds>.zip`; None: none are saved.
        save_every: timesteps between two of them.
    """

    def __init__(self, seconds: float, save_to: Path | None = None, save_every: int = 0) -> None:
        super().__init__()
        self._seconds = seconds
        self._save_to = save_to
        self._save_every = save_every
        self._saved_at = 0
        self._began = time.perf_counter()
        # Time and timesteps at the beginning of each rollout.
        self.marks: list[tuple[float, int]] = []
        # Seconds and timesteps of each rollout.
        self._rollouts: list[tuple[float, int]] = []

    def rate(self) -> float:
        """Return timesteps per second."""
        (start, first), (end, last) = self.marks[1], self.marks[-1]
        return (last - first) / (end - start)

    def collect_rate(self) -> float:
        """Return timesteps per second of the rollouts that `rate` spans, learning left out."""
        spanned = self._rollouts[1 : len(self.marks) - 1]
        return sum(steps for _, steps in spanned) / sum(seconds for seconds, _ in spanned)

    def _on_rollout_end(self) -> None:
        start, before = self.marks[-1]
        self._rollouts.append((time.perf_counter() - start, self.num_timesteps - before))

    def _on_training_start(self) -> None:
        self._began = time.perf_counter()

    def _on_rollout_start(self) -> None:
        self.marks.append((time.perf_counter(), self.num_timesteps))
        if self.num_timesteps - self._saved_at >= self._save_every:
            self._save()

    def _on_training_end(self) -> None:
        self._save()

    def _save(self) -> None:
        self._saved_at = self.num_timesteps
        if self._save_to is not None:
            seconds = time.perf_counter() - self._began
            self.model.save(self._save_to / f"{self.num_timesteps}_{seconds:.1f}.zip")

    def _on_step(self) -> bool:
        return len(self.marks) < 3 or self.marks[-1][0] - self.marks[1][0] < self._seconds


def measure_ppo(task: Task, learner: Learner) -> Measurement:
    """Train as `train_vr_locomotion.py` does by default, for some seconds.

    Returns:
        `value`: decisions per second of all agents, learning included; `collect`: the same of the
        rollouts alone; `agents`; memory.
    """
    env = VecMonitor(make_vec_env(env_settings(task), task.vec_env))
    try:
        model: Any = learner.make(env, task.scenario, task.torch_forward)
        if task.free:
            model.collection = "free"
        return learn(model, task)
    finally:
        env.close()


def learn(model: PPO, task: Task) -> Measurement:
    """Train a model for the task's seconds and return its rate and the memory in use."""
    callback = RateCallback(
        task.seconds, Path(task.save_to) if task.save_to else None, task.save_every
    )
    model.learn(_FOR_EVER, callback=callback)
    rates = {"value": callback.rate(), "collect": callback.collect_rate()}
    return {**rates, "agents": model.n_envs, **memory()}
