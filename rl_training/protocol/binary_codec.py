"""Transport `binary1`: one packed message each way for a decision of all agents.

Called by `connection`. The layout is written down in docs/protocol.md; its twin is
addons/godot_rl/wire/binary_codec.gd. Observations become arrays by `np.frombuffer`; single values
are only looked at to name the culprit when one is not finite.
"""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.errors import ObservationError, ObservationValueError, ProtocolError
from rl_training.protocol.json_codec import decode_message, encode_message
from rl_training.protocol.messages import EnvInfo, Observations, ResetResult, StepResult
from rl_training.protocol.spaces import ObservationField

TAG_ACTION = ord("A")
TAG_JSON = ord("J")
TAG_RESET = ord("R")
TAG_STEP = ord("S")
_HEADER = struct.Struct("<B3xI")
_TERMINATED, _TRUNCATED = 1, 2
_FLOAT = np.dtype("<f4")


class BinaryCodec:
    """The binary transport of one engine.

    Args:
        info: the engine's description; gives counts, keys and sizes.
    """

    def __init__(self, info: EnvInfo) -> None:
        self._info = info
        columns: list[bool] = []
        for field in info.actions.fields:
            columns += [field.kind == "discrete"] * field.columns
        self._discrete = np.array(columns, dtype=np.bool_)
        self._action_header = _HEADER.pack(TAG_ACTION, 0)
        self._json_header = _HEADER.pack(TAG_JSON, 0)
        self._has_choices = bool(self._discrete.any())
        # Observations that are vectors of floats only can be read as one block.
        self._only_floats = all(field.kind == "box" for field in info.observations.fields)
        self._row_floats = sum(field.size for field in info.observations.fields)

    def encode_control(self, message: dict[str, Any]) -> bytes:
        """Encode a message that is not an action."""
        return self._json_header + encode_message(message)

    def decode_control(self, payload: memoryview, expected: str) -> dict[str, Any]:
        """Decode a message that is neither a step nor a reset; see `decode_message`."""
        self._open(payload, TAG_JSON, expected)
        return decode_message(payload[_HEADER.size :], expected)

    def encode_action(self, actions: NDArray[Any]) -> bytes:
        """Encode (n_agents, columns) actions.

        Raises:
            ActionSpaceError: wrong shape, not finite, or a choice out of range.
        """
        values = self._info.actions.to_engine(actions, self._info.n_agents)
        if not self._has_choices:
            return self._action_header + values.astype("<f4", copy=False).tobytes()
        floats = values[:, ~self._discrete].astype("<f4").tobytes()
        return self._action_header + floats + values[:, self._discrete].astype("<i4").tobytes()

    def decode_reset(self, payload: memoryview) -> ResetResult:
        """Decode the answer to a reset.

        Raises:
            ObservationError: an observation is not finite.
            ProtocolError: the message is malformed.
        """
        self._open(payload, TAG_RESET, "reset")
        reader = _Reader(payload)
        agents = tuple(range(self._info.n_agents))
        return ResetResult(
            self._observations(reader, agents, "observation"), self._infos(reader.rest())
        )

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
        count = self._info.n_agents
        first_obs = count + -(-count // 4)
        first_final = first_obs + count * self._row_floats
        total = first_final + announced * self._row_floats
        end = _HEADER.size + 4 * total
        if not self._only_floats or end > len(payload):
            return None
        block = np.frombuffer(payload, _FLOAT, total, _HEADER.size).copy()
        status = block[count:first_obs].view(np.uint8)[:count]
        # The flags are tiny numbers as floats. A sum of squares is not finite if one element is
        # not, and seldom otherwise.
        with np.errstate(over="ignore"):
            finite = math.isfinite(block.dot(block))
        if not finite or int(status.max()) > (_TERMINATED | _TRUNCATED):
            return None
        ended = tuple(status.nonzero()[0].tolist()) if announced or status.any() else ()
        if len(ended) != announced:
            return None
        return StepResult(
            obs=self._views(block[first_obs:first_final], count),
            rewards=block[:count],
            terminated=(status & _TERMINATED) != 0,
            truncated=(status & _TRUNCATED) != 0,
            final_agents=ended,
            final_obs=self._views(block[first_final:], announced) if announced else {},
            infos=self._infos(payload[end:]),
        )

    def _views(self, block: NDArray[np.float32], count: int) -> Observations:
        observations: Observations = {}
        first = 0
        for field in self._info.observations.fields:
            last = first + count * field.size
            observations[field.key] = block[first:last].reshape((count, *field.shape))
            first = last
        return observations

    def _read_parts(self, payload: memoryview, announced: int) -> StepResult:
        count = self._info.n_agents
        reader = _Reader(payload)
        rewards = reader.take("<f4", count)
        status = reader.take("u1", count)
        reader.align()
        ended = tuple(np.flatnonzero(status).tolist())
        if len(ended) != announced or (status > (_TERMINATED | _TRUNCATED)).any():
            raise ProtocolError(
                f"'step' message announces {announced} ended episodes, its flags tell {len(ended)}"
            )
        if not np.isfinite(rewards).all():
            agent = int(np.flatnonzero(~np.isfinite(rewards))[0])
            raise ProtocolError(
                f"agent {agent}'s reward is {rewards[agent]}; get_reward() must return a finite "
                "number"
            )
        agents = tuple(range(count))
        obs = self._observations(reader, agents, "observation")
        final_obs = self._observations(reader, ended, "final observation") if ended else {}
        return StepResult(
            obs=obs,
            rewards=rewards,
            terminated=(status & _TERMINATED) != 0,
            truncated=(status & _TRUNCATED) != 0,
            final_agents=ended,
            final_obs=final_obs,
            infos=self._infos(reader.rest()),
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

    def _observations(self, reader: _Reader, agents: tuple[int, ...], what: str) -> Observations:
        observations: Observations = {}
        for field in self._info.observations.fields:
            shape = (len(agents), *field.shape)
            if field.kind == "image":
                observations[field.key] = reader.take("u1", len(agents) * field.size).reshape(shape)
                reader.align()
                continue
            values = reader.take("<f4", len(agents) * field.size).reshape(shape)
            if not np.isfinite(values).all():
                raise _not_finite(field, values, agents, what)
            if field.kind == "discrete":
                values = values.astype(np.int64)
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
