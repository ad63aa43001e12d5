"""Zones, orbs and rewards: what a decision brought, for all worlds at once.

Called by `World` at the end of every decision, when the sensor has looked. It moves nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rl_training.scenarios.lunabotics import constants as c
from rl_training.scenarios.lunabotics.layout import FAR
from rl_training.scenarios.lunabotics.sensor import Sensor
from rl_training.scenarios.lunabotics.state import Floats, State, Table

_TERM = {name: row for row, name in enumerate(c.REWARDS)}
_REACH = np.float32(c.REACH)
_THRESHOLD = np.float32(c.DIG_THRESHOLD)
_RIGHT = np.float32(c.EXCAVATION)


class Judge:
    """Pays rewards.

    Args:
        n: worlds.

    Attributes:
        reward: (n,) float32, of the last decision.
    """

    def __init__(self, n: int) -> None:
        self.reward: Floats = np.empty(n, np.float32)
        self._units: Floats = np.zeros((len(_TERM), n), np.float32)
        self._units[_TERM["time"]] = 1.0
        self._earned: Floats = np.empty((len(_TERM), n), np.float32)
        self._flags = np.empty((8, n), np.bool_)
        self._work: Floats = np.empty((3, n), np.float32)

    def find_zones(self, state: State, table: Table) -> None:
        """Write the zone of every rover."""
        left, top, right, low, flag, other = self._flags[:6]
        part = self._work[0]
        zone = state.zone
        np.less(state.x, table.start_x, out=left)
        np.less(state.y, table.start_y, out=top)
        np.greater_equal(state.x, table.right_x, out=right)
        np.less(state.y, table.split_y, out=low)
        # On the right: 3, and 1 more below the split, and 1 more on the berm.
        np.copyto(zone, low)
        self._find_berm(state, table, flag, other)
        zone += flag
        zone += _RIGHT
        zone *= right
        # In the middle 2, on the left 1 in the start zone and 0 above it.
        np.logical_and(left, top, out=flag)
        np.logical_or(left, right, out=other)
        np.logical_not(other, out=other)
        np.multiply(other, np.float32(c.FIELD), out=part)
        part += flag
        zone += part

    def measure(self, state: State, table: Table, sensor: Sensor) -> None:
        """Begin to count progress from here."""
        np.copyto(state.orb_distance, sensor.orb_distance)
        self._find_berm_distance(state, table, state.berm_distance)

    def judge(
        self,
        state: State,
        table: Table,
        sensor: Sensor,
        dig: Floats,
        touched: NDArray[np.bool_],
    ) -> None:
        """Pay for a decision, dig and deposit.

        Args:
            state: orbs, what is held and sums are changed.
            table: of the running episodes.
            sensor: that has looked.
            dig: (n,) the action.
            touched: (2, n) bool, the rover touched an obstacle or was in a crater, touched a wall.
        """
        units = self._units
        wants, right, empty, low, fresh = self._flags[:5]
        np.less(dig, _THRESHOLD, out=wants)
        np.logical_not(wants, out=wants)
        np.logical_not(state.holding, out=empty)
        self._pay_progress(state, table, sensor, empty)
        np.equal(state.zone, np.float32(c.EXCAVATION), out=right)
        np.greater_equal(state.zone, np.float32(c.CONSTRUCTION), out=low)
        for row, there, able, told in (
            ("reach_excavation", right, empty, state.told[0]),
            ("reach_construction", low, state.holding, state.told[1]),
        ):
            np.logical_and(there, able, out=fresh)
            np.greater(fresh, told, out=fresh)
            told |= fresh
            units[_TERM[row]] = fresh
        self._pay_contacts(state, table, touched)
        self._dig(state, sensor, wants, right, empty)
        self._deposit(state, wants)
        np.multiply(units, table.weights, out=self._earned)
        state.sums += self._earned
        np.copyto(self.reward, self._earned[0])
        for row in self._earned[1:]:
            self.reward += row

    def _pay_contacts(self, state: State, table: Table, touched: NDArray[np.bool_]) -> None:
        """A contact costs when it begins, and again for every whole second that it lasts."""
        fresh, due = self._flags[3], self._flags[4]
        for row, contact, lasted, count in zip(
            ("obstacle", "wall"), touched, state.touching, state.contacts, strict=True
        ):
            lasted += 1
            lasted *= contact
            np.equal(lasted, 1, out=fresh)
            count += fresh
            np.greater(lasted, table.second, out=due)
            np.copyto(lasted, 1, where=due)
            due |= fresh
            self._units[_TERM[row]] = due

    def _pay_progress(
        self, state: State, table: Table, sensor: Sensor, empty: NDArray[np.bool_]
    ) -> None:
        to_orb = self._units[_TERM["progress_excavation"]]
        to_berm = self._units[_TERM["progress_construction"]]
        np.subtract(state.orb_distance, sensor.orb_distance, out=to_orb)
        np.copyto(state.orb_distance, sensor.orb_distance)
        to_orb *= empty
        distance = self._work[0]
        self._find_berm_distance(state, table, distance)
        np.subtract(state.berm_distance, distance, out=to_berm)
        np.copyto(state.berm_distance, distance)
        to_berm *= state.holding

    def _dig(
        self,
        state: State,
        sensor: Sensor,
        wants: NDArray[np.bool_],
        right: NDArray[np.bool_],
        empty: NDArray[np.bool_],
    ) -> None:
        """Take the nearest orb within reach."""
        units, taken = self._units[_TERM["collect"]], self._flags[4]
        np.less_equal(sensor.orb_distance, _REACH, out=taken)
        taken &= wants
        taken &= right
        taken &= empty
        np.copyto(units, taken)
        for world in np.flatnonzero(taken).tolist():
            # Orbs are taken one by one: a few worlds a decision.
            slot = sensor.nearest_orb(world)
            sensor.forget(slot, world)
            state.orbs[:, slot, world] = FAR
            state.holding[world] = True
            state.collected[world] += 1
            state.told[1, world] = False

    def _deposit(self, state: State, wants: NDArray[np.bool_]) -> None:
        """Lay down what is held, on the berm."""
        units, laid = self._units[_TERM["deposit"]], self._flags[4]
        np.equal(state.zone, np.float32(c.BERM), out=laid)
        laid &= wants
        laid &= state.holding
        np.copyto(units, laid)
        worlds = np.flatnonzero(laid)
        if len(worlds):
            state.holding[worlds] = False
            state.deposited[worlds] += 1
            state.told[0, worlds] = False
            first = worlds[state.first_deposit[worlds] == 0]
            state.first_deposit[first] = state.decisions[first]

    def _find_berm(
        self, state: State, table: Table, flag: NDArray[np.bool_], other: NDArray[np.bool_]
    ) -> None:
        np.greater_equal(state.x, table.berm_left, out=flag)
        for compare, value, edge in (
            (np.less, state.x, table.berm_right),
            (np.greater_equal, state.y, table.berm_top),
            (np.less, state.y, table.berm_bottom),
        ):
            compare(value, edge, out=other)
            flag &= other

    def _find_berm_distance(self, state: State, table: Table, out: Floats) -> None:
        work = self._work[1]
        np.subtract(state.x, table.berm_x, out=out)
        np.subtract(state.y, table.berm_y, out=work)
        out *= out
        work *= work
        out += work
        np.sqrt(out, out=out)
