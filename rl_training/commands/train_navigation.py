"""Train on VR navigation: `train --scenario vr_navigation`. With --eval, evaluate a model instead.

The settings count for both: a preset's environment parameters are those of the evaluation too.
"""

from __future__ import annotations

import sys
from typing import Any

from rl_training.commands import evaluate, flags, train
from rl_training.commands.evaluation_flags import parameter_words
from rl_training.commands.game_flags import game_words
from rl_training.commands.parser import Parser
from rl_training.commands.train_flags import VERBOSE, add_training_flags, take_training_flags
from rl_training.errors import UsageError

SCENARIO = "vr_navigation"
_OF_EVALUATION = ("episodes", "output")
_PASSED_ON = ("num_envs", "arenas", "port", "godot", "timeout_s")


def main(argv: list[str] | None = None) -> int:
    """Train, or evaluate the model of --eval."""
    given = list(sys.argv[1:] if argv is None else argv)
    parser = Parser("Train on VR navigation, or evaluate a model of it (docs/vr_navigation.md).")
    paths = add_training_flags(parser, SCENARIO)
    parser.add_argument(VERBOSE, action="store_true", help="log more: engines, every rollout")
    group = parser.add_argument_group("evaluation instead of training")
    group.add_argument("--eval", metavar="MODEL", help="play this .zip or .onnx; train nothing")
    flags.add(parser, "episodes", help="of --eval; those of the settings' evaluation if absent")
    flags.add(parser, "output", metavar="JSON", help="of --eval: where the report goes")
    values = vars(parser.parse_args(given))
    model = values.pop("eval")
    if model is not None:
        return evaluate.main(_evaluation_words(values, paths, model))
    for name in _OF_EVALUATION:
        if values[name] is not None:
            raise UsageError(f"--{name} belongs to --eval MODEL; a training takes --timesteps")
    return train.main(given, scenario=SCENARIO)


def _evaluation_words(values: dict[str, Any], paths: dict[str, str], model: str) -> list[str]:
    """Return the flags of `evaluate` that play a model as the settings' own evaluations do."""
    chosen = {name: values.pop(name) for name in _OF_EVALUATION}
    passed = {name: values[name] for name in _PASSED_ON if name in values}
    del values["verbose"], values["show_config"]

    from rl_training.config.parameter_plan import evaluation_parameters

    config = take_training_flags(values, paths, SCENARIO).config
    game = {name: getattr(config.environment, name) for name in ("project_path", "env_path")}
    game["scene_path"] = config.environment.scene_path
    words = ["--model", model, *game_words(config.scenario, game)]
    words += parameter_words(evaluation_parameters(config))
    settings = {
        "episodes": chosen["episodes"] or config.evaluation.episodes,
        "seed": config.evaluation.seed,
        "output": chosen["output"],
        **passed,
    }
    for name, value in settings.items():
        words += [] if value is None else [f"--{name}", str(value)]
    return words
