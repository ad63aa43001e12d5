"""Train a world model on data, measure how far it sees ahead, and show what it imagines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging

if TYPE_CHECKING:
    from rl_training.data.trajectory import Trajectory


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, train, measure, write model and page."""
    configure_logging()
    parser = Parser(__doc__ or "")
    parser.add_argument("data", nargs="+", metavar="DATA", help="files or folders (docs/data.md)")
    parser.add_argument("--epochs", type=int, default=20, help="passes over the data")
    parser.add_argument("--keys", nargs="+", help="observations to learn; not given: all")
    parser.add_argument(
        "--settings", nargs="+", default=[], metavar="NAME=VALUE",
        help="of the model, for example state_dim=128 learning_rate=3e-4",
    )  # fmt: skip
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    flags.add(parser, "seed")
    flags.add(parser, "output", metavar="DIR", required=True, help="folder of model and page")
    flags.add(parser, "json")
    given = parser.parse_args(argv)

    import numpy as np

    from rl_training.algorithms.sb3_learner import limit_threads
    from rl_training.algorithms.world_model.measure import errors_of, imagine
    from rl_training.algorithms.world_model.trainer import split, train_world_model
    from rl_training.config.files import parse_value
    from rl_training.config.world_model import WorldModelSettings
    from rl_training.data.readers import read_all
    from rl_training.data.trajectory import require_one_form
    from rl_training.errors import UsageError
    from rl_training.reporting.world_model_page import write_page

    changes = {}
    for word in given.settings:
        name, equals, value = word.partition("=")
        if not equals:
            raise UsageError(f"--settings takes NAME=VALUE; found {word!r}")
        changes[name] = parse_value(value)
    settings = WorldModelSettings.from_dict(changes)
    trajectories = read_all(given.data)
    require_one_form(trajectories)
    shapes = _shapes(trajectories[0], given.keys)
    limit_threads(given.threads)
    seed = given.seed or 0
    trained = train_world_model(
        trajectories, shapes, given.epochs, settings=settings, seed=seed,
        on_epoch=lambda one: print(
            f"epoch {one.number}: loss {one.training['loss']:.3f}"
            + (f", validation {one.validation['loss']:.3f}" if one.validation else "")
        ),
    )  # fmt: skip
    unseen = split(trajectories, 0.1, seed)[1] or trajectories
    imagined = imagine(trained.model, unseen, settings.horizon)
    found = errors_of(imagined, trained.model.layout)
    trained.save(given.output / "world_model.pt")
    weights = sum(one.numel() for one in trained.model.parameters())
    facts = {
        "episodes": f"{len(trajectories):,}, of them {len(unseen):,} to measure",
        "observations": ", ".join(f"{k} {shape}" for k, shape in shapes.items()),
        "weights": f"{weights:,}",
        "gradient steps": f"{trained.updates:,}",
    }
    page = given.output / "world_model.html"
    write_page(page, trained.model.layout, found, imagined, trained.history, facts)
    told = "\n".join(
        f"{one.key or 'obs'}: error {np.mean(one.model):.3f} over {len(one.model)} decisions; "
        f"constant velocity {np.mean(one.velocity):.3f}, repeat last {np.mean(one.last):.3f}"
        for one in found
    )
    told += f"\nmodel: {given.output / 'world_model.pt'}\npage: {page}"
    flags.emit(given.json, {"updates": trained.updates, "keys": [o.to_dict() for o in found]}, told)
    return 0


def _shapes(one: Trajectory, keys: list[str] | None) -> dict[str, tuple[int, ...]]:
    from rl_training.errors import UsageError, nearest

    known = {key: array.shape[1:] for key, array in one.observations.items()}
    for key in keys or ():
        if key not in known:
            raise UsageError(
                f"no observation {key!r}.{nearest(key, known)} Known: {', '.join(known)}"
            )
    return {key: shape for key, shape in known.items() if not keys or key in keys}
