"""The environment parameters of Lunabotics: names, defaults and ranges. Both twins take them.

Light: no NumPy. `LunaboticsVecEnv.set_parameters` and the Godot scene (`Sync.get_parameter`) read
the same names, so a run's `parameters` reach either twin unchanged.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from rl_training.config.samplers import Sampler, read_value
from rl_training.errors import ConfigError, nearest
from rl_training.scenarios.lunabotics.constants import MAX_ORBS, MAX_ROCKS, REWARDS


@dataclass(frozen=True)
class Parameter:
    """A number of the world that a trainer may set or draw for each episode.

    Attributes:
        default: where nothing is set.
        low: least value.
        high: largest value.
        meaning: one line, with the unit.
    """

    default: float
    low: float
    high: float
    meaning: str


PARAMETERS: dict[str, Parameter] = {
    "world_width": Parameter(6.8, 5.0, 20.0, "size of the field along x, m"),
    "world_height": Parameter(5.0, 4.5, 20.0, "size of the field along y, m"),
    "max_speed": Parameter(2.0, 0.1, 4.0, "largest speed of the rover, m/s"),
    "num_rocks": Parameter(7, 0, MAX_ROCKS, "rocks in the field"),
    "num_orbs": Parameter(15, 1, MAX_ORBS, "orbs in the excavation zone"),
    "dt": Parameter(1 / 60, 1 / 240, 1 / 30, "length of a physics tick, s"),
    "time_limit": Parameter(30.0, 1.0, 600.0, "an episode is cut off after so long, s"),
    "friction": Parameter(0.6, 0.05, 2.0, "of the wheels on the ground"),
    "contact_friction": Parameter(0.4, 0.0, 1.0, "of the rover on rocks and walls"),
    "restitution": Parameter(0.2, 0.0, 1.0, "of the rover on rocks and walls"),
    "mass": Parameter(30.0, 5.0, 200.0, "of the rover, kg"),
    "action_delay": Parameter(0, 0, 12, "ticks by which actions come late"),
    "actuator_noise": Parameter(0.0, 0.0, 0.5, "largest share by which a drive command is off"),
    "observation_noise": Parameter(0.0, 0.0, 0.5, "largest error of an observed number"),
    **{
        f"reward_{term}": Parameter(weight, -1000.0, 1000.0, f"weight of the reward term {term}")
        for term, weight in REWARDS.items()
    },
}
"""By name; whole numbers are rounded where they are used."""

INDEX: dict[str, int] = {name: row for row, name in enumerate(PARAMETERS)}
"""Row of each parameter in a table of them."""


def read_parameters(values: Mapping[str, object]) -> dict[str, float | Sampler | None]:
    """Check what was given: numbers, samplers in any form, or None for the default.

    Raises:
        ConfigError: a name is unknown, or a value is no number or out of its range.
    """
    found: dict[str, float | Sampler | None] = {}
    for name, value in values.items():
        if name not in PARAMETERS:
            raise ConfigError(
                f"lunabotics has no parameter {name!r}.{nearest(name, PARAMETERS)} "
                f"Known: {', '.join(PARAMETERS)}"
            )
        if value is None:
            found[name] = None
            continue
        try:
            read = read_value(value)
        except ValueError as error:
            raise ConfigError(f"the parameter {name} {error}") from error
        if not isinstance(read, Sampler):
            _require_range(name, read)
        found[name] = read
    return found


def _require_range(name: str, value: float) -> None:
    limits = PARAMETERS[name]
    if not math.isfinite(value) or not limits.low <= value <= limits.high:
        raise ConfigError(
            f"the parameter {name} must be from {limits.low:g} to {limits.high:g}; found {value:g}"
        )
