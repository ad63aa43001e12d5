"""Transports `binary1` and `binary2`: one packed message each way for a decision of all agents.

Called by `connection`. The layout is written down in docs/protocol.md; its twin is
addons/godot_rl/wire/binary_codec.gd. Observations become arrays by `np.frombuffer`; single values
are only looked at to name the culprit when one is not finite.
"""

from __future__ import annotations

import base64
import itertools
import json
import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.errors import ObservationError, ObservationValueError, ProtocolError
from rl_training.protocol.agent_groups import AgentLayout
from rl_training.protocol.json_codec import (
    absent_by,
    checked_actions,
    decode_message,
    encode_message,
)
from rl_training.protocol.messages import EnvInfo, Observations, ResetResult, StepResult
from rl_training.protocol.spaces import ObservationField

TAG_ACTION = ord("A")
TAG_JSON = ord("J")
TAG_POLICY = ord("P")
TAG_RESET = ord("R")
TAG_STEP = ord("S")
_HEADER = struct.Struct("<B3xI")
_TERMINATED, _TRUNCATED, _ABSENT, _JOINED = 1, 2, 4, 8
_ENDED = _TERMINATED | _TRUNCATED
# Of each layout: key, first float, one past the last, and shape.
_Places = tuple[tuple[tuple[str, int, int, tuple[int, ...]], ...], ...]
_FLOAT = np.dtype("<f4")


class BinaryCodec:
    """The binary transport of one engine.

    Args:
        info: the engine's description; gives counts, keys and sizes.
        version: 1 or 2, the transport's.
    """

    def __init__(self, info: EnvInfo, version: int = 1) -> None:
        self._info = info
        self._version = version
        self._most = _ENDED | (0 if version == 1 else _ABSENT | _JOINED)
        self._action_header = _HEADER.pack(TAG_ACTION, 0)
        self._json_header = _HEADER.pack(TAG_JSON, 0)
        self._layouts = [_LayoutBytes(layout) for layout in info.layouts]
        # One past the last agent of each layout.
        self._ends = np.cumsum([each.count for each in self._layouts])
        # Observations that are vectors of floats only can be read as one block: rewards, flags,
        # observations, final observations.
        self._only_floats = all(each.only_floats for each in self._layouts)
        # Actions of one layout without choices are one block.
        self._one_block = len(self._layouts) == 1 and not self._layouts[0].has_choices
        self._first_obs = info.n_agents + -(-info.n_agents // 4)
        counts = [layout.count for layout in self._layouts]
        self._views, self._first_final = self._places(self._first_obs, counts)

    def encode_control(self, message: dict[str, Any]) -> bytes:
        """Encode a message that is not an action."""
        return self._json_header + encode_message(message)

    def decode_control(self, payload: memoryview, expected: str) -> dict[str, Any]:
        """Decode a message that is neither a step nor a reset; see `decode_message`."""
        self._open(payload, TAG_JSON, expected)
        return decode_message(payload[_HEADER.size :], expected)

    def encode_action(self, *actions: NDArray[Any]) -> bytes:
        """Encode (agents, columns) actions of each layout.

        Raises:
            ActionSpaceError: wrong shape, not finite, or a choice out of range.
        """
        if self._one_block and len(actions) == 1:
            values = self._info.actions.to_engine(actions[0], self._info.n_agents)
            return self._action_header + values.astype("<f4", copy=False).tobytes()
        parts = [self._action_header]
        for layout, values in zip(self._layouts, checked_actions(self._info, actions), strict=True):
            if not layout.has_choices:
                parts.append(values.astype("<f4", copy=False).tobytes())
                continue
            parts.append(values[:, ~layout.choices].astype("<f4").tobytes())
            parts.append(values[:, layout.choices].astype("<i4").tobytes())
        return b"".join(parts)

    def encode_policy(self, message: dict[str, Any], onnx: bytes) -> bytes:
        """Encode the order `load_policy` with the file's bytes."""
        if self._version == 1:
            return self.encode_control({**message, "onnx": base64.b64encode(onnx).decode()})
        text = encode_message(message)
        return _HEADER.pack(TAG_POLICY, len(text)) + text + onnx

    def decode_reset(self, payload: memoryview) -> ResetResult:
        """Decode the answer to a reset.

        Raises:
            ObservationError: an observation is not finite.
            ProtocolError: the message is malformed.
        """
        announced = self._open(payload, TAG_RESET, "reset")
        reader = _Reader(payload)
        absent = None
        if announced and self._version > 1:
            status = reader.take("u1", self._info.n_agents)
            reader.align()
            if np.count_nonzero(status) != announced or (status & ~np.uint8(_ABSENT)).any():
                raise ProtocolError(
                    f"'reset' message announces {announced} empty seats, its flags tell others"
                )
            absent = (status & _ABSENT) != 0
        layouts = tuple(
            self._observations(reader, layout, layout.agents, "observation")
            for layout in self._layouts
        )
        infos = self._infos(reader.rest())
        return ResetResult(layouts, infos, absent_by(infos) if self._version == 1 else absent)

    def decode_step(self, payload: memoryview) -> StepResult:
        """Decode the answer to an action.

        Raises:
            ObservationError: an observation is not finite.
            ProtocolError: the message is malformed.
        """
        announced = self._open(payload, TAG_STEP, "step")
        return self._read_block(payload, announced) or self._read_parts(payload, announced)

    def _read_block(self, payload: memoryview, announced: int) -> StepResult | None:
        """Read a step whose numbers are all floats, in one copy with one check.

        Returns:
            None when there is anything to refuse or the observations are not all floats:
            `_read_parts` then reads it and names the culprit.
        """
        if not self._only_floats:
            return None
        total = self._first_final
        finals: _Places = ()
        if announced:
            counts = self._announced(payload, announced)
            if counts is None:
                return None
            finals, total = self._places(total, counts)
        end = _HEADER.size + 4 * total
        if end > len(payload):
            return None
        count = self._info.n_agents
        block = np.frombuffer(payload, _FLOAT, total, _HEADER.size).copy()
        status = block[count : self._first_obs].view(np.uint8)[:count]
        highest = int(status.max())
        # The flags are tiny numbers as floats. A sum of squares is not finite if one element is
        # not, and seldom otherwise.
        with np.errstate(over="ignore"):
            finite = math.isfinite(block.dot(block))
        if not finite or highest > self._most:
            return None
        ended: tuple[int, ...] = ()
        if highest:
            ended = tuple((status & _ENDED).nonzero()[0].tolist())
        if len(ended) != announced:
            return None
        return self._step(
            block[:count],
            status,
            highest,
            _views(block, self._views),
            ended,
            _views(block, finals),
            self._infos(payload[end:]) if end < len(payload) else [],
        )

    def _announced(self, payload: memoryview, announced: int) -> list[int] | None:
        """Return how many agents of each layout ended; None when the flags tell another sum."""
        if len(self._layouts) == 1:
            return [announced]
        count = self._info.n_agents
        if _HEADER.size + 5 * count > len(payload):
            return None
        status = np.frombuffer(payload, np.uint8, count, _HEADER.size + 4 * count)
        counts = self._ended_per_layout((status & _ENDED).nonzero()[0])
        return counts if sum(counts) == announced else None

    def _ended_per_layout(self, ended: NDArray[np.intp]) -> list[int]:
        if len(self._layouts) == 1:
            return [len(ended)]
        until = [0, *np.searchsorted(ended, self._ends).tolist()]
        return [after - before for before, after in itertools.pairwise(until)]

    def _places(self, first: int, counts: list[int]) -> tuple[_Places, int]:
        """Return where the observations of so many agents of each layout stand, and their end."""
        found = []
        for count, layout in zip(counts, self._layouts, strict=True):
            places = []
            for field in layout.fields:
                last = first + count * field.size
                places.append((field.key, first, last, (count, *field.shape)))
                first = last
            found.append(tuple(places))
        return tuple(found), first

    def _step(
        self,
        rewards: NDArray[np.float32],
        status: NDArray[np.uint8],
        highest: int,
        layouts: tuple[Observations, ...],
        ended: tuple[int, ...],
        finals: tuple[Observations, ...],
        infos: list[dict[str, Any]],
    ) -> StepResult:
        absent = joined = None
        if self._version == 1:
            absent = absent_by(infos) if infos else None
        elif highest > _ENDED:
            absent, joined = (status & _ABSENT) != 0, (status & _JOINED) != 0
        return StepResult(
            layouts=layouts,
            rewards=rewards,
            terminated=(status & _TERMINATED) != 0,
            truncated=(status & _TRUNCATED) != 0,
            final_agents=ended,
            finals=finals,
            infos=infos,
            absent=absent,
            joined=joined,
        )

    def _read_parts(self, payload: memoryview, announced: int) -> StepResult:
        count = self._info.n_agents
        reader = _Reader(payload)
        rewards = reader.take("<f4", count)
        status = reader.take("u1", count)
        reader.align()
        ended = np.flatnonzero(status & _ENDED)
        if len(ended) != announced or (status > self._most).any():
            raise ProtocolError(
                f"'step' message announces {announced} ended episodes, its flags tell {len(ended)}"
            )
        if not np.isfinite(rewards).all():
            agent = int(np.flatnonzero(~np.isfinite(rewards))[0])
            raise ProtocolError(
                f"agent {agent}'s reward is {rewards[agent]}; get_reward() must return a finite "
                "number"
            )
        layouts = tuple(
            self._observations(reader, layout, layout.agents, "observation")
            for layout in self._layouts
        )
        finals = []
        rest = tuple(ended.tolist())
        for many, layout in zip(self._ended_per_layout(ended), self._layouts, strict=True):
            finals.append(self._observations(reader, layout, rest[:many], "final observation"))
            rest = rest[many:]
        return self._step(
            rewards,
            status,
            int(status.max()),
            layouts,
            tuple(ended.tolist()),
            tuple(finals) if announced else (),
            self._infos(reader.rest()),
        )

    def _open(self, payload: memoryview, tag: int, expected: str) -> int:
        """Check the header and return its count; a reported error is raised."""
        if len(payload) < _HEADER.size:
            raise ProtocolError(
                f"a binary message of {len(payload)} bytes is shorter than its header"
            )
        found, count = _HEADER.unpack_from(payload)
        if found == tag:
            return int(count)
        if found == TAG_JSON:
            decode_message(payload[_HEADER.size :], expected)  # raises what the engine reports
        raise ProtocolError(
            f"the engine sent a binary message with the tag 0x{found:02X}, expected '{expected}'"
        )

    def _observations(
        self, reader: _Reader, layout: _LayoutBytes, agents: tuple[int, ...], what: str
    ) -> Observations:
        observations: Observations = {}
        for field in layout.fields:
            shape = (len(agents), *field.shape)
            if field.kind == "image":
                observations[field.key] = reader.take("u1", len(agents) * field.size).reshape(shape)
                reader.align()
                continue
            values = reader.take("<f4", len(agents) * field.size).reshape(shape)
            if not np.isfinite(values).all():
                raise _not_finite(field, values, agents, what)
            if field.kind == "discrete":
                values = _choices(field, values, agents, what)
            observations[field.key] = values
        return observations

    def _infos(self, text: memoryview) -> list[dict[str, Any]]:
        if not text:
            return []
        infos: list[dict[str, Any]] = [{} for _ in range(self._info.n_agents)]
        try:
            told = json.loads(str(text, "utf-8"))
            for agent, info in told.items():
                if int(agent) < 0 or not isinstance(info, dict):
                    raise ValueError(agent)
                infos[int(agent)] = info
        except (ValueError, AttributeError, IndexError, RecursionError) as error:
            raise ProtocolError(f"a binary message ends in malformed infos: {error}") from error
        return infos


class _LayoutBytes:
    """How the agents of a layout stand in a payload."""

    def __init__(self, layout: AgentLayout) -> None:
        self.agents = layout.agents
        self.count = len(layout.agents)
        self.fields = layout.observations.fields
        self.only_floats = all(field.kind == "box" for field in self.fields)
        self.row_floats = sum(field.size for field in self.fields)
        columns: list[bool] = []
        for field in layout.actions.fields:
            columns += [field.kind == "discrete"] * field.columns
        self.choices = np.array(columns, dtype=np.bool_)
        self.has_choices = bool(self.choices.any())


class _Reader:
    """Takes arrays off a payload in order; every array is a copy."""

    def __init__(self, payload: memoryview) -> None:
        self._payload = payload
        self._at = _HEADER.size

    def take(self, dtype: str, count: int) -> NDArray[Any]:
        size = np.dtype(dtype).itemsize * count
        if self._at + size > len(self._payload):
            raise ProtocolError(
                f"a binary message of {len(self._payload)} bytes ends too early; the scene "
                "declared more, or an observation's size changed"
            )
        array: NDArray[Any] = np.frombuffer(self._payload, dtype, count, self._at).copy()
        self._at += size
        return array

    def align(self) -> None:
        self._at = -(-self._at // 4) * 4

    def rest(self) -> memoryview:
        return self._payload[self._at :]


def _views(block: NDArray[np.float32], places: _Places) -> tuple[Observations, ...]:
    return tuple(
        {key: block[first:last].reshape(shape) for key, first, last, shape in layout}
        for layout in places
    )


def _choices(
    field: ObservationField, values: NDArray[Any], agents: tuple[int, ...], what: str
) -> NDArray[np.int64]:
    wrong = (values < 0) | (values > field.high) | (values != np.floor(values))
    if wrong.any():
        row = int(wrong.nonzero()[0][0])
        raise ObservationError(
            f"agent {agents[row]}'s {what} '{field.key}' is {values[row]:g}, expected a whole "
            f"number from 0 to {int(field.high)}"
        )
    return values.astype(np.int64)


def _not_finite(
    field: ObservationField, values: NDArray[Any], agents: tuple[int, ...], what: str
) -> ObservationError:
    row, *rest = np.argwhere(~np.isfinite(values))[0].tolist()
    index = int(np.ravel_multi_index(rest, field.shape)) if rest else 0
    name = f" ({field.names[index]})" if index < len(field.names) else ""
    return ObservationValueError(
        f"agent {agents[row]}'s {what} '{field.key}' holds {values[row].ravel()[index]} at element "
        f"{index}{name}; get_obs() must return finite numbers only"
    )
