"""What agents observe and how they act, as `env_info` declares it, and as Gymnasium spaces.

Called by `messages` (parsing) and the codecs. All agents of one engine must declare the same; the
spaces are those that godot-rl's Stable-Baselines3 wrapper builds from the same declaration.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from rl_training.errors import ActionSpaceError, ObservationError, ProtocolError
from rl_training.protocol.action_field import ActionField
from rl_training.protocol.hybrid_box import HybridBox

_MAX_ELEMENTS = 16 * 1024 * 1024


@dataclass(frozen=True)
class ObservationField:
    """One key of the observation.

    Attributes:
        key: name of the key.
        kind: "box" (float32), "image" (uint8, hex on the JSON wire) or "discrete" (int64).
        shape: shape of one agent's value; () for discrete.
        low: smallest value.
        high: largest value; for discrete, the number of values minus one.
        names: names of the elements, in order; empty when the scene gives none.
        stack: how many of the agent's last observations the value holds, the oldest first.
    """

    key: str
    kind: Literal["box", "image", "discrete"]
    shape: tuple[int, ...]
    low: float = -1.0
    high: float = 1.0
    names: tuple[str, ...] = ()
    stack: int = 1

    @property
    def size(self) -> int:
        """Number of elements of one agent's value."""
        return math.prod(self.shape)

    @property
    def space(self) -> gym.Space[Any]:
        """The Gymnasium space of one agent's value."""
        if self.kind == "discrete":
            return gym.spaces.Discrete(int(self.high) + 1)
        if self.kind == "image":
            return gym.spaces.Box(low=0, high=255, shape=self.shape, dtype=np.uint8)
        return gym.spaces.Box(low=self.low, high=self.high, shape=self.shape, dtype=np.float32)


@dataclass(frozen=True)
class ObservationLayout:
    """The observation of every agent.

    Attributes:
        fields: in the order of their keys.
    """

    fields: tuple[ObservationField, ...]

    @property
    def space(self) -> gym.spaces.Dict:
        """The Gymnasium space of one agent's observation."""
        return gym.spaces.Dict({field.key: field.space for field in self.fields})

    @property
    def stack(self) -> int:
        """How many of an agent's last observations are one; 1: only the newest."""
        return max((field.stack for field in self.fields), default=1)


@dataclass(frozen=True)
class ActionLayout:
    """The actions of every agent and their columns in SB3's flat action array.

    As in godot-rl: all discrete gives MultiDiscrete, all continuous a Box in [-1, 1]. Both kinds
    side by side give a `HybridBox`, in which a discrete action of size 2 is one column whose
    positive values mean 1, as in godot-rl, and one of k > 2 choices is k columns of scores.

    Attributes:
        fields: in the order in which the engine declared them.
    """

    fields: tuple[ActionField, ...]

    @cached_property
    def all_discrete(self) -> bool:
        """True when no action is continuous."""
        return all(field.kind == "discrete" for field in self.fields)

    @cached_property
    def columns(self) -> int:
        """Number of columns of the flat action array."""
        if self._hybrid is not None:
            return int(self._hybrid.shape[0])
        return sum(field.columns for field in self.fields)

    @cached_property
    def _hybrid(self) -> HybridBox | None:
        kinds = {field.kind for field in self.fields}
        return HybridBox(self.fields) if len(kinds) == 2 else None

    @property
    def space(self) -> gym.Space[Any]:
        """The Gymnasium space of one agent's flat action."""
        if self.all_discrete:
            return gym.spaces.MultiDiscrete([field.size for field in self.fields])
        if self._hybrid is not None:
            return HybridBox(self.fields)
        return gym.spaces.Box(low=-1.0, high=1.0, shape=(self.columns,), dtype=np.float32)

    def to_engine(self, actions: NDArray[Any], n_agents: int) -> NDArray[Any]:
        """Check actions and turn thresholded columns and scores into choices.

        Args:
            actions: (n_agents, columns) float or integer.
            n_agents: agents of the engine.

        Returns:
            (n_agents, values) in the order of the fields; a discrete action is one whole number in
            [0, size), whatever its columns in the flat array.

        Raises:
            ActionSpaceError: wrong shape, not finite, or a choice out of range.
        """
        array = np.asarray(actions)
        if array.ndim == 1 and self.columns == 1:
            array = array[:, None]
        if array.shape != (n_agents, self.columns):
            raise ActionSpaceError(
                f"actions have shape {tuple(np.shape(actions))}, "
                f"expected {(n_agents, self.columns)} (agents, action columns)"
            )
        if self.all_discrete:
            return self._choices(array)
        if not np.isfinite(array).all():
            agent, column = np.argwhere(~np.isfinite(array))[0]
            raise ActionSpaceError(
                f"the action for agent {agent} holds {array[agent, column]} in column {column}; "
                "the policy diverged"
            )
        if self._hybrid is not None:
            return self._hybrid.to_engine(array)
        return array

    def _choices(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return (n_agents, columns) int64 choices."""
        sizes = np.array([field.size for field in self.fields])
        if array.dtype.kind == "f":
            if (sizes > 2).any():
                raise ActionSpaceError(
                    "actions are floats, but the scene's actions are discrete with more than 2 "
                    "choices; send integers"
                )
            return (array > 0.0).astype(np.int64)
        choices = array.astype(np.int64)
        bad = (choices < 0) | (choices >= sizes)
        if bad.any():
            agent, column = np.argwhere(bad)[0]
            raise ActionSpaceError(
                f"the action for agent {agent} is {choices[agent, column]} in "
                f"'{self.fields[column].key}', expected 0 to {sizes[column] - 1}"
            )
        return choices


def parse_observation_layout(
    declared: Mapping[str, Any], names: Mapping[str, Any]
) -> ObservationLayout:
    """Read what one agent declares in `observation_space` and `observation_names` of `env_info`.

    Raises:
        ObservationError: an unknown space, or a bad size.
    """
    return ObservationLayout(_observation_fields(declared, names))


def parse_action_layout(declared: Mapping[str, Any]) -> ActionLayout:
    """Read what one agent declares in `action_space` of `env_info`.

    Raises:
        ActionSpaceError: an unknown action type, or a bad size.
    """
    return ActionLayout(_action_fields(declared))


def describe(declared: Mapping[str, Any]) -> str:
    """Return a declaration of observations or actions for messages."""
    parts = [
        f"{key}: {value.get('space', value.get('action_type'))} {value.get('size')}"
        if isinstance(value, Mapping)
        else f"{key}: {value!r}"
        for key, value in declared.items()
    ]
    return "{" + ", ".join(parts) + "}"


def _observation_fields(
    declared: Mapping[str, Any], names: Mapping[str, Any]
) -> tuple[ObservationField, ...]:
    if not declared:
        raise ObservationError("the scene declares no observation; get_obs() returned no key")
    fields = []
    for key in sorted(declared):
        spec = declared[key]
        if not isinstance(spec, Mapping):
            raise ObservationError(f"observation '{key}' is declared as {spec!r}, not a dictionary")
        space = spec.get("space")
        if space == "discrete":
            n = _whole(spec.get("size"), f"observation '{key}'", ObservationError)
            fields.append(ObservationField(key, "discrete", (), 0.0, float(n - 1)))
        elif space == "box":
            fields.append(_box_field(key, spec, _names(names.get(key))))
        else:
            raise ObservationError(
                f"observation '{key}' has the unknown space {space!r}, expected 'box' or 'discrete'"
            )
    return tuple(fields)


def _names(value: Any) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, list) else ()


def _box_field(key: str, spec: Mapping[str, Any], names: tuple[str, ...]) -> ObservationField:
    size = spec.get("size")
    sizes = size if isinstance(size, (list, tuple)) else [size]
    shape = tuple(_whole(item, f"observation '{key}'", ObservationError) for item in sizes)
    if not shape or math.prod(shape) > _MAX_ELEMENTS:
        raise ObservationError(
            f"observation '{key}' declares the size {size!r}, which is not usable"
        )
    stack = _whole(spec.get("stack", 1), f"observation '{key}' (stack)", ObservationError)
    if shape[0] % stack:
        raise ObservationError(
            f"observation '{key}' declares the size {size!r}, which is no stack of {stack}"
        )
    if "2d" in key:
        return ObservationField(key, "image", shape, 0.0, 255.0, stack=stack)
    low, high = spec.get("low", -1.0), spec.get("high", 1.0)
    for bound in (low, high):
        if isinstance(bound, bool) or not isinstance(bound, (int, float)):
            raise ObservationError(f"observation '{key}' declares the bound {bound!r}")
    if not low < high:
        raise ObservationError(f"observation '{key}' declares low {low} and high {high}")
    if len(names) != math.prod(shape):
        names = ()
    return ObservationField(key, "box", shape, float(low), float(high), names, stack)


def _action_fields(declared: Mapping[str, Any]) -> tuple[ActionField, ...]:
    if not declared:
        raise ActionSpaceError("the scene declares no action; get_action_space() returned no key")
    fields: list[ActionField] = []
    for key, spec in declared.items():
        kind = spec.get("action_type") if isinstance(spec, Mapping) else None
        if kind not in ("continuous", "discrete"):
            raise ActionSpaceError(
                f"action '{key}' has the unknown action type {kind!r}, "
                "expected 'continuous' or 'discrete'"
            )
        size = _whole(spec.get("size"), f"action '{key}'", ActionSpaceError)
        fields.append(ActionField(key, kind, size))
    return tuple(fields)


def _whole(value: Any, what: str, error: type[ProtocolError]) -> int:
    """Return a positive whole number (GDScript may send 3 as 3.0)."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value != int(value) or value < 1:
        raise error(f"{what} declares the size {value!r}, expected a whole number >= 1")
    return int(value)
