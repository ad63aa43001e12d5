"""The settings of a run, from all their layers: the scenario, presets, files, `--set`, flags.

Called by the commands, the studies and Python users; it parses no command line itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rl_training.algorithms.registry import load_entry_points
from rl_training.config import TrainConfig, old_format
from rl_training.config.algorithms import DEFAULT
from rl_training.config.layers import (
    Layer,
    Resolved,
    file_layer,
    parameter_layer,
    preset_layer,
    put_path,
    resolve,
    set_layer,
)
from rl_training.config.modes import StageSettings, stage_settings
from rl_training.config.one_call import OF_ONE_CALL
from rl_training.config.other_names import renamed
from rl_training.errors import ConfigError
from rl_training.project_files import NO_PROJECT
from rl_training.runs.atomic import write_text
from rl_training.runs.names import default_experiment_name
from rl_training.runs.paths import RunPaths, default_root
from rl_training.scenarios import Scenario, get_scenario


def default_config(scenario: str, *changes: Mapping[str, Any]) -> TrainConfig:
    """Return the settings of a default run of a scenario.

    Args:
        scenario: its name.
        changes: settings by section that replace the scenario's, weak ones first.

    Raises:
        SceneNotFoundError: there is no such scenario.
        ConfigError: a change is unknown or out of range.
    """
    found = get_scenario(scenario)
    given = [Layer("changes", renamed(each, found.other_names)) for each in changes]
    layers = [scenario_layer(found), *given]
    return named(resolve(layers)).config


def resolve_run(
    scenario: str,
    flags: Mapping[str, Any],
    presets: Sequence[str] = (),
    configs: Sequence[Path] = (),
    assignments: Sequence[str] = (),
    parameters: Sequence[str] = (),
    *,
    owner: str = "",
    stronger: Mapping[str, Any] | None = None,
) -> Resolved:
    """Merge all layers of a run and validate the whole.

    Args:
        scenario: counts when no layer names one, nor another project or game.
        flags: dotted path to (flag, value), the strongest layer.
        presets: names, weak ones first.
        configs: files, weak ones first.
        assignments: `path=value` of `--set`.
        parameters: `name=value` of `--parameter`.
        owner: algorithm that the section `algorithm` is about where a layer does not say; empty:
            the one that is chosen.
        stronger: dotted path to value, above all flags and about any algorithm.

    Raises:
        HarnessError: a setting, the scenario, a file or the run to resume does not exist.
    """
    load_entry_points()
    given = [preset_layer(name) for name in presets]
    given += [file_layer(path) for path in configs]
    given += [set_layer(assignments), parameter_layer(parameters)]
    for path, (flag, value) in flags.items():
        values: dict[str, Any] = {}
        put_path(values, path, value)
        given.append(Layer(flag, values))
    given = [replace(layer, algorithm=owner) for layer in given]
    if stronger:
        above: dict[str, Any] = {}
        for path, value in stronger.items():
            put_path(above, path, value)
        given.append(Layer("the stage", above))
    scenario = _scenario_of(given, scenario)
    for preset, layer in zip(presets, given, strict=False):
        wanted = layer.values.get("scenario", scenario)
        if wanted != scenario:
            raise ConfigError(f"the preset {preset} is for the scenario {wanted}, not {scenario}")
    found = get_scenario(scenario)
    base = scenario_layer(found)
    given = [replace(layer, values=renamed(layer.values, found.other_names)) for layer in given]
    start = Layer("scenario", {"scenario": scenario})
    fresh = named(resolve([start, base, *given]))
    if not _goes_on(fresh.config):
        return fresh
    return resolve([_resumed_layer(fresh.config, start, base), *given])


@dataclass(frozen=True)
class GivenSettings:
    """All that a user gave of a run, for those who make several runs of it.

    Attributes:
        scenario: counts when no layer names one.
        flags: as `resolve_run` takes them, like all others.
    """

    scenario: str
    flags: Mapping[str, Any]
    presets: Sequence[str] = ()
    configs: Sequence[Path] = ()
    assignments: Sequence[str] = ()
    parameters: Sequence[str] = ()

    def resolved(self, owner: str = "", stronger: Mapping[str, Any] | None = None) -> Resolved:
        """Return the settings of a run; see `resolve_run`."""
        return resolve_run(
            self.scenario,
            self.flags,
            self.presets,
            self.configs,
            self.assignments,
            self.parameters,
            owner=owner,
            stronger=stronger,
        )

    def stages(self) -> StageSettings:
        """Return the sections of `config.modes` in all layers."""
        layers = [preset_layer(name) for name in self.presets]
        layers += [file_layer(path) for path in self.configs]
        return stage_settings(layer.modes for layer in (*layers, set_layer(self.assignments)))


def _scenario_of(layers: Sequence[Layer], default: str) -> str:
    """Return the scenario that the strongest layer names; another game alone means "custom"."""
    named = [layer.values["scenario"] for layer in layers if "scenario" in layer.values]
    if named:
        return str(named[-1])
    for layer in layers:
        game = old_format.brought_up(layer.values).get("environment", {})
        if game.get("project_path") or game.get("env_path"):
            return NO_PROJECT
    return default


def scenario_layer(scenario: Scenario) -> Layer:
    """Return what a scenario changes in a run's settings."""
    return Layer(
        f"scenario {scenario.name}",
        {"scenario": scenario.name, **scenario.settings},
        scenario.tuned,
        algorithm=DEFAULT,
    )


def named(resolved: Resolved) -> Resolved:
    """Return the settings with the experiment's name, if they leave it open."""
    config = resolved.config
    if config.experiment_name:
        return resolved
    game = config.environment
    name = default_experiment_name(
        config.scenario, game.project_path, game.scene_path, game.env_path
    )
    return Resolved(
        config.replace({"experiment_name": name}),
        {**resolved.origins, "experiment_name": "the game's name"},
    )


def named_config(config: TrainConfig) -> TrainConfig:
    """Return the settings with the experiment's name, if they leave it open."""
    return named(Resolved(config, {})).config


def save_config(paths: RunPaths, config: TrainConfig) -> None:
    """Write the run's settings beside its logs, without secrets."""
    write_text(paths.config, json.dumps(config.public_dict(), indent=1) + "\n")


def run_paths(config: TrainConfig) -> RunPaths:
    """Return where the files of a run are."""
    return RunPaths(config.experiment_name, Path(config.run_root or default_root()))


def _goes_on(config: TrainConfig) -> bool:
    """Return whether a run goes on from a file that was asked for."""
    given = config.training
    return given.resume or given.milestone is not None or given.resume_from is not None


def _resumed_layer(config: TrainConfig, start: Layer, base: Layer) -> Layer:
    """Return the settings that the run was started with."""
    paths = run_paths(config)
    if config.training.resume:
        paths.resume_point()
    try:
        saved = json.loads(paths.config.read_text(encoding="utf-8"))
        values = TrainConfig.from_dict(saved).to_dict()
    except FileNotFoundError:
        values = resolve([start, base]).config.to_dict()
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read the run's settings in {paths.config}: {error}") from error
    for path, value in OF_ONE_CALL.items():
        put_path(values, path, value)
    return Layer("the resumed run", values)
