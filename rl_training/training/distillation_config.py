"""The settings of a distillation, and its flags. Light: no torch, so `--help` is quick."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rl_training.cli import Parser
from rl_training.config import ACTIVATIONS, TrainConfig
from rl_training.config.algorithms import DistillationSettings
from rl_training.scenarios import get_scenario
from rl_training.training.configuration import default_config

_DEFAULT_HIDDEN = (16, 16)


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
        default = DistillationSettings.model_fields[name].default
        add(f"--{name}", type=int, default=default, metavar="N", help=_HELP[name])
    for name in ("beta_decay", "learning_rate"):
        default = DistillationSettings.model_fields[name].default
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


def distill_config(values: dict[str, Any]) -> TrainConfig:
    """Make the settings from parsed flags: those above and `evaluation/arguments.py`'s.

    Raises:
        HarnessError: a value is out of range, or there is no such scenario.
    """
    scenario = get_scenario(values["scenario"])
    teacher: Path = values["model"]
    widths = "x".join(str(width) for width in values["hidden"])
    base = teacher.stem.removesuffix("_final")
    shared = ("godot", "env_path", "project_path", "scene_path", "port", "timeout_s")
    environment: dict[str, Any] = {name: values[name] for name in shared}
    if values["num_envs"] is not None:
        environment["num_envs"] = values["num_envs"]
    environment |= {"arenas": values["train_arenas"], "check_arenas": values["check_arenas"]}
    own = ("iterations", "updates", "batch_size", "beta_decay", "learning_rate")
    return default_config(
        scenario.name,
        {
            "experiment_name": values["output"] or f"{base}_student_{widths}",
            "seed": values["train_seed"],
            "run_root": values["run_root"],
            "network": {"net_arch": values["hidden"], "activation": values["activation"]},
            "environment": environment,
            "training": {"timesteps": values["timesteps"]},
            "algorithm": {
                "name": "distillation",
                "teacher": str(teacher),
                **{name: values[name] for name in own},
            },
        },
    )
