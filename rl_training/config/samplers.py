"""What an environment parameter may be: a number, or how to draw one for each episode.

The engine draws, from the episode's own seed, so that a replay and an evaluation meet the same
values (docs/parameters.md). Here are only the shapes, their checks and their text form.
`Schedule` is the exception: Python looks up what holds at a step, and sends that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator
from typing_extensions import Self

from rl_training.config.section import Section
from rl_training.errors import ConfigError, nearest

Positive = Annotated[float, Field(gt=0.0)]


class Sampler(Section):
    """How a number is drawn."""

    sampler: str

    FIELDS: ClassVar[tuple[str, ...]] = ()
    """Fields that the text form gives, in its order."""

    def text(self) -> str:
        """Return the text form, for example `uniform(0, 1)`; `read_value` reads it."""
        return _text(self.sampler, *(getattr(self, name) for name in self.FIELDS))


class Uniform(Sampler):
    """Every number of a range alike."""

    sampler: Literal["uniform"] = "uniform"
    low: float
    """Least value."""
    high: float
    """Largest value."""

    FIELDS: ClassVar[tuple[str, ...]] = ("low", "high")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _require_order(self.low, self.high)
        return self


class LogUniform(Sampler):
    """Every order of magnitude of a range alike."""

    sampler: Literal["log_uniform"] = "log_uniform"
    low: Positive
    """Least value."""
    high: Positive
    """Largest value."""

    FIELDS: ClassVar[tuple[str, ...]] = ("low", "high")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _require_order(self.low, self.high)
        return self


class Gaussian(Sampler):
    """A normal distribution."""

    sampler: Literal["gaussian"] = "gaussian"
    mean: float
    """Its centre."""
    deviation: Annotated[float, Field(ge=0.0)]
    """Its standard deviation."""

    FIELDS: ClassVar[tuple[str, ...]] = ("mean", "deviation")


class MultirangeUniform(Sampler):
    """Several ranges, each as likely as it is long."""

    sampler: Literal["multirange_uniform"] = "multirange_uniform"
    ranges: Annotated[tuple[tuple[float, float], ...], Field(min_length=1)]
    """Least and largest value of each."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for low, high in self.ranges:
            _require_order(low, high)
        return self

    def text(self) -> str:
        """Return the text form: `multirange_uniform(0, 1, 4, 5)`."""
        return _text(self.sampler, *(end for one in self.ranges for end in one))


class Choice(Sampler):
    """One of some numbers."""

    sampler: Literal["choice"] = "choice"
    values: Annotated[tuple[float, ...], Field(min_length=1)]
    """The numbers; one that stands twice is twice as likely."""

    def text(self) -> str:
        """Return the text form: `choice(1, 2, 2)`."""
        return _text(self.sampler, *self.values)


class Schedule(Section):
    """A value over the run's timesteps: numbers are joined by straight lines, samplers hold."""

    schedule: Annotated[
        tuple[tuple[Annotated[int, Field(ge=0)], SerializeAsAny[float | Sampler]], ...],
        Field(min_length=1),
    ]
    """(timestep, value) in rising order; before the first its value holds, after the last its."""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: Any) -> Any:
        points = data.get("schedule") if isinstance(data, Mapping) else None
        if not isinstance(points, (list, tuple)):
            return data
        if not all(isinstance(point, (list, tuple)) and len(point) == 2 for point in points):
            raise ValueError("schedule must be a list of [timestep, value]")
        return {**data, "schedule": tuple((at, read_value(value)) for at, value in points)}

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
                if point is self.schedule[0] or isinstance(low, Sampler):
                    return low
                if isinstance(high, Sampler):
                    return low
                share = (timesteps - before[0]) / (point[0] - before[0])
                return low + (high - low) * share
            before = point
        return before[1]


SAMPLERS: dict[str, type[Sampler]] = {
    "uniform": Uniform,
    "gaussian": Gaussian,
    "multirange_uniform": MultirangeUniform,
    "choice": Choice,
    "log_uniform": LogUniform,
}
"""Kinds of samplers by name."""


def read_value(value: Any) -> Any:
    """Return a number or a `Sampler` from plain data: a number, a mapping, or a text form.

    Raises:
        ValueError: it is none, or its fields are wrong; the text says what was expected.
    """
    if isinstance(value, Sampler) or (
        isinstance(value, (int, float)) and not isinstance(value, bool)
    ):
        return float(value) if isinstance(value, (int, float)) else value
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, Mapping) and value.get("sampler") == "constant":
        return read_value(value.get("value"))
    if not isinstance(value, Mapping) or "sampler" not in value:
        raise ValueError(f"must be a number or a sampler, {_EXAMPLE}; found {value!r}")
    return _made(str(value["sampler"]), value)


def read_scheduled(value: Any) -> Any:
    """Return what `read_value` does, or a `Schedule`.

    Raises:
        ValueError: as `read_value`.
    """
    if isinstance(value, Schedule):
        return value
    if isinstance(value, Mapping) and "schedule" in value:
        try:
            return Schedule.from_dict(value)
        except ConfigError as error:
            raise ValueError(str(error)) from error
    return read_value(value)


_EXAMPLE = "for example 0.5, uniform(0, 1) or {sampler: uniform, low: 0, high: 1}"
_TEXT = re.compile(r"\s*([a-z_]+)\s*\(([^()]*)\)\s*$")


def _from_text(text: str) -> float | Sampler:
    found = _TEXT.match(text)
    try:
        if found is None:
            return float(text)
        numbers = [float(part) for part in found[2].split(",")]
    except ValueError:
        raise ValueError(f"must be a number or a sampler, {_EXAMPLE}; found {text!r}") from None
    name = found[1]
    if name == "choice":
        return _made(name, {"sampler": name, "values": numbers})
    if name == "multirange_uniform":
        if len(numbers) % 2:
            raise ValueError(f"must give a least and a largest value of each range; found {text!r}")
        pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
        return _made(name, {"sampler": name, "ranges": pairs})
    fields = SAMPLERS[name].FIELDS if name in SAMPLERS else ()
    if name in SAMPLERS and len(numbers) != len(fields):
        raise ValueError(f"must be {name}({', '.join(fields)}); found {text!r}")
    return _made(name, {"sampler": name, **dict(zip(fields, numbers, strict=False))})


def _made(name: str, data: Mapping[str, Any]) -> Sampler:
    if name not in SAMPLERS:
        raise ValueError(
            f"no sampler {name!r}.{nearest(name, SAMPLERS)} Known: constant, {', '.join(SAMPLERS)}"
        )
    try:
        return SAMPLERS[name].from_dict(data)
    except ConfigError as error:
        raise ValueError(f"{name}: {error}") from error


def _text(name: str, *numbers: float) -> str:
    return f"{name}({', '.join(repr(number).removesuffix('.0') for number in numbers)})"


def _require_order(low: float, high: float) -> None:
    if low > high:
        raise ValueError(f"low must be at most high; found {low:g}, {high:g}")


ParameterValue = Annotated[SerializeAsAny[float | Sampler], BeforeValidator(read_value)]
"""A number or a sampler."""
ScheduledValue = Annotated[
    SerializeAsAny[float | Sampler | Schedule], BeforeValidator(read_scheduled)
]
"""A number, a sampler or a schedule over timesteps."""
