"""What an environment parameter may be: a number, or how to draw one for each episode.

The engine draws, from the episode's own seed, so that a replay and an evaluation meet the same
values (docs/parameters.md). Here are only the shapes, their checks and their text form, for the
configuration, the command line, `envs.order_desk` and reports. A value that changes over a run's
timesteps is `schedules.Schedule`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator
from typing_extensions import Self

from rl_training.config.section import Section
from rl_training.errors import ConfigError, nearest

Positive = Annotated[float, Field(gt=0.0)]
MOST = 1000
"""Most values or ranges of a sampler, as in the addon's `samplers.gd`."""


class Sampler(Section):
    """How a number is drawn."""

    sampler: str

    FIELDS: ClassVar[tuple[str, ...]] = ()
    """Fields that the text form gives, in its order."""

    def text(self) -> str:
        """Return the text form, for example `uniform(0, 1)`; `read_value` reads it."""
        return _text(self.sampler, (getattr(self, name) for name in self.FIELDS))

    def __str__(self) -> str:
        """Return the text form."""
        return self.text()


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
    ranges: Annotated[tuple[tuple[float, float], ...], Field(min_length=1, max_length=MOST)]
    """Least and largest value of each."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for low, high in self.ranges:
            _require_order(low, high)
        return self

    def text(self) -> str:
        """Return the text form: `multirange_uniform(0, 1, 4, 5)`."""
        return _text(self.sampler, (end for one in self.ranges for end in one))


class Choice(Sampler):
    """One of some numbers."""

    sampler: Literal["choice"] = "choice"
    values: Annotated[tuple[float, ...], Field(min_length=1, max_length=MOST)]
    """The numbers; one that stands twice is twice as likely."""

    def text(self) -> str:
        """Return the text form: `choice(1, 2, 2)`."""
        return _text(self.sampler, self.values)


class Constant(Section):
    """A number, written as a sampler; it is read as the number."""

    sampler: Literal["constant"] = "constant"
    value: float
    """The number."""


SAMPLERS: dict[str, type[Sampler]] = {
    "uniform": Uniform,
    "gaussian": Gaussian,
    "multirange_uniform": MultirangeUniform,
    "choice": Choice,
    "log_uniform": LogUniform,
}
"""Kinds of samplers by name."""


def read_value(value: Any) -> float | Sampler:
    """Return a number or a `Sampler` from plain data: a number, a mapping, or a text form.

    Raises:
        ValueError: it is none, or its fields are wrong; the text says what was expected.
    """
    if isinstance(value, Sampler):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _finite(value)
    if (isinstance(value, Mapping) and "schedule" in value) or _SCHEDULE.match(str(value)):
        raise ValueError("must be a number or a sampler: schedules are for a run's `parameters`")
    if isinstance(value, str):
        return _from_text(value)
    if not isinstance(value, Mapping) or "sampler" not in value:
        raise ValueError(f"must be {WANTED}; found {shown(value)!r:.100}")
    return _made(str(value["sampler"]), value)


def value_text(value: float | Sampler) -> str:
    """Return a value for people and command lines: `0.5`, `uniform(0, 1)`."""
    return value.text() if isinstance(value, Sampler) else _number_text(value)


def specification(value: float | Sampler) -> float | str:
    """Return a value as reports keep it: a number, or a sampler's text form."""
    return value.text() if isinstance(value, Sampler) else value


def shown(value: Any) -> Any:
    """Return what came as it was written: tuples, which strict settings hold, as lists."""
    if isinstance(value, Mapping):
        return {key: shown(item) for key, item in value.items()}
    return [shown(item) for item in value] if isinstance(value, (list, tuple)) else value


WANTED = (
    "a number or a sampler, for example 0.5, uniform(0, 1) or {sampler: uniform, low: 0, high: 1}"
)
_TEXT = re.compile(r"\s*([A-Za-z_]+)\s*\(([^()]*)\)\s*")
_SCHEDULE = re.compile(r"\s*schedule\s*\(")
_NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")


def _from_text(text: str) -> float | Sampler:
    found = _TEXT.fullmatch(text)
    parts = [text] if found is None else found[2].split(",")
    if text.count("(") != text.count(")"):
        raise ValueError(
            f"must be {WANTED}; found {text!r:.100}: inside braces and lists YAML cuts at commas, "
            "so put it in quotes"
        )
    if not all(_NUMBER.fullmatch(part) for part in parts):
        raise ValueError(f"must be {WANTED}; found {text!r:.100}")
    numbers = [_finite(float(part)) for part in parts]
    if found is None:
        return numbers[0]
    name = found[1]
    if name == "choice":
        return _made(name, {"sampler": name, "values": numbers})
    if name == "multirange_uniform":
        if len(numbers) % 2:
            raise ValueError(f"must give a least and a largest value of each range; found {text!r}")
        pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
        return _made(name, {"sampler": name, "ranges": pairs})
    fields = SAMPLERS[name].FIELDS if name in SAMPLERS else ()
    fields = ("value",) if name == "constant" else fields
    if fields and len(numbers) != len(fields):
        raise ValueError(f"must be {name}({', '.join(fields)}); found {text!r}")
    return _made(name, {"sampler": name, **dict(zip(fields, numbers, strict=False))})


def _made(name: str, data: Mapping[str, Any]) -> float | Sampler:
    if name != "constant" and name not in SAMPLERS:
        known = ("constant", *SAMPLERS)
        raise ValueError(f"no sampler {name!r}.{nearest(name, known)} Known: {', '.join(known)}")
    try:
        if name == "constant":
            return Constant.from_dict(data).value
        return SAMPLERS[name].from_dict(data)
    except ConfigError as error:
        raise ValueError(f"{name}: {error}") from error


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"must be a finite number; found {value}")
    return float(value)


def _text(name: str, numbers: Iterable[float]) -> str:
    return f"{name}({', '.join(map(_number_text, numbers))})"


def _number_text(number: float) -> str:
    return repr(number).removesuffix(".0")


def _require_order(low: float, high: float) -> None:
    if low > high:
        raise ValueError(f"low must be at most high; found {low:g}, {high:g}")
    if not math.isfinite(high - low):
        raise ValueError(f"the range from {low:g} to {high:g} is too long")


SamplerText = Annotated[str, Field(pattern=f"^{_TEXT.pattern}$")]
Text = Annotated[str, Field(pattern=rf"^({_NUMBER.pattern}|{_TEXT.pattern})$")]
PlainValue: TypeAlias = (
    float | Text | Constant | Uniform | Gaussian | MultirangeUniform | Choice | LogUniform
)
"""What a file may hold for a value: for the JSON schema."""
ParameterValue = Annotated[
    SerializeAsAny[float | Sampler], BeforeValidator(read_value, json_schema_input_type=PlainValue)
]
"""A number or a sampler."""
