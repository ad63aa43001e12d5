"""The base of all settings: frozen pydantic models whose mistakes become one clear line.

Every section of a configuration derives from `Section`. Unknown keys are refused with the nearest
known one. Nothing here imports torch, Stable-Baselines3 or an engine.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from typing_extensions import Self

from rl_training.config.by_name import holds_values, without_nulls
from rl_training.errors import ConfigError, nearest

_NUMBERS = {"int": "a whole number", "float": "a number", "bool": "true or false"}
_KINDS = {"string": "a text", "dict": "a mapping", "tuple": "a list", "model": "a mapping"}


class Section(BaseModel):
    """Settings that belong together: validated when made, never changed after."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        strict=True,
        validate_default=True,
    )

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], section: str = "") -> Self:
        """Make the settings from plain values; what is absent keeps its default.

        Args:
            data: the values.
            section: where they stand in a configuration, for messages.

        Raises:
            ConfigError: a key is unknown, or a value has the wrong type or is out of range.
        """
        try:
            return cls.model_validate(_tuples(data))
        except ValidationError as error:
            raise ConfigError(explain(error, cls, section)) from error

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as a dictionary that JSON can hold."""
        return self.model_dump(mode="json")

    def replace(self, changes: Mapping[str, Any]) -> Self:
        """Return a copy with `changes` (nested as the sections are) applied and validated.

        Raises:
            ConfigError: a key is unknown, or a value has the wrong type or is out of range.
        """
        return self.from_dict(merged(self.to_dict(), changes))


def merged(below: Mapping[str, Any], above: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Return `below` with the values of `above` put in, mapping by mapping.

    Args:
        below: the weaker settings.
        above: the stronger ones.
        path: where both stand in a configuration; empty: they are one.
    """
    if holds_values(path):
        return without_nulls({**below, **above})
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            result[key] = merged(old, value, f"{path}.{key}" if path else key)
        else:
            result[key] = value
    return result


def explain(error: ValidationError, model: type[BaseModel], section: str = "") -> str:
    """Return the first mistake in one line: where, what was expected, what was found."""
    errors = error.errors(include_url=False)
    first = errors[0]
    if first["type"] == "missing":  # what was mistyped says more than what is then missing
        typed = [each for each in errors if each["type"] == "extra_forbidden"]
        first = next((each for each in typed if each["loc"][:-1] == first["loc"][:-1]), first)
    path = [str(part) for part in first["loc"]]
    place = [*section.split("."), *path] if section else path
    name = ".".join(place) or "the configuration"
    kind, context, found = first["type"], first.get("ctx", {}), first["input"]
    if kind == "extra_forbidden":
        owner = _model_at(model, path[:-1])
        known = list(owner.model_fields) if owner is not None else []
        where = f"the section {'.'.join(place[:-1])}" if place[:-1] else "the configuration"
        hint = nearest(path[-1], known)
        if place[:-1] == []:
            hint = nearest_leaf(path[-1], model) or hint
        return f"unknown setting {path[-1]!r} in {where}.{hint}"
    if kind == "missing":
        return f"{name} must be given"
    if kind == "value_error":
        text = str(context["error"])
        return f"{name}{' ' if text.startswith('must') else ': '}{text}" if path else text
    return f"{name} must be {_wanted(kind, context, first['msg'])}; found {found!r}"


def leaves(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Return the dotted paths of all settings of a model and its sections."""
    paths: list[str] = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            # An algorithm's section is filled by its default's class, which has more settings.
            made = field.get_default(call_default_factory=True)
            paths += leaves(type(made), f"{prefix}{name}.")
        else:
            paths.append(prefix + name)
    return paths


def nearest_leaf(name: str, model: type[BaseModel]) -> str:
    """Return " Did you mean 'section.x'?" for a setting of another section, or ""."""
    by_name = {path.rpartition(".")[2]: path for path in leaves(model)}
    by_name |= {section: section for section in model.model_fields}
    matches = difflib.get_close_matches(name, by_name, n=1, cutoff=0.6)
    return f" Did you mean {by_name[matches[0]]!r}?" if matches else ""


def _wanted(kind: str, context: Mapping[str, Any], message: str) -> str:
    if kind == "literal_error":
        return f"one of {context['expected']}".replace("'", "").replace(" or ", ", ")
    bounds = {
        "greater_than_equal": ("ge", "at least"),
        "greater_than": ("gt", "greater than"),
        "less_than_equal": ("le", "at most"),
        "less_than": ("lt", "less than"),
    }
    if kind in bounds:
        key, words = bounds[kind]
        bound = context[key]
        shown = f"{bound:g}" if isinstance(bound, float) else bound
        return f"{words} {shown}"
    if kind == "finite_number":
        return "a finite number"
    stem = kind.partition("_")[0]
    return _NUMBERS.get(stem) or _KINDS.get(stem) or message


def _model_at(model: type[BaseModel], path: list[str]) -> type[BaseModel] | None:
    current: Any = model
    for part in path:
        if part.isdecimal():
            continue  # a place in a list of sections
        field = getattr(current, "model_fields", {}).get(part)
        # A section with free names says what stands under each.
        current = getattr(current, "VALUES", None) if field is None else _section(field.annotation)
    return current if isinstance(current, type) and issubclass(current, BaseModel) else None


def _section(annotation: Any) -> Any:
    """Return the section that a field may hold: itself, or one of a list or beside None."""
    for inner in get_args(annotation):
        if isinstance(inner, type) and issubclass(inner, Section):
            return inner
    return annotation


def _tuples(value: Any) -> Any:
    """Return plain data with lists as tuples, which is what strict settings hold."""
    if isinstance(value, Mapping):
        return {key: _tuples(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(_tuples(item) for item in value)
    return value
