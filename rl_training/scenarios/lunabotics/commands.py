"""From actions to what the drive is asked for in each tick: bounds, delay and noise.

Called by `World`. Without delay and noise, which are domain randomisation, a tick costs nothing
here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rl_training.scenarios.lunabotics.draws import mix
from rl_training.scenarios.lunabotics.parameters import PARAMETERS
from rl_training.scenarios.lunabotics.state import Floats, State, Table

_ONE = np.float32(1.0)
_SLOTS = int(PARAMETERS["action_delay"].high) + 1
NOISE_PLACE = 1 << 24
"""First of the random numbers of the actuators; a decision takes 2."""


class Commands:
    """The running actions of n worlds.

    Args:
        n: worlds.

    Attributes:
        dig: (n,) float32 in [0, 1]; the scoop knows no delay.
    """

    def __init__(self, n: int) -> None:
        self._held: Floats = np.zeros((3, n), np.float32)
        self.dig: Floats = self._held[2]
        self._late = False
        self._noisy = False
        self._past: Floats = np.zeros((_SLOTS, 2, n), np.float32)
        self._tick = 0
        self._columns = np.arange(n)

    def begin(self, table: Table, worlds: NDArray[np.intp]) -> None:
        """Forget the actions of episodes that ended."""
        self._late = bool(table.delay.any())
        self._noisy = bool(table.actuator_noise.any())
        self._past[:, :, worlds] = 0.0

    def take(self, actions: Floats) -> None:
        """Take (n, 3) actions, to be held until the next ones."""
        np.minimum(actions.T, _ONE, out=self._held)
        np.maximum(self._held[:2], -_ONE, out=self._held[:2])
        np.maximum(self.dig, np.float32(0.0), out=self.dig)

    def now(self, state: State, table: Table) -> tuple[Floats, Floats]:
        """Return the linear and the angular command of this tick, (n,) each."""
        linear, angular = self._held[0], self._held[1]
        if self._late:
            slot = self._tick % _SLOTS
            self._past[slot] = self._held[:2]
            then = (self._tick - table.delay) % _SLOTS
            linear, angular = self._past[then, :, self._columns].T
            self._tick += 1
        if self._noisy:
            share = self._noise(state) * table.actuator_noise
            linear, angular = linear * (_ONE + share[0]), angular * (_ONE + share[1])
            linear, angular = np.clip(linear, -_ONE, _ONE), np.clip(angular, -_ONE, _ONE)
        return linear, angular

    def _noise(self, state: State) -> Floats:
        """Return (2, n) in [-1, 1), the same for all ticks of a decision."""
        places = NOISE_PLACE + 2 * state.decisions.astype(np.int64)
        whole = mix(state.seeds[None, :], places[None, :] + np.arange(2)[:, None])
        share: Floats = (whole >> np.uint32(7)).astype(np.float32) * np.float32(2.0**-23) - _ONE
        return share
