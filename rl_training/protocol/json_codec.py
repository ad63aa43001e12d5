"""Messages as JSON, the transport that every godot-rl peer understands.

Called by `connection`. Values from the engine are taken with one `np.array` call per observation
key; only when that does not give finite numbers of the declared size are single values looked at,
to name the culprit.
"""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.errors import (
    ActionSpaceError,
    EngineDiedError,
    HarnessError,
    ObservationError,
    ProtocolError,
)
from rl_training.protocol.messages import EnvInfo, Observations, ResetResult, StepResult
from rl_training.protocol.observation_decoder import decode_observations

_REPORTED: dict[str, type[HarnessError]] = {"observation": ObservationError}


def encode_message(message: dict[str, Any]) -> bytes:
    """Encode a control message.

    Raises:
        ProtocolError: the message holds something that JSON cannot.
    """
    try:
        return json.dumps(message, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ProtocolError(f"a message cannot be written as JSON: {error}") from error


def decode_message(payload: memoryview | bytes, expected: str) -> dict[str, Any]:
    """Decode a payload that must be a message of the type `expected`.

    Raises:
        ProtocolError: not UTF-8, not JSON, not an object, or another type.
        EngineDiedError: the engine sent an `error` message.
        ObservationError: the engine sent an `error` message with the code `observation`.
    """
    try:
        message = json.loads(str(payload, "utf-8"))
    except UnicodeDecodeError as error:
        raise ProtocolError(f"the engine sent a message that is not UTF-8: {error}") from error
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"the engine sent a message that is not JSON: {error}") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise ProtocolError("the engine sent a message that is no JSON object with a string 'type'")
    if message["type"] == "error":
        raise _reported(message)
    if message["type"] != expected:
        raise ProtocolError(f"the engine sent '{message['type']}', expected '{expected}'")
    return message


def _reported(message: dict[str, Any]) -> HarnessError:
    """Return the exception for an engine's own `error` message; its code chooses the type."""
    line = " ".join(str(message.get("message")).split())
    kind = _REPORTED.get(str(message.get("code", "")), EngineDiedError)
    return kind(f"the engine reports: {line}")


class JsonCodec:
    """The JSON transport of one engine.

    Args:
        info: the engine's description; gives counts, keys and sizes.
    """

    def __init__(self, info: EnvInfo) -> None:
        self._info = info
        self._action_template = _action_template(info)

    def encode_control(self, message: dict[str, Any]) -> bytes:
        """Encode a message that is not an action."""
        return encode_message(message)

    def decode_control(self, payload: memoryview, expected: str) -> dict[str, Any]:
        """Decode a message that is neither a step nor a reset; see `decode_message`."""
        return decode_message(payload, expected)

    def encode_action(self, *actions: NDArray[Any]) -> bytes:
        """Encode (agents, columns) actions of each layout as an `action` message.

        Raises:
            ActionSpaceError: wrong shape, not finite, or a choice out of range.
        """
        values = checked_actions(self._info, actions)
        if len(values) == 1:
            return (self._action_template % tuple(values[0].ravel().tolist())).encode()
        rows: list[list[Any]] = [[]] * self._info.n_agents
        for layout, array in zip(self._info.layouts, values, strict=True):
            for agent, row in zip(layout.agents, array.tolist(), strict=True):
                rows[agent] = row
        return (self._action_template % tuple(itertools.chain.from_iterable(rows))).encode()

    def encode_policy(self, message: dict[str, Any], onnx: bytes) -> bytes:
        """Encode the order `load_policy` with the file's bytes."""
        return encode_message({**message, "onnx": base64.b64encode(onnx).decode()})

    def decode_reset(self, payload: memoryview) -> ResetResult:
        """Decode a `reset` message.

        Raises:
            ObservationError: an observation is not finite or not of the declared size.
            ProtocolError: the message is malformed.
        """
        message = decode_message(payload, "reset")
        count = self._info.n_agents
        infos = _infos(message, count)
        return ResetResult(
            self._observations(_entries(message, "obs", count)), infos, absent_by(infos)
        )

    def decode_step(self, payload: memoryview) -> StepResult:
        """Decode a `step` message.

        Raises:
            ObservationError: an observation is not finite or not of the declared size.
            ProtocolError: the message is malformed.
        """
        message = decode_message(payload, "step")
        count = self._info.n_agents
        if "terminated" in message:
            terminated = _flags(message, "terminated", count)
            truncated = _flags(message, "truncated", count)
        else:  # the stock plugin knows only `done`
            terminated = _flags(message, "done", count)
            truncated = np.zeros(count, dtype=np.bool_)
        final_agents, finals = self._final(message, terminated | truncated)
        infos = _infos(message, count)
        return StepResult(
            layouts=self._observations(_entries(message, "obs", count)),
            rewards=_rewards(message, count),
            terminated=terminated,
            truncated=truncated,
            final_agents=final_agents,
            finals=finals,
            infos=infos,
            absent=absent_by(infos),
        )

    def _observations(self, entries: list[Any]) -> tuple[Observations, ...]:
        layouts = self._info.layouts
        if len(layouts) == 1:
            return (decode_observations(layouts[0].observations, entries),)
        return tuple(
            decode_observations(each.observations, [entries[a] for a in each.agents], each.agents)
            for each in layouts
        )

    def _final(
        self, message: dict[str, Any], ended: NDArray[np.bool_]
    ) -> tuple[tuple[int, ...], tuple[Observations, ...]]:
        if message.get("final_obs") is None or not ended.any():
            return (), ()
        entries = _entries(message, "final_obs", self._info.n_agents)
        agents = tuple(
            agent for agent in np.flatnonzero(ended).tolist() if entries[agent] is not None
        )
        if not agents:
            return (), ()
        finals = []
        for layout in self._info.layouts:
            own = agents
            if len(self._info.layouts) > 1:
                members = set(layout.agents)
                own = tuple(agent for agent in agents if agent in members)
            finals.append(
                decode_observations(
                    layout.observations, [entries[a] for a in own], own, what="final observation"
                )
            )
        return agents, tuple(finals)


def checked_actions(info: EnvInfo, actions: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    """Return each layout's actions as the engine takes them.

    Raises:
        ActionSpaceError: wrong shape, not finite, or a choice out of range.
    """
    if len(actions) != len(info.layouts):
        raise ActionSpaceError(
            f"actions were given for {len(actions)} kinds of agents, the scene has "
            f"{len(info.layouts)}"
        )
    if len(actions) == 1:
        return [info.layouts[0].actions.to_engine(actions[0], info.n_agents)]
    checked = []
    for number, array in enumerate(actions):
        layout = info.layouts[number]
        try:
            checked.append(layout.actions.to_engine(array, len(layout.agents)))
        except ActionSpaceError as error:
            names = " and ".join(group.name for group in info.groups if group.layout == number)
            raise ActionSpaceError(f"among the agents of {names}: {error}") from None
    return checked


def absent_by(infos: list[dict[str, Any]]) -> NDArray[np.bool_] | None:
    """Return which seats are empty, for transports that tell it in the infos alone."""
    if not any("absent" in info for info in infos):
        return None
    return np.array(["absent" in info for info in infos], dtype=np.bool_)


def _action_template(info: EnvInfo) -> str:
    """Return an `action` message with one % conversion per column.

    Formatting a template is about four times faster than json.dumps of nested lists; nine digits
    carry every float32 exactly.
    """
    agents = [""] * info.n_agents
    for layout in info.layouts:
        parts = []
        for field in layout.actions.fields:
            key = json.dumps(field.key).replace("%", "%%")
            value = "%d" if field.kind == "discrete" else f"[{','.join(['%.9g'] * field.size)}]"
            parts.append(f"{key}:{value}")
        for agent in layout.agents:
            agents[agent] = "{" + ",".join(parts) + "}"
    return f'{{"type":"action","action":[{",".join(agents)}]}}'


def _entries(message: dict[str, Any], key: str, count: int) -> list[Any]:
    entries = message.get(key)
    if not isinstance(entries, list) or len(entries) != count:
        found = f"{len(entries)} entries" if isinstance(entries, list) else repr(entries)[:60]
        raise ProtocolError(
            f"'{message['type']}' message: '{key}' must be a list with one entry for each of the "
            f"{count} agents, found {found}"
        )
    return entries


def _flags(message: dict[str, Any], key: str, count: int) -> NDArray[np.bool_]:
    entries = _entries(message, key, count)
    if not all(entry is True or entry is False or entry in (0, 1) for entry in entries):
        raise ProtocolError(f"'step' message: '{key}' must hold true or false only")
    return np.array(entries, dtype=np.bool_)


def _rewards(message: dict[str, Any], count: int) -> NDArray[np.float32]:
    entries = _entries(message, "reward", count)
    for agent, entry in enumerate(entries):
        if isinstance(entry, bool) or not isinstance(entry, (int, float)):
            shown = "null (NaN)" if entry is None else repr(entry)[:60]
            raise ProtocolError(
                f"agent {agent}'s reward is {shown}; get_reward() must return a finite number"
            )
    try:
        with np.errstate(over="ignore"):
            rewards = np.array(entries, dtype=np.float32)
    except OverflowError:
        rewards = np.full(count, np.inf, dtype=np.float32)
    if not np.isfinite(rewards).all():
        agent = int(np.flatnonzero(~np.isfinite(rewards))[0])
        raise ProtocolError(
            f"agent {agent}'s reward is {rewards[agent]}; get_reward() must return a finite number"
        )
    return rewards


def _infos(message: dict[str, Any], count: int) -> list[dict[str, Any]]:
    if message.get("info") is None:
        return []
    entries = message["info"]
    if isinstance(entries, dict) or entries == []:
        return []
    entries = _entries(message, "info", count)
    if not all(entry is None or isinstance(entry, dict) for entry in entries):
        raise ProtocolError(f"'{message['type']}' message: 'info' must hold dictionaries only")
    return [entry or {} for entry in entries]
