"""What must be alike for a run to go on from a checkpoint: observation, policy and critic.

Read from a model, or from a checkpoint without building its model.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.save_util import load_from_zip_file

from rl_training.checkpoints.checkpoint import read_meta
from rl_training.checkpoints.numpy_names import either_numpy
from rl_training.checkpoints.sb3_classes import class_name
from rl_training.errors import ModelError

_CRITIC = ("value_net", "mlp_extractor.value_net", "lstm_critic", "critic")
_COPIES = ("pi_features_extractor", "vf_features_extractor", "critic_target", "q_net_target")
_SCHEDULES: Mapping[str, Any] = {
    "learning_rate": 0.0,
    "lr_schedule": lambda _: 0.0,
    "clip_range": 0.2,
}


@dataclass(frozen=True)
class ModelShapes:
    """The shapes of a model.

    Attributes:
        algorithm: name of the SB3 class.
        observation: key to the shape of that part; "obs" where there is one without a key.
        actions: as the space shows itself.
        policy: shapes of the weights that choose actions, by their names.
        critic: shapes of the weights that judge, by their names.
    """

    algorithm: str
    observation: dict[str, list[int]]
    actions: str
    policy: dict[str, list[int]]
    critic: dict[str, list[int]]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)


def shapes_of(model: BaseAlgorithm) -> ModelShapes:
    """Return the shapes of a model."""
    return _shapes(
        class_name(model), model.observation_space, model.action_space, model.policy.state_dict()
    )


def read_shapes(path: Path) -> ModelShapes:
    """Return the shapes of a checkpoint's model.

    Raises:
        ModelError: the file is missing, damaged or not a model.
    """
    meta = read_meta(path, warn=False)
    try:
        with warnings.catch_warnings(), either_numpy():
            warnings.simplefilter("ignore")
            data, weights, _ = load_from_zip_file(
                path, device="cpu", custom_objects=dict(_SCHEDULES)
            )
        assert data is not None
        found: tuple[Any, Any] = data["observation_space"], data["action_space"]
        tensors: Any = weights["policy"]
        return _shapes(meta.algorithm, *found, tensors)
    except Exception as error:
        # SB3 unpickles: a file of another kind can fail in any way.
        raise ModelError(f"cannot read {path}: {type(error).__name__}: {error}") from error


def difference(found: ModelShapes, wanted: ModelShapes) -> str:
    """Return in what a checkpoint differs from a run, in words; empty: in nothing.

    Args:
        found: of the checkpoint.
        wanted: of the run.
    """
    if found.algorithm != wanted.algorithm:
        return f"it was trained with {found.algorithm}, this run is {wanted.algorithm}"
    for key in dict.fromkeys([*found.observation, *wanted.observation]):
        one, other = found.observation.get(key), wanted.observation.get(key)
        if one != other:
            return f"its observation {key!r} has {_shape(one)}, this run's {_shape(other)}"
    if found.actions != wanted.actions:
        return f"its actions are {found.actions}, this run's {wanted.actions}"
    for name in ("policy", "critic"):
        one, other = getattr(found, name), getattr(wanted, name)
        if one != other:
            widths, ours = layer_widths(one), layer_widths(other)
            if widths != ours:
                return f"its {name} has layers {widths}, this run's {ours}"
            changed = next(key for key in [*one, *other] if one.get(key) != other.get(key))
            shown = _shape(one.get(changed)), _shape(other.get(changed))
            return f"its {name} has {shown[0]} at {changed}, this run's {shown[1]}"
    return ""


def layer_widths(weights: Mapping[str, Sequence[int]]) -> str:
    """Return the widths of dense layers in their order, inputs first: "9-64-64-3"."""
    dense = [shape for shape in weights.values() if len(shape) == 2]
    if not dense:
        return "none"
    return "-".join(str(width) for width in [dense[0][1], *(shape[0] for shape in dense)])


def _shapes(
    algorithm: str,
    observation: spaces.Space[Any],
    actions: spaces.Space[Any],
    weights: Mapping[str, Any],
) -> ModelShapes:
    parts = observation.spaces if isinstance(observation, spaces.Dict) else {"obs": observation}
    policy: dict[str, list[int]] = {}
    critic: dict[str, list[int]] = {}
    for name, tensor in weights.items():
        if not name.startswith(_COPIES):
            (critic if name.startswith(_CRITIC) else policy)[name] = list(tensor.shape)
    return ModelShapes(
        algorithm.removeprefix("Collecting"),
        {key: list(part.shape or ()) for key, part in parts.items()},
        _actions(actions),
        policy,
        critic,
    )


def _actions(space: spaces.Space[Any]) -> str:
    if isinstance(space, spaces.Discrete):
        return f"one choice of {space.n}"
    if isinstance(space, spaces.MultiDiscrete):
        return f"choices of {', '.join(map(str, space.nvec.tolist()))}"
    if isinstance(space, spaces.Box):
        return f"{int(space.shape[0])} continuous"
    return str(space)


def _shape(shape: Sequence[int] | None) -> str:
    return "nothing" if shape is None else " x ".join(map(str, shape)) or "one number"
