"""Settings under a scenario's own names, brought to where they stand.

A scenario may know `training.discount` where a configuration has `algorithm.gamma`, or a world
constant `environment.num_rocks` where it has an environment parameter. Called before layers are
merged; a section that has such names refuses unknown ones with the nearest of both kinds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rl_training.config.by_name import holds_values
from rl_training.config.section import Section
from rl_training.config.train_config import TrainConfig
from rl_training.errors import ConfigError, nearest


def renamed(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return a layer's values at the paths where they stand.

    Args:
        values: nested as the sections are.
        names: dotted path of two parts to the path where it stands.

    Raises:
        ConfigError: a key is in neither, or a setting is given under both of its names.
    """
    result = {
        key: dict(value) if isinstance(value, Mapping) else value for key, value in values.items()
    }
    for section in dict.fromkeys(path.partition(".")[0] for path in names):
        given = result.get(section)
        if not isinstance(given, dict):
            continue
        own = {path.partition(".")[2]: to for path, to in names.items() if _in(path, section)}
        known = [*_fields(section), *own]
        for key in list(given):
            if key in own and key not in _fields(section):
                _move(result, section, key, own[key])
            elif key not in known:
                raise ConfigError(
                    f"unknown setting {key!r} in the section {section}.{nearest(key, known)}"
                )
        if not given:
            del result[section]
    return result


def _move(result: dict[str, Any], section: str, key: str, path: str) -> None:
    target, _, name = path.partition(".")
    found = result.setdefault(target, {})
    if not isinstance(found, dict):
        raise ConfigError(f"{target} must be a mapping; found {found!r}")
    if name in found and not holds_values(path):
        raise ConfigError(f"{section}.{key} is {path}, which is given as well: leave one out")
    found[name] = result[section].pop(key)


def _fields(section: str) -> list[str]:
    field = TrainConfig.model_fields.get(section)
    kind = None if field is None else field.annotation
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, Section) else []


def _in(path: str, section: str) -> bool:
    return path.partition(".")[0] == section
