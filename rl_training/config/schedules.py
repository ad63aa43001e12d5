"""A parameter's value over a run's timesteps, for `parameters:` of a configuration.

Python looks up what holds at a step and sends that; the engine knows numbers and samplers only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator
from typing_extensions import Self

from rl_training.config.samplers import (
    ParameterValue,
    PlainValue,
    Sampler,
    read_value,
    value_text,
)
from rl_training.config.section import Section
from rl_training.errors import ConfigError

Timestep = Annotated[int, Field(ge=0)]


class Schedule(Section):
    """A value over the run's timesteps: numbers are joined by straight lines, samplers hold."""

    schedule: Annotated[tuple[tuple[Timestep, ParameterValue], ...], Field(min_length=1)]
    """[timestep, value] in rising order; before the first its value holds, after the last its."""

    @model_validator(mode="after")
    def _rising(self) -> Self:
        steps = [at for at, _ in self.schedule]
        if steps != sorted(set(steps)):
            raise ValueError(f"the timesteps of a schedule must rise; found {steps}")
        return self

    def at(self, timesteps: int) -> float | Sampler:
        """Return what holds after so many timesteps of the run."""
        before = self.schedule[0]
        for point in self.schedule:
            if point[0] > timesteps:
                low, high = before[1], point[1]
                if point is before or isinstance(low, Sampler) or isinstance(high, Sampler):
                    return low
                share = (timesteps - before[0]) / (point[0] - before[0])
                return low + (high - low) * share
            before = point
        return before[1]

    @property
    def first(self) -> float | Sampler:
        """What holds at the run's first timestep."""
        return self.at(0)

    @property
    def final(self) -> float | Sampler:
        """What holds from the last point on."""
        return self.schedule[-1][1]

    def text(self) -> str:
        """Return the text form, timesteps and values in turn: `schedule(0, 0.1, 200000, 1)`."""
        return f"schedule({', '.join(f'{at}, {value_text(value)}' for at, value in self.schedule)})"

    def __str__(self) -> str:
        """Return the text form."""
        return self.text()


def read_scheduled(value: Any) -> float | Sampler | Schedule:
    """Return what `samplers.read_value` does, or a `Schedule`.

    Raises:
        ValueError: as `read_value`.
    """
    if isinstance(value, Schedule):
        return value
    if isinstance(value, str) and (found := _TEXT.fullmatch(value)) is not None:
        parts = [part.strip() for part in _COMMA.split(found[1])]
        if len(parts) % 2 or not all(part.isdecimal() for part in parts[::2]):
            raise ValueError(
                f"must be schedule(timestep, value, timestep, value, ...); found {value!r:.100}"
            )
        points = zip(map(int, parts[::2]), parts[1::2], strict=True)
        value = {"schedule": [list(point) for point in points]}
    if not isinstance(value, Mapping) or "schedule" not in value:
        return read_value(value)
    try:
        return Schedule.from_dict(value)
    except ConfigError as error:
        raise ValueError(str(error)) from error


_TEXT = re.compile(r"\s*schedule\s*\((.*)\)\s*")
_COMMA = re.compile(r",(?![^()]*\))")
"""A comma that is not inside brackets."""

ScheduleText = Annotated[str, Field(pattern=f"^{_TEXT.pattern}$")]
PlainScheduled: TypeAlias = PlainValue | ScheduleText | Schedule
ScheduledValue = Annotated[
    SerializeAsAny[float | Sampler | Schedule],
    BeforeValidator(read_scheduled, json_schema_input_type=PlainScheduled),
]
"""A number, a sampler or a schedule over timesteps."""
