"""The settings of a distillation. Light: no torch, so `--help` is quick."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from rl_training.config import TrainConfig
from rl_training.errors import ConfigError


@dataclass(frozen=True)
class DistillConfig:
    """A teacher taught to a smaller network (DAgger: Ross, Gordon and Bagnell 2011).

    Attributes:
        teacher: a .zip checkpoint or an .onnx file.
        run: where and for how long: scenario, engines, seed, the student's name
            (`experiment_name`), the decisions that are collected (`timesteps`), and how the student
            would go on with PPO (`ppo`, with its `net_arch`).
        iterations: how often states are collected and learned from.
        beta_decay: in iteration i a decision is the teacher's with probability beta_decay^i, else
            the student's; in [0, 1). The first iteration is always the teacher's.
        updates: gradient steps of each iteration.
        batch_size: examples per gradient step.
        learning_rate: Adam's step size at the start.
        capacity: examples that are kept.
    """

    teacher: Path
    run: TrainConfig = field(default_factory=TrainConfig)
    iterations: int = 20
    beta_decay: float = 0.5
    updates: int = 500
    batch_size: int = 1024
    learning_rate: float = 2e-3
    capacity: int = 1_000_000

    def __post_init__(self) -> None:
        for name in ("iterations", "updates", "batch_size", "capacity"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1; found {getattr(self, name)}")
        if not 0.0 <= self.beta_decay < 1.0:
            raise ConfigError(f"beta_decay must be in [0, 1); found {self.beta_decay}")
        if not 0.0 < self.learning_rate <= 1.0:
            raise ConfigError(f"learning_rate must be in (0, 1]; found {self.learning_rate}")
        if self.teacher.suffix not in (".zip", ".onnx"):
            raise ConfigError(f"the teacher {self.teacher} must end in .zip or .onnx")
