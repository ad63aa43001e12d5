"""What one engine was ordered and still holds, so that its replacement is told the same.

Called by `engine_group`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rl_training.protocol.orders import LEVELS, PARAMETERS, Order

Values = dict[str, Any]


class StandingOrders:
    """The orders of one engine.

    Args:
        arenas: how many the engine has.
    """

    def __init__(self, arenas: int) -> None:
        self._all = range(arenas)
        self._parameters: dict[int, Values] = {}
        # (group, arena) -> who plays there
        self._players: dict[tuple[str, int], Order] = {}

    def note(self, order: Order) -> None:
        """Keep an order; a later one of the same kind takes its place.

        Levels are not kept: they are used once, and nobody knows which were used already.
        """
        if order.kind == LEVELS:
            return
        for arena in self._all if order.arenas is None else order.arenas:
            if order.kind == PARAMETERS:
                self._parameters.setdefault(arena, {}).update(order.keys["values"])
            else:
                self._players[order.keys["group"], arena] = order

    def __iter__(self) -> Iterator[Order]:
        """Yield what an engine that was just started must be told, as few orders as it takes."""
        values: list[tuple[Values, list[int]]] = []
        for arena, held in self._parameters.items():
            alike = next((arenas for known, arenas in values if known == held), None)
            if alike is None:
                values.append((held, [arena]))
            else:
                alike.append(arena)
        for held, arenas in values:
            if held:
                yield Order(PARAMETERS, {"values": held}).to(self._short(arenas))
        players: dict[int, tuple[Order, list[int]]] = {}
        for (_, arena), order in self._players.items():
            players.setdefault(id(order), (order, []))[1].append(arena)
        for order, arenas in players.values():
            yield order.to(self._short(arenas))

    def _short(self, arenas: list[int]) -> list[int] | None:
        return None if len(arenas) == len(self._all) else arenas
