"""Train a world model on data, measure how far it sees ahead, and show what it imagines."""

from __future__ import annotations

from pathlib import Path

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, train, measure, write model and page."""
    configure_logging()
    parser = Parser(__doc__ or "")
    flags.add_data(parser)
    parser.add_argument(
        "--config", action="append", type=Path, default=[], metavar="FILE",
        help="a file with the sections world_model and dreamer (docs/training.md#one-file-for-all-"
        "modes); may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--preset", action="append", default=[], metavar="NAME", help="the same, by name"
    )
    parser.add_argument(
        "--epochs", type=int, help="passes over the data (default: the settings', else 20)"
    )
    parser.add_argument("--keys", nargs="+", default=[], help="observations to learn; else all")
    parser.add_argument(
        "--settings", nargs="+", default=[], metavar="NAME=VALUE",
        help="of the model, for example state_dim=128 learning_rate=3e-4",
    )  # fmt: skip
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    flags.add(parser, "seed")
    flags.add(parser, "output", metavar="DIR", required=True, help="folder of model and page")
    flags.add(parser, "json")
    given = parser.parse_args(argv)

    from rl_training.algorithms.sb3_learner import limit_threads
    from rl_training.config.files import parse_value
    from rl_training.config.layers import file_layer, preset_layer
    from rl_training.config.modes import stage_settings
    from rl_training.config.world_model import WorldModelSettings
    from rl_training.data.readers import read_all
    from rl_training.errors import UsageError
    from rl_training.studies.world_model_run import run_world_model

    layers = [preset_layer(name) for name in given.preset]
    layers += [file_layer(path) for path in given.config]
    known = stage_settings(layer.modes for layer in layers).world_model.to_dict()
    epochs = known.pop("epochs")
    for word in given.settings:
        name, equals, value = word.partition("=")
        if not equals:
            raise UsageError(f"--settings takes NAME=VALUE; found {word!r}")
        known[name] = parse_value(value)
    settings = WorldModelSettings.from_dict(known)
    limit_threads(given.threads)
    made = run_world_model(
        read_all(given.data), given.output, settings,
        epochs if given.epochs is None else given.epochs,
        keys=given.keys, seed=given.seed or 0,
        on_epoch=lambda one: print(
            f"epoch {one.number}: loss {one.training['loss']:.3f}"
            + (f", validation {one.validation['loss']:.3f}" if one.validation else "")
        ),
    )  # fmt: skip
    told = "\n".join([*made.told, f"model: {made.model}", f"page: {made.page}"])
    flags.emit(given.json, {"updates": made.updates, "keys": list(made.keys)}, told)
    return 0
