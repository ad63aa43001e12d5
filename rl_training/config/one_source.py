"""A parameter that a stronger layer sets is that layer's alone: lessons below it leave it out.

`layers` calls this before it lays a layer on weaker ones. Within one layer nothing is decided here:
a parameter that stands there twice is refused by `TrainConfig`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def give_way(
    merged: dict[str, Any], origins: dict[str, str], values: Mapping[str, Any], origin: str
) -> None:
    """Take out of the weaker layers' settings what a stronger layer's parameters and lessons set.

    A parameter with a value leaves the weaker lessons; they go on with what they set beside it, or
    end when nothing is left that all of them set. A parameter with lessons loses its weaker value.

    Args:
        merged: the weaker layers' settings; changed.
        origins: dotted path to the layer that gave it; changed.
        values: settings of the stronger layer, not yet checked.
        origin: name of that layer.
    """
    curricula = merged.get("curriculum")
    own = _section(values, "curriculum")
    for name, value in _section(values, "parameters").items():
        if value is not None and isinstance(curricula, dict):
            _take_out(curricula, origins, name, origin, kept=own)
    parameters = merged.get("parameters")
    for name, curriculum in own.items():
        for each in (name, *_also(curriculum)) if curriculum is not None else ():
            if isinstance(parameters, dict) and parameters.pop(each, None) is not None:
                origins.pop(f"parameters.{each}", None)


def _take_out(
    curricula: dict[str, Any],
    origins: dict[str, str],
    name: str,
    origin: str,
    kept: Mapping[str, Any],
) -> None:
    for parameter, curriculum in list(curricula.items()):
        lessons = _lessons(curriculum)
        if parameter in kept or (parameter != name and name not in _also(curriculum)):
            continue
        del curricula[parameter]
        came_from = origins.pop(f"curriculum.{parameter}", "")
        held = [{**_section(each, "also"), parameter: each.get("value")} for each in lessons]
        left = [{key: held_ for key, held_ in each.items() if key != name} for each in held]
        common = [key for key in (parameter, *_also(curriculum)) if all(key in of for of in left)]
        if common and lessons:
            curricula[common[0]] = {
                **curriculum,
                "lessons": [
                    {**lesson, "value": each.pop(common[0]), "also": each}
                    for lesson, each in zip(lessons, left, strict=True)
                ],
            }
            origins[f"curriculum.{common[0]}"] = f"{came_from} without {name} ({origin})"


def _also(curriculum: Any) -> tuple[str, ...]:
    lessons = _lessons(curriculum)
    return tuple(dict.fromkeys(name for each in lessons for name in _section(each, "also")))


def _lessons(curriculum: Any) -> list[Mapping[str, Any]]:
    found = curriculum.get("lessons") if isinstance(curriculum, Mapping) else None
    ordered = isinstance(found, list | tuple)
    return [each for each in found or () if isinstance(each, Mapping)] if ordered else []


def _section(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}
