"""A world model from data in one call: trained, measured, saved, shown on a page.

Called by `spacetime-rl world-model` and by the stage of that name of `train.py --mode all`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rl_training.algorithms.world_model.measure import errors_of, imagine
from rl_training.algorithms.world_model.trainer import Epoch, split, train_world_model
from rl_training.config.world_model import WorldModelSettings
from rl_training.data.trajectory import Trajectory, require_one_form
from rl_training.errors import UsageError, nearest
from rl_training.reporting.world_model_page import write_page


@dataclass(frozen=True)
class WorldModelRun:
    """What came of it.

    Attributes:
        model: the file.
        page: what it imagines, to be looked at.
        updates: gradient steps.
        keys: of each observation, the open-loop errors as JSON can hold them.
        told: the same, a line for each observation.
    """

    model: Path
    page: Path
    updates: int
    keys: tuple[dict[str, Any], ...]
    told: tuple[str, ...]


def run_world_model(
    trajectories: Sequence[Trajectory],
    output: Path,
    settings: WorldModelSettings,
    epochs: int,
    *,
    keys: Sequence[str] = (),
    seed: int = 0,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> WorldModelRun:
    """Train on nine tenths of the episodes, measure on the others, write model and page.

    Args:
        trajectories: of one form.
        output: folder of `world_model.pt` and `world_model.html`.
        settings: of the model.
        epochs: passes over the data.
        keys: observations to learn; empty: all.
        seed: everything random comes from it.
        on_epoch: told of every epoch.

    Raises:
        DataError: the data cannot be used.
        UsageError: an observation is unknown, or torchrl is not installed.
    """
    require_one_form(list(trajectories))
    shapes = _shapes(trajectories[0], keys)
    trained = train_world_model(
        trajectories, shapes, epochs, settings=settings, seed=seed, on_epoch=on_epoch
    )
    unseen = split(trajectories, 0.1, seed)[1] or list(trajectories)
    imagined = imagine(trained.model, unseen, settings.horizon)
    found = errors_of(imagined, trained.model.layout)
    model, page = output / "world_model.pt", output / "world_model.html"
    trained.save(model)
    weights = sum(one.numel() for one in trained.model.parameters())
    facts = {
        "episodes": f"{len(trajectories):,}, of them {len(unseen):,} to measure",
        "observations": ", ".join(f"{k} {shape}" for k, shape in shapes.items()),
        "weights": f"{weights:,}",
        "gradient steps": f"{trained.updates:,}",
    }
    write_page(page, trained.model.layout, found, imagined, trained.history, facts)
    told = tuple(
        f"{one.key or 'obs'}: error {np.mean(one.model):.3f} over {len(one.model)} decisions; "
        f"constant velocity {np.mean(one.velocity):.3f}, repeat last {np.mean(one.last):.3f}"
        for one in found
    )
    return WorldModelRun(model, page, trained.updates, tuple(one.to_dict() for one in found), told)


def _shapes(one: Trajectory, keys: Sequence[str]) -> Mapping[str, tuple[int, ...]]:
    known = {key: array.shape[1:] for key, array in one.observations.items()}
    for key in keys:
        if key not in known:
            raise UsageError(
                f"no observation {key!r}.{nearest(key, known)} Known: {', '.join(known)}"
            )
    return {key: shape for key, shape in known.items() if not keys or key in keys}
