"""Teach a trained policy to a smaller network, and measure both in the engine."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from rl_training.commands import flags
from rl_training.commands.evaluation_flags import add_comparison_flags, take_comparison
from rl_training.commands.game_flags import chosen_scenario
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging

if TYPE_CHECKING:
    from rl_training.config import TrainConfig

_NUMBERS: tuple[tuple[str, type, float, str], ...] = (
    ("iterations", int, 20, "rounds of playing and learning"),
    ("updates", int, 500, "gradient steps of a round"),
    ("batch_size", int, 1024, "examples per gradient step"),
    ("beta_decay", float, 0.5, "share of decisions left to the teacher, from round to round"),
    ("learning_rate", float, 2e-3, "step size at the start"),
)


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, distil, compare teacher and student, print both."""
    configure_logging()
    parser = Parser(__doc__ or "")
    add_distillation_flags(parser)
    add_comparison_flags(parser)
    values: dict[str, Any] = vars(parser.parse_args(argv))
    config = distill_config(values)
    options = take_comparison(values, values["model"])

    from rl_training.evaluation.model_comparison import compare_models
    from rl_training.reporting.models_table import as_markdown
    from rl_training.training.pipeline import train

    result = train(config)
    assert result.onnx is not None, "export is on by default"
    widths = "-".join(str(width) for width in values["hidden"])
    figures = compare_models(
        [values["model"], result.onnx], options, ["teacher", f"student {widths}"]
    )
    data = {**result.to_dict(), "models": [row.to_dict() for row in figures]}
    if flags.emit(values["json"], data, f"{result.summary()}\n{as_markdown(figures)}"):
        print(next_steps(("smaller still", command("quantize", "--model", result.onnx))))
    return 0


def add_distillation_flags(parser: Parser) -> None:
    """Add what says how the student learns; where it plays is the comparison's flags."""
    add = parser.add_argument
    flags.add(parser, "model", required=True, help="the teacher: .zip or .onnx")
    flags.add(
        parser,
        "experiment_name",
        help="names the student's files; TEACHER_student_WIDTHS if absent",
    )
    parser.renamed("--output", "--experiment_name")
    add(
        "--hidden",
        type=int,
        nargs="+",
        default=[16, 16],
        metavar="N",
        help="widths of the student's hidden layers",
    )
    add("--activation", choices=("tanh", "relu"), default="tanh", help="between the layers")
    flags.add(parser, "timesteps", default=100_000, help="decisions to collect")
    add("--train_arenas", type=int, metavar="N", help="copies of the scene while it learns")
    add("--train_seed", type=int, default=0, metavar="N", help="of the student's learning")
    for name, kind, default, text in _NUMBERS:
        metavar = "N" if kind is int else "X"
        add(f"--{name}", type=kind, default=default, metavar=metavar, help=text)
    flags.add(parser, "run_root", type=str)
    add(
        "--check_arenas",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="compare shared arenas with one alone before learning",
    )


def distill_config(values: dict[str, Any]) -> TrainConfig:
    """Make the settings from parsed flags: those above and the comparison's.

    Raises:
        HarnessError: a value is out of range, or there is no such scenario.
    """
    from rl_training.training.configuration import default_config

    widths = "x".join(str(width) for width in values["hidden"])
    base = values["model"].stem.removesuffix("_final")
    shared = ("godot", "env_path", "project_path", "scene_path", "port", "timeout_s")
    environment = {name: values[name] for name in shared}
    environment |= {"arenas": values["train_arenas"], "check_arenas": values["check_arenas"]}
    if values["num_envs"] is not None:
        environment["num_envs"] = values["num_envs"]
    return default_config(
        chosen_scenario(values),
        {
            "experiment_name": values["experiment_name"] or f"{base}_student_{widths}",
            "seed": values["train_seed"],
            "run_root": values["run_root"],
            "network": {"net_arch": values["hidden"], "activation": values["activation"]},
            "environment": environment,
            "training": {"timesteps": values["timesteps"]},
            "algorithm": {
                "name": "distillation",
                "teacher": str(values["model"]),
                **{name: values[name] for name, *_ in _NUMBERS},
            },
        },
    )
