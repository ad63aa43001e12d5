"""What a new run of Dreamer begins with: a world model's weights, recorded episodes in the replay.

Called by `learner`. A resumed run has both in its checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rl_training.algorithms.dreamer.dreamer import Dreamer
from rl_training.algorithms.imitation.actions import as_taken
from rl_training.algorithms.world_model.trainer import WorldModelTrainer
from rl_training.data.trajectory import DEFAULT_KEY, Trajectory
from rl_training.errors import ConfigError, DataError


class OtherModelError(ConfigError):
    """A world model is of another scene or of other sizes than the run's."""


def take_world_model(model: Dreamer, path: Path) -> None:
    """Take over the weights of a world model.

    Raises:
        ModelError: the file is missing, damaged, or something else.
        OtherModelError: it is of another scene or size; the message says what differs.
    """
    found = WorldModelTrainer.load(path).model
    ours, theirs = model.policy.layout, found.layout
    if ours.seen != theirs.seen or ours.acted.size != theirs.acted.size:
        raise OtherModelError(
            f"{path} sees {_told(theirs.seen)} and takes actions of {theirs.acted.size} numbers, "
            f"the scene has {_told(ours.seen)} and {ours.acted.size}: train it on this scene's data"
        )
    if not ours.acted.choices and ours.acted != theirs.acted:
        raise OtherModelError(
            f"{path} scales actions from {theirs.acted.low} to {theirs.acted.high}, the scene's "
            f"lie from {ours.acted.low} to {ours.acted.high}: train it on this scene's data"
        )
    wanted = model.policy.settings.sizes()
    has = {name: getattr(found.settings, name) for name in wanted}
    if wanted != has:
        name = next(name for name in wanted if wanted[name] != has[name])
        raise OtherModelError(
            f"{path} has {name} {has[name]}, algorithm.size {model.policy.settings.size} asks for "
            f"{wanted[name]}: train it with the same sizes, or leave out algorithm.world_model"
        )
    model.policy.world.load_state_dict(found.state_dict())


def fill_replay(model: Dreamer, trajectories: Sequence[Trajectory]) -> int:
    """Put recorded episodes into the replay, those that fit into it; return how many rows.

    Raises:
        DataError: an episode is not of the scene.
    """
    layout, rows = model.policy.layout, 0
    for number, one in enumerate(trajectories):
        seen_by_key = dict(one.observations)
        if layout.seen[0].key == "":  # a lone observation has no key in an environment
            seen_by_key = {"": one.observations.get(DEFAULT_KEY, next(iter(seen_by_key.values())))}
        for seen in layout.seen:
            if seen.key not in seen_by_key:
                raise DataError(
                    f"a demonstration has no observation {seen.key!r}; it has "
                    f"{', '.join(one.observations)}"
                )
        taken = as_taken(one.actions, model.action_space)
        given = replace(one, observations=seen_by_key, actions=taken)
        rows += model.replay.add_episode(given, number % model.n_envs)
    return rows


def _told(seen: Sequence[object]) -> str:
    return ", ".join(f"{one.key or 'obs'} {one.shape}" for one in seen)  # type: ignore[attr-defined]
