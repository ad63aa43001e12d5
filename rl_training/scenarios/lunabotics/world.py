"""N worlds of the Lunabotics task as NumPy arrays: decisions in, observations and rewards out.

`LunaboticsVecEnv` and `LunaboticsVectorEnv` are its faces. Nothing here knows Stable-Baselines3 or
Gymnasium. A world's episode depends on its seed, its parameters and its actions alone: N worlds are
N single ones, bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rl_training.errors import ActionSpaceError
from rl_training.scenarios.lunabotics import constants as c
from rl_training.scenarios.lunabotics.commands import Commands
from rl_training.scenarios.lunabotics.contacts import lean, solve
from rl_training.scenarios.lunabotics.drive import Drive
from rl_training.scenarios.lunabotics.episode_values import EpisodeValues
from rl_training.scenarios.lunabotics.judge import Judge
from rl_training.scenarios.lunabotics.layout import draw_layout
from rl_training.scenarios.lunabotics.parameters import INDEX
from rl_training.scenarios.lunabotics.sensor import Sensor
from rl_training.scenarios.lunabotics.state import Floats, State, Table

OBSERVATIONS = len(c.OBSERVATION_NAMES)
ACTIONS = len(c.ACTION_NAMES)

Flags = NDArray[np.bool_]
Rows = NDArray[np.intp]


class Ends(NamedTuple):
    """Episodes that a decision ended, m of them.

    Attributes:
        worlds: (m,) which.
        observations: (m, 28) the last ones.
        infos: of each: `is_success`, `metrics`, `reward_terms`, `parameters` where any were set.
    """

    worlds: Rows
    observations: Floats
    infos: list[dict[str, Any]]


class World:
    """N worlds.

    Args:
        n: how many.
        action_repeat: ticks of a decision.

    Attributes:
        state: of the rovers and what lies about them.
        table: of the running episodes.
        values: parameters of the episodes that begin.
        terminated: (n,) bool, of the last decision.
        truncated: (n,) bool, of the last decision.
    """

    def __init__(self, n: int, action_repeat: int = 1) -> None:
        self.n = n
        self.action_repeat = action_repeat
        self.state = State(n)
        self.table = Table(n)
        self.values = EpisodeValues()
        self.terminated = np.zeros(n, np.bool_)
        self.truncated = np.zeros(n, np.bool_)
        self._drawn = np.zeros((len(INDEX), n))
        self._commands = Commands(n)
        self._drive = Drive(n)
        self._sensor = Sensor(n)
        self._judge = Judge(n)
        self._observed: Floats = np.empty((OBSERVATIONS, n), np.float32)
        self._touched = np.empty((2, n), np.bool_)
        # Whose rover touched something in the last tick.
        self._leaning = np.zeros(n, np.bool_)

    def set_parameters(self, values: Mapping[str, object]) -> None:
        """Set parameters from the next episodes on; see `EpisodeValues.set`.

        Raises:
            ConfigError: a name is unknown or a value will not do.
        """
        self.values.set(values)

    def begin(self, worlds: Rows, seeds: NDArray[np.uint32]) -> Floats:
        """Begin episodes.

        Args:
            worlds: (m,) which worlds.
            seeds: (m,) of the episodes, each in [0, 2^31).

        Returns:
            (m, 28) their first observations.
        """
        drawn = self.values.columns(seeds)
        self._drawn[:, worlds] = drawn
        self.table.fill(worlds, drawn, self.action_repeat)
        width, height = drawn[INDEX["world_width"]], drawn[INDEX["world_height"]]
        rocks, orbs = np.rint(drawn[INDEX["num_rocks"]]), np.rint(drawn[INDEX["num_orbs"]])
        self.state.begin(worlds, seeds, draw_layout(seeds, width, height, rocks, orbs))
        self.state.obstacle_rows = c.NUM_CRATERS + round(self._drawn[INDEX["num_rocks"]].max())
        self._commands.begin(self.table, worlds)
        # A rover at its start touches nothing.
        self._leaning[worlds] = False
        return self._begin_looking(worlds)

    def step(self, actions: Floats) -> tuple[Floats, Floats]:
        """Act for one decision in every world. Episodes that end are not begun anew.

        Args:
            actions: (n, 3) float32; clipped to the action space.

        Returns:
            (n, 28) observations, (n,) rewards, both float32 and the caller's own.

        Raises:
            ActionSpaceError: the actions have another shape, or are not finite.
        """
        state, table = self.state, self.table
        self._commands.take(_checked(actions, self.n))
        self._touched[:] = False
        for _ in range(self.action_repeat):
            linear, angular = self._commands.now(state, table)
            self._drive.drive(state, table, linear, angular)
            lean(state, table, self._leaning, self._touched)
            self._drive.move(state, table)
            near = self._drive.near(state, table)
            if len(near):
                solve(state, table, near, self._leaning, self._touched)
        state.decisions += 1
        self._touched[0] |= self._drive.in_craters(state)
        self._judge.find_zones(state, table)
        self._sensor.look(state)
        self._judge.judge(state, table, self._sensor, self._commands.dig, self._touched)
        self._sensor.write(state, table, self._observed)
        np.greater_equal(state.deposited, state.total, out=self.terminated)
        np.greater_equal(state.decisions, table.limit, out=self.truncated)
        np.greater(self.truncated, self.terminated, out=self.truncated)
        return _rows(self._observed), self._judge.reward.copy()

    def ends(self, observations: Floats) -> Ends:
        """Return the episodes that the last decision ended.

        Args:
            observations: (n, 28) of that decision.
        """
        worlds = np.flatnonzero(self.terminated | self.truncated)
        return Ends(worlds, observations[worlds], [self._info(int(each)) for each in worlds])

    def __getstate__(self) -> dict[str, Any]:
        """Return what the running episodes are; arrays that are work only are made anew."""
        parts = (self.state, self.table, self._commands)
        return {
            "made": (self.n, self.action_repeat),
            "values": self.values,
            "drawn": self._drawn,
            "leaning": self._leaning,
            "parts": [dict(vars(part)) for part in parts],
        }

    def __setstate__(self, saved: dict[str, Any]) -> None:
        """Take over what `__getstate__` gave. Rows of arrays stay rows of these arrays."""
        World.__init__(self, *saved["made"])
        self.values, self._drawn = saved["values"], saved["drawn"]
        self._leaning = saved["leaning"]
        parts = (self.state, self.table, self._commands)
        for part, values in zip(parts, saved["parts"], strict=True):
            for name, value in values.items():
                if isinstance(value, np.ndarray):
                    getattr(part, name)[...] = value
                else:
                    setattr(part, name, value)

    def _info(self, world: int) -> dict[str, Any]:
        state = self.state
        first, tick = int(state.first_deposit[world]), float(self.table.dt[world])
        seconds = round(tick * self.action_repeat, 9)
        decided = int(state.decisions[world])
        info: dict[str, Any] = {
            "is_success": first > 0,
            "metrics": {
                "success": float(first > 0),
                "orbs_deposited": int(state.deposited[world]),
                "obstacle_contacts": int(state.contacts[0, world]),
                "wall_contacts": int(state.contacts[1, world]),
                "first_deposit_time": (first or decided) * seconds,
            },
            "reward_terms": dict(zip(c.REWARDS, state.sums[:, world].tolist(), strict=True)),
        }
        if self.values.told:
            drawn = self._drawn[:, world]
            info["parameters"] = {name: float(drawn[INDEX[name]]) for name in self.values.told}
        return info

    def _begin_looking(self, worlds: Rows) -> Floats:
        """Look at worlds whose episodes begin; return their observations."""
        whole = len(worlds) == self.n
        state, table = (self.state, self.table) if whole else self._part(worlds)
        drive, sensor, judge = Drive(state.n), Sensor(state.n), Judge(state.n)
        drive.turn(state)
        judge.find_zones(state, table)
        sensor.look(state)
        judge.measure(state, table, sensor)
        # Who begins in a crater has not driven into it.
        state.touching[0] = drive.in_craters(state)
        observed = np.empty((OBSERVATIONS, state.n), np.float32)
        sensor.write(state, table, observed)
        if not whole:
            mine = self.state
            mine.body[:, worlds], mine.zone[worlds] = state.body, state.zone
            mine.orb_distance[worlds] = state.orb_distance
            mine.berm_distance[worlds] = state.berm_distance
            mine.touching[:, worlds] = state.touching
        return _rows(observed)

    def _part(self, worlds: Rows) -> tuple[State, Table]:
        """Return copies of some worlds, as far as a first look needs them."""
        state, table = State(len(worlds)), Table(len(worlds))
        table.rows[:] = self.table.rows[:, worlds]
        for name in ("body", "obstacles", "orbs", "seeds"):
            getattr(state, name)[:] = getattr(self.state, name)[..., worlds]
        state.obstacle_rows = self.state.obstacle_rows
        return state, table


def _rows(columns: Floats) -> Floats:
    """Return (n, k) of (k, n), in memory of its own."""
    # Of one world the transposed array is contiguous already, and would be no copy.
    return np.array(columns.T, order="C")


def _checked(actions: Any, n: int) -> Floats:
    found = np.asarray(actions, np.float32)
    if found.shape != (n, ACTIONS):
        raise ActionSpaceError(
            f"actions have the shape {found.shape}, expected ({n}, {ACTIONS}): linear, angular and "
            "dig of each world"
        )
    if not np.isfinite(found).all():
        raise ActionSpaceError("actions hold NaN or infinity: the policy has diverged")
    return found
