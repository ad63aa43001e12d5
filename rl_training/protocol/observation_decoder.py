"""Observations of the JSON transport to arrays, and the search for the one value that is wrong.

Called by `json_codec` only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.errors import ObservationError, ObservationValueError
from rl_training.protocol.messages import Observations
from rl_training.protocol.spaces import ObservationField, ObservationLayout

_HINT = (
    "; a camera gives no picture without a screen: run with screen='virtual' (Xvfb: python -m "
    "rl_training.engine install --with-xvfb) or where there is a screen"
)


def decode_observations(
    layout: ObservationLayout,
    entries: Sequence[Any],
    agents: Sequence[int] | None = None,
    what: str = "observation",
) -> Observations:
    """Stack the observations of several agents.

    Args:
        layout: what each agent declared.
        entries: one dictionary per agent; keys that were not declared are ignored.
        agents: indices of the agents, for messages; default 0, 1, ...
        what: "observation" or "final observation", for messages.

    Returns:
        Key to (len(entries), ...) array: float32 (finite), uint8 (images) or int64 (discrete).

    Raises:
        ObservationError: names the agent, the key and the element.
    """
    indices = range(len(entries)) if agents is None else agents
    observations: Observations = {}
    for field in layout.fields:
        try:
            values = [entry[field.key] for entry in entries]
        except (KeyError, TypeError, IndexError):
            raise _missing(field, entries, indices, what) from None
        if field.kind == "image":
            observations[field.key] = _images(field, values, indices, what)
        elif field.kind == "discrete":
            observations[field.key] = _discrete(field, values, indices, what)
        else:
            observations[field.key] = _boxes(field, values, indices, what)
    return observations


def _boxes(
    field: ObservationField, values: list[Any], agents: Sequence[int], what: str
) -> NDArray[np.float32]:
    try:
        array = np.array(values)
    except ValueError:  # ragged
        raise _explain(field, values, agents, what) from None
    if array.dtype.kind not in "fiu" or array.size != len(values) * field.size:
        raise _explain(field, values, agents, what)
    with np.errstate(over="ignore"):
        floats = array.astype(np.float32)
    if not np.isfinite(floats).all():
        raise _explain(field, values, agents, what)
    return floats.reshape(len(values), *field.shape)


def _images(
    field: ObservationField, values: list[Any], agents: Sequence[int], what: str
) -> NDArray[np.uint8]:
    images = np.empty((len(values), *field.shape), dtype=np.uint8)
    for row, (agent, value) in enumerate(zip(agents, values, strict=True)):
        try:
            flat = np.frombuffer(bytes.fromhex(value), dtype=np.uint8)
        except (TypeError, ValueError):
            raise ObservationError(
                f"agent {agent}'s {what} '{field.key}' is no string of hexadecimal bytes{_HINT}"
            ) from None
        if flat.size == 0:
            raise ObservationError(f"agent {agent}'s {what} '{field.key}' holds no pixels{_HINT}")
        if flat.size != field.size:
            raise _wrong_size(field, agent, flat.size, what)
        images[row] = flat.reshape(field.shape)
    return images


def _discrete(
    field: ObservationField, values: list[Any], agents: Sequence[int], what: str
) -> NDArray[np.int64]:
    numbers = []
    for agent, value in zip(agents, values, strict=True):
        number = value[0] if isinstance(value, list) and len(value) == 1 else value
        if not _is_number(number) or number != number // 1 or not 0 <= number <= field.high:
            raise ObservationError(
                f"agent {agent}'s {what} '{field.key}' is {number!r:.60}, "
                f"expected a whole number from 0 to {int(field.high)}"
            )
        numbers.append(int(number))
    return np.array(numbers, dtype=np.int64)


def _explain(
    field: ObservationField, values: list[Any], agents: Sequence[int], what: str
) -> ObservationError:
    """Find the first agent and element that made the fast path fail."""
    for agent, value in zip(agents, values, strict=True):
        flat = _flatten(value)
        if flat is None:
            return ObservationError(
                f"agent {agent}'s {what} '{field.key}' is {value!r:.60}, expected a list of "
                f"{field.size} numbers"
            )
        for index, element in enumerate(flat):
            if _is_number(element) and math.isfinite(_float32(element)):
                continue
            shown = "null (NaN)" if element is None else f"{element!r:.60}"
            name = f" ({field.names[index]})" if index < len(field.names) else ""
            return ObservationValueError(
                f"agent {agent}'s {what} '{field.key}' holds {shown} at element {index}{name}; "
                "get_obs() must return finite numbers only"
            )
        if len(flat) != field.size:
            return _wrong_size(field, agent, len(flat), what)
    return ObservationError(
        f"{what} '{field.key}' does not have the declared shape {list(field.shape)}"
    )


def _wrong_size(field: ObservationField, agent: int, got: int, what: str) -> ObservationError:
    return ObservationError(
        f"agent {agent}'s {what} '{field.key}' has {got} elements, expected {field.size} as the "
        "scene declared at its start; an observation's size must not change"
    )


def _missing(
    field: ObservationField, entries: Sequence[Any], agents: Sequence[int], what: str
) -> ObservationError:
    for agent, entry in zip(agents, entries, strict=True):
        if not isinstance(entry, dict):
            return ObservationError(f"agent {agent}'s {what} is {entry!r:.60}, not a dictionary")
        if field.key not in entry:
            found = ", ".join(sorted(entry)) or "none"
            return ObservationError(
                f"agent {agent}'s {what} lacks the key '{field.key}' (found: {found})"
            )
    return ObservationError(f"{what} '{field.key}' is missing")


def _flatten(value: Any) -> list[Any] | None:
    """Return the elements of nested lists in order, or None for anything but a list."""
    if not isinstance(value, list):
        return None
    flat: list[Any] = []
    stack = [iter(value)]
    while stack:
        for element in stack[-1]:
            if isinstance(element, list):
                stack.append(iter(element))
                break
            flat.append(element)
        else:
            stack.pop()
    return flat


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _float32(value: float) -> float:
    """Return the value as a float32 holds it; infinite when it does not fit."""
    try:
        with np.errstate(over="ignore"):
            return float(np.float32(value))
    except OverflowError:
        return math.inf
