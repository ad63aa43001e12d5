"""Layers of settings, merged first and validated once as a whole.

From weak to strong: defaults, the algorithm's own changes to other sections, the scenario, presets,
`--config` files, `--set`, flags. What a layer says about another algorithm than the chosen one does
not count. A parameter that a stronger layer sets leaves the lessons of weaker ones, and the other
way round (`one_source`). Every value remembers the layer that it came from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rl_training.config import by_name, files, old_format
from rl_training.config.algorithms import DEFAULT, SETTINGS
from rl_training.config.assignments import read_parameters
from rl_training.config.modes import RANDOM, meaning, taken_apart
from rl_training.config.one_source import give_way
from rl_training.config.presets import preset_lines, preset_names, preset_path
from rl_training.config.section import merged as combined
from rl_training.config.train_config import TrainConfig, TwoSourcesError
from rl_training.errors import ConfigError, nearest

DEFAULTS = "default"


@dataclass(frozen=True)
class Layer:
    """Some settings and where they came from.

    Attributes:
        origin: what `--show_config` says: "scenario vr_locomotion", "my.yaml", "--set", ...
        values: nested as the sections are.
        by_algorithm: algorithm's name to further values that count when it is the one chosen.
        algorithm: whose settings the section `algorithm` holds when it does not say; empty: of
            whichever is chosen.
        modes: sections of `config.modes`; `values` count where both say something.
    """

    origin: str
    values: Mapping[str, Any]
    by_algorithm: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    algorithm: str = ""
    modes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Resolved:
    """A whole configuration.

    Attributes:
        config: validated.
        origins: dotted path to the layer that gave the value; absent: the default.
    """

    config: TrainConfig
    origins: Mapping[str, str]


def resolve(layers: Sequence[Layer]) -> Resolved:
    """Merge layers, weak ones first, and validate the whole.

    Raises:
        ConfigError: a setting is unknown, has the wrong type or is out of range.
    """
    layers = [
        Layer(
            layer.origin,
            old_format.brought_up(layer.values),
            {name: old_format.brought_up(more) for name, more in layer.by_algorithm.items()},
            layer.algorithm,
            layer.modes,
        )
        for layer in layers
    ]
    chosen, origin = DEFAULT, DEFAULTS
    for layer in layers:
        name = _algorithm_named(layer)
        if name is not None:
            chosen, origin = name, layer.origin
    if chosen not in SETTINGS:
        raise ConfigError(
            f"no algorithm {chosen!r} ({origin}).{nearest(chosen, SETTINGS)} "
            f"Known: {', '.join(SETTINGS)}"
        )
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    of_policies = _policies_algorithms(layers, chosen)
    _put(merged, origins, Layer(f"algorithm {chosen}", SETTINGS[chosen].SECTIONS))
    modes: Mapping[str, Any] = {}
    for layer in layers:
        values = _without_others(layer.values, of_policies)
        before, modes = modes, combined(modes, layer.modes)
        if not _meant_for(_algorithm_named(layer) or layer.algorithm or chosen, chosen):
            values.pop("algorithm", None)
        meant = meaning(chosen, modes, before)
        for said in (meant, values, layer.by_algorithm.get(chosen, {})):
            give_way(merged, origins, said, layer.origin)
            _put(merged, origins, Layer(layer.origin, said))
    merged.setdefault("algorithm", {})["name"] = chosen
    try:
        return Resolved(TrainConfig.from_dict(merged), origins)
    except TwoSourcesError as error:
        raise error.with_origins(origins) from None


PATHS = (
    *("run_root", "environment.project_path", "environment.env_path", "environment.godot"),
    *("algorithm.teacher", "algorithm.world_model", "training.milestone_ladder"),
)
"""Settings that are paths."""


def file_layer(path: Path) -> Layer:
    """Return the layer of a settings file. Relative paths in it start from the file's folder.

    Raises:
        ConfigError: it cannot be read.
    """
    values, modes = _apart(old_format.brought_up(files.read_settings(path)), str(path))
    given = dict(flat(values))
    for name in PATHS:
        if isinstance(given.get(name), str) and given[name]:
            put_path(values, name, str((path.parent / given[name]).resolve()))
    for policy in _policies(values).values():
        if policy.get("model"):
            policy["model"] = str((path.parent / policy["model"]).resolve())
    source = modes.get("collection", {}).get("policy")
    if source is not None and source != RANDOM:
        modes["collection"]["policy"] = str((path.parent / source).resolve())
    return Layer(str(path), values, modes=modes)


def parameter_layer(assignments: Sequence[str]) -> Layer:
    """Return the layer of `--parameter name=value` arguments; null takes a name out.

    Raises:
        ConfigError: one is not `name=value`, or the value is no number, sampler or schedule.
    """
    return Layer("--parameter", {"parameters": read_parameters(assignments, scheduled=True)})


def preset_layer(name: str) -> Layer:
    """Return the layer of a preset of the package.

    Raises:
        ConfigError: there is no such preset; its `lines` tell what each one is for.
    """
    known = preset_names()
    if name not in known:
        error = ConfigError(f"no preset {name!r}.{nearest(name, known)} Known: {', '.join(known)}")
        error.lines = ("presets:", *preset_lines())
        raise error
    values, modes = _apart(files.read_settings(preset_path(name)), f"preset {name}")
    return Layer(f"preset {name}", values, modes=modes)


def set_layer(assignments: Sequence[str]) -> Layer:
    """Return the layer of `--set path=value` arguments.

    Raises:
        ConfigError: one is not `path=value`, or the value cannot be read.
    """
    values: dict[str, Any] = {}
    for text in assignments:
        path, equals, value = text.partition("=")
        if not equals or not path:
            raise ConfigError(
                f"--set takes path=value, for example algorithm.name=sac; found {text!r}"
            )
        put_path(values, path.strip(), files.parse_value(value))
    values, modes = _apart(values, "--set")
    return Layer("--set", values, modes=modes)


def _apart(values: Mapping[str, Any], origin: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        return taken_apart(values)
    except ConfigError as error:
        raise ConfigError(f"{origin}: {error}") from error


def put_path(target: dict[str, Any], path: str, value: Any) -> None:
    """Put a value at a dotted path into nested dictionaries.

    Raises:
        ConfigError: part of the path is a value already.
    """
    *sections, name = path.split(".")
    for section in sections:
        inner = target.setdefault(section, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"{path}: {section} is a value, not a section")
        target = inner
    target[name] = value


def flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted path, value) of nested settings, in their order."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _algorithm_named(layer: Layer) -> str | None:
    return _algorithm_of(layer.values)


def _put(
    merged: dict[str, Any],
    origins: dict[str, str],
    layer: Layer,
    values: Mapping[str, Any] | None = None,
    prefix: str = "",
) -> None:
    # Not by dotted paths: names of policies and parameters may have dots in them.
    for key, value in (layer.values if values is None else values).items():
        path = f"{prefix}{key}"
        if by_name.holds_values(prefix[:-1]):
            merged.pop(key, None)
            origins.pop(path, None)
            if value is not None:
                merged[key], origins[path] = value, layer.origin
        elif isinstance(value, Mapping):
            inner = merged.setdefault(key, {})
            if not isinstance(inner, dict):
                raise ConfigError(f"{path}: {key} is a value, not a section")
            _put(inner, origins, layer, value, f"{path}.")
        else:
            merged[key] = value
            origins[path] = layer.origin


def _policies(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the sections of a layer's policies, those that are sections at all."""
    section = values.get("policies")
    if not isinstance(section, Mapping):
        return {}
    return {name: each for name, each in section.items() if isinstance(each, dict)}


def _policies_algorithms(layers: Sequence[Layer], run: str) -> dict[str, str]:
    """Return the algorithm that each named policy learns by in the end."""
    found: dict[str, str] = {}
    for layer in layers:
        for name, policy in _policies(layer.values).items():
            found[name] = _algorithm_of(policy) or found.get(name, run)
    return found


def _without_others(values: Mapping[str, Any], chosen: Mapping[str, str]) -> dict[str, Any]:
    """Return a layer's values without what it says of algorithms that policies did not take."""
    result = dict(values)
    for name, policy in _policies(values).items():
        if not _meant_for(_algorithm_of(policy) or chosen[name], chosen[name]):
            kept = {key: value for key, value in policy.items() if key != "algorithm"}
            result["policies"] = {**result["policies"], name: kept}
    return result


def _meant_for(owner: str, chosen: str) -> bool:
    """Return whether what a layer says of one algorithm counts for the chosen one."""
    return owner in (chosen, SETTINGS[chosen].SETTINGS_OF if chosen in SETTINGS else "")


def _algorithm_of(section: Mapping[str, Any]) -> str | None:
    algorithm = section.get("algorithm")
    name = algorithm.get("name") if isinstance(algorithm, Mapping) else None
    return name if isinstance(name, str) else None
