"""The settings of a distillation, and its flags. Light: no torch, so `--help` is quick."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rl_training.cli import Parser
from rl_training.config import ACTIVATIONS, PPOConfig, TrainConfig
from rl_training.errors import ConfigError
from rl_training.scenarios import get_scenario

_DEFAULT_HIDDEN = (16, 16)


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


def add_distillation_flags(parser: Parser) -> None:
    """Add what says how the student learns; where it plays is the comparison's flags."""
    add = parser.add_argument
    add("--model", type=Path, required=True, metavar="PATH", help="the teacher: .zip or .onnx")
    add("--output", metavar="NAME", help="names the student's files (TEACHER_student_WIDTHS)")
    add(
        "--hidden",
        type=int,
        nargs="+",
        default=list(_DEFAULT_HIDDEN),
        metavar="N",
        help="widths of the student's hidden layers",
    )
    add("--activation", choices=ACTIVATIONS, default="tanh", help="between the layers")
    add("--timesteps", type=int, default=100_000, metavar="N", help="decisions to collect")
    add("--train_arenas", type=int, metavar="N", help="copies of the scene while it learns")
    add("--train_seed", type=int, default=0, metavar="N", help="of the student's learning")
    for name in ("iterations", "updates", "batch_size"):
        default = DistillConfig.__dataclass_fields__[name].default
        add(f"--{name}", type=int, default=default, metavar="N", help=_HELP[name])
    for name in ("beta_decay", "learning_rate"):
        default = DistillConfig.__dataclass_fields__[name].default
        add(f"--{name}", type=float, default=default, metavar="X", help=_HELP[name])
    add("--run_root", metavar="DIR", help="folder of models/ and logs/")
    add(
        "--check_arenas",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="compare shared arenas with one alone before learning",
    )


_HELP = {
    "iterations": "rounds of playing and learning",
    "updates": "gradient steps of a round",
    "batch_size": "examples per gradient step",
    "beta_decay": "share of decisions left to the teacher, from round to round",
    "learning_rate": "step size at the start",
}


def distill_config(values: dict[str, Any]) -> DistillConfig:
    """Make the settings from parsed flags: those above and `evaluation/arguments.py`'s.

    Raises:
        HarnessError: a value is out of range, or there is no such scenario.
    """
    scenario = get_scenario(values["scenario"])
    teacher: Path = values["model"]
    widths = "x".join(str(width) for width in values["hidden"])
    base = teacher.stem.removesuffix("_final")
    ppo = PPOConfig().replace(scenario.ppo)
    shared = ("godot", "env_path", "project_path", "scene_path", "port", "timeout_s", "run_root")
    run: dict[str, Any] = {name: values[name] for name in shared}
    if values["num_envs"] is not None:
        run["num_envs"] = values["num_envs"]
    run |= {
        "scenario": scenario.name,
        "experiment_name": values["output"] or f"{base}_student_{widths}",
        "timesteps": values["timesteps"],
        "arenas": values["train_arenas"],
        "seed": values["train_seed"],
        "check_arenas": values["check_arenas"],
        "ppo": ppo.replace({"net_arch": values["hidden"], "activation": values["activation"]}),
    }
    own = ("iterations", "updates", "batch_size", "beta_decay", "learning_rate")
    return DistillConfig(
        teacher=teacher, run=TrainConfig().replace(run), **{name: values[name] for name in own}
    )
