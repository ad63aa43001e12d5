"""Parameters, levels, policies and control for an environment's engines: checked, sent, remembered.

Called by `engine_vec_env`. It knows arenas and groups over all engines; how an order travels is the
environment's.
"""

from __future__ import annotations

import hashlib
import logging
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from rl_training.config.samplers import Sampler, read_value
from rl_training.envs.group_rows import GroupRows
from rl_training.envs.groups import Control, LoadedPolicy, ParameterSetting
from rl_training.errors import ProtocolError, UsageError
from rl_training.limits import MAX_SEED
from rl_training.protocol import MAX_PAYLOAD_BYTES
from rl_training.protocol.orders import CONTROL, LEVELS, LOAD_POLICY, PARAMETERS, Order

_log = logging.getLogger(__name__)

# Engine to its order -> the answers of those that gave one.
Send = Callable[[Mapping[int, Order]], list[dict[str, Any]]]

# What a parameter is on the wire: a number, a sampler's fields, or None: the scene's default.
WireValue: TypeAlias = "float | dict[str, Any] | None"

_NAME_DIGITS = 12
# A file travels as base64 where the transport is JSON.
_LONGEST_FILE = MAX_PAYLOAD_BYTES // 4 * 3 - 65536


class OrderDesk:
    """Takes orders for all engines.

    Args:
        rows: groups and arenas.
        send: gives engines their orders.

    Attributes:
        played_elsewhere: groups all of whose agents a loaded policy or the game plays.
        unasked: parameters that were set and that no scene has asked for yet.
    """

    def __init__(self, rows: GroupRows, send: Send) -> None:
        self.played_elsewhere: frozenset[str] = frozenset()
        self.unasked: set[str] = set()
        self._rows = rows
        self._send = send
        self._arenas = rows.arena_bounds[-1]
        # Arenas of each group in which something else than the trainer plays.
        self._elsewhere: dict[str, set[int]] = {name: set() for name in rows.groups}

    def set_parameters(
        self, values: Mapping[str, ParameterSetting], arenas: Sequence[int] | None
    ) -> None:
        """See `GroupEnv.set_parameters`."""
        checked = checked_parameters(values)
        self._give(Order(PARAMETERS, {"values": checked}), arenas)
        self.unasked |= {name for name, value in checked.items() if value is not None}

    def set_levels(self, levels: Mapping[int, Sequence[int]]) -> None:
        """See `GroupEnv.set_levels`."""
        if not levels:
            return
        of_arena = {arena: checked_levels(given) for arena, given in levels.items()}
        self._checked_arenas(list(of_arena))
        bounds = self._rows.arena_bounds
        orders: dict[int, Order] = {}
        for engine in range(len(bounds) - 1):
            own = [a for a in range(bounds[engine], bounds[engine + 1]) if a in of_arena]
            if own:
                keys = {"levels": [of_arena[arena] for arena in own]}
                orders[engine] = Order(LEVELS, keys).to([a - bounds[engine] for a in own])
        self._send(orders)

    def known_parameters(self) -> dict[str, float]:
        """Return the parameters that the scene has asked for until now, with their defaults."""
        known: dict[str, float] = {}
        for answer in self._send({0: Order(PARAMETERS, {"values": {}})}):
            known |= answer["known"]
        return known

    def look_for_unasked(self, *, warns: bool) -> None:
        """Forget parameters that the scene has asked for by now.

        Args:
            warns: warn of the others, and forget them too.
        """
        known = self.known_parameters()
        self.unasked.difference_update(known)
        if not warns or not self.unasked:
            return
        asked = ", ".join(f"'{name}' (default {value:g})" for name, value in known.items())
        _log.warning(
            "the scene has not asked for the parameter%s %s in an episode: %s",
            "s" if len(self.unasked) > 1 else "",
            ", ".join(f"'{name}'" for name in sorted(self.unasked)),
            f"it asks for {asked}" if known else "it asks for none (Sync.get_parameter)",
        )
        self.unasked.clear()

    def load_policy(
        self, group: str, onnx: bytes, arenas: Sequence[int] | None, name: str, actions: str
    ) -> LoadedPolicy:
        """See `GroupEnv.load_policy`."""
        self._rows.require(group)
        if not isinstance(onnx, (bytes, bytearray, memoryview)):
            raise UsageError(
                f"onnx is a {type(onnx).__name__}, expected the file's bytes: "
                "Path(...).read_bytes()"
            )
        if actions not in ("auto", "sampled", "deterministic"):
            raise UsageError(
                f"actions is {actions!r}, expected 'auto', 'sampled' or 'deterministic'"
            )
        content = bytes(onnx)
        if len(content) > _LONGEST_FILE:
            raise UsageError(
                f"the policy's file has {len(content)} bytes, at most {_LONGEST_FILE} can be sent"
            )
        sha256 = hashlib.sha256(content).hexdigest()
        keys = {"group": group, "name": name or sha256[:_NAME_DIGITS], "actions": actions}
        answers = self._give(Order(LOAD_POLICY, keys, onnx=content), arenas)
        if any(answer["sha256"] != sha256 for answer in answers):
            raise ProtocolError("an engine got another file than the policy that was sent")
        self._note_player(group, arenas, elsewhere=True)
        warnings = list(dict.fromkeys(each["warning"] for each in answers if each["warning"]))
        if not answers:  # the engine failed; its replacement is told
            return LoadedPolicy(sha256, actions, "")
        return LoadedPolicy(sha256, answers[0]["actions"], "; ".join(warnings))

    def set_control(self, group: str, control: Control, arenas: Sequence[int] | None) -> None:
        """See `GroupEnv.set_control`."""
        self._rows.require(group)
        if control not in ("trainer", "game"):
            raise UsageError(f"control is {control!r}, expected 'trainer' or 'game'")
        self._give(Order(CONTROL, {"group": group, "control": control}), arenas)
        self._note_player(group, arenas, elsewhere=control != "trainer")

    def set_options(self, options: Sequence[Mapping[str, WireValue]]) -> None:
        """Set parameters by agent, one mapping for each; agents of an arena must agree.

        Raises:
            UsageError: they do not.
        """
        of_arena: dict[int, dict[str, WireValue]] = {}
        for group in self._rows.groups.values():
            for agent, arena in zip(group.agents, group.arenas, strict=True):
                held = of_arena.setdefault(arena, {})
                for name, value in options[agent].items():
                    if held.setdefault(name, value) != value:
                        raise UsageError(
                            f"options give the parameter '{name}' the values {held[name]} and "
                            f"{value} in arena {arena}, whose agents share one"
                        )
        alike: list[tuple[dict[str, WireValue], list[int]]] = []
        for arena, values in sorted(of_arena.items()):
            arenas = next((known for held, known in alike if held == values), None)
            if arenas is not None:
                arenas.append(arena)
            elif values:
                alike.append((values, [arena]))
        for values, arenas in alike:
            self.set_parameters(values, None if len(arenas) == self._arenas else arenas)

    def _give(self, order: Order, arenas: Sequence[int] | None) -> list[dict[str, Any]]:
        return self._send(self._split(order, arenas))

    def _split(self, order: Order, arenas: Sequence[int] | None) -> dict[int, Order]:
        """Return the order of each engine that is concerned, with its own arenas' numbers."""
        bounds = self._rows.arena_bounds
        engines = range(len(bounds) - 1)
        if arenas is None:
            return dict.fromkeys(engines, order)
        wanted = self._checked_arenas(arenas)
        split = {}
        for engine in engines:
            first, last = bounds[engine], bounds[engine + 1]
            own = [arena - first for arena in wanted if first <= arena < last]
            if own:
                split[engine] = order.to(own)
        return split

    def _checked_arenas(self, arenas: Sequence[int]) -> list[int]:
        wanted = sorted({int(arena) for arena in arenas})
        if not wanted:
            raise UsageError("arenas is empty: name at least one, or leave it out for all")
        for arena in wanted:
            if not 0 <= arena < self._arenas:
                raise UsageError(f"there is no arena {arena}, only 0 to {self._arenas - 1}")
        return wanted

    def _note_player(self, group: str, arenas: Sequence[int] | None, *, elsewhere: bool) -> None:
        held = self._elsewhere[group]
        concerned = range(self._arenas) if arenas is None else arenas
        (held.update if elsewhere else held.difference_update)(concerned)
        self.played_elsewhere = frozenset(
            name
            for name, arenas_elsewhere in self._elsewhere.items()
            if arenas_elsewhere.issuperset(self._rows.groups[name].arenas)
        )


def checked_parameters(values: Mapping[str, Any]) -> dict[str, WireValue]:
    """Return environment parameters as they go on the wire.

    Raises:
        UsageError: a name is no text, or a value is no finite number, no sampler and not None.
    """
    checked: dict[str, WireValue] = {}
    for name, value in values.items():
        if not isinstance(name, str) or not name:
            raise UsageError(f"the parameter name {name!r} is no text")
        checked[name] = None if value is None else _wire_value(name, value)
    return checked


def _wire_value(name: str, value: Any) -> float | dict[str, Any]:
    given = value
    if not isinstance(value, (bool, str, Mapping, Sampler)):
        try:
            given = float(value)  # numbers of NumPy too
        except (TypeError, ValueError):
            given = value
    try:
        read = read_value(given)
    except ValueError as error:
        raise UsageError(f"the parameter '{name}' {error}; None is the scene's default") from error
    fields: dict[str, Any] | float = read.to_dict() if isinstance(read, Sampler) else read
    return fields


def checked_levels(levels: Sequence[int]) -> list[int]:
    """Return an arena's levels as they go on the wire.

    Raises:
        UsageError: one is no whole number in [0, 2**31).
    """
    if isinstance(levels, (str, bytes)) or not isinstance(levels, Iterable):
        raise UsageError(f"levels of an arena are a list of whole numbers; found {levels!r:.60}")
    checked = []
    for level in levels:
        try:
            number = operator.index(level)
        except TypeError:
            number = -1
        if isinstance(level, bool) or not 0 <= number <= MAX_SEED:
            raise UsageError(f"a level is a whole number from 0 to {MAX_SEED}; found {level!r}")
        checked.append(number)
    return checked


def parameters_of_options(options: Mapping[str, Any]) -> dict[str, WireValue]:
    """Return the parameters in SB3's `options` of one agent.

    Args:
        options: `{"parameters": {name: value}}`, or the names themselves.

    Raises:
        UsageError: something else.
    """
    given = dict(options)
    named = given.pop("parameters", None)
    if named is None:
        return checked_parameters(given)
    if given or not isinstance(named, Mapping):
        raise UsageError(
            "options are {name: value} or {'parameters': {name: value}}, with nothing beside; "
            f"found {dict(options)!r:.100}"
        )
    return checked_parameters(named)
