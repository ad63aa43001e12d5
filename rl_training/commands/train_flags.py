"""From command-line flags to a `TrainConfig`. Light: `--help` reads the schema, not pydantic.

A flag that is not given leaves the weaker layers in force (docs/configuration.md), or, with
`--resume`, the setting that the run was started with.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rl_training.commands.choose_milestone import CHOOSE
from rl_training.commands.flags import options
from rl_training.commands.parser import Parser
from rl_training.config.presets import preset_lines
from rl_training.errors import ConfigError

if TYPE_CHECKING:
    from rl_training.config import TrainConfig
    from rl_training.config.layers import Resolved
    from rl_training.training.configuration import GivenSettings

_SCHEMA = Path(__file__).parents[1] / "config" / "schema.json"

# Heading -> flags; a name is the last part of its path in the configuration.
_FLAGS: Mapping[str, tuple[str, ...]] = {
    "run": (
        *("scenario", "experiment_name", "seed", "run_root"),
        *("training.timesteps", "training.save_frequency", "training.export_onnx"),
        *("training.resume", "training.auto_resume", "training.resume_from"),
        *("training.milestone", "training.milestone_interval", "training.phase"),
        *("training.device", "training.torch_threads", "training.track"),
        "training.hints",
        *("training.max_minutes",),
    ),
    "game and engines": (
        *("environment.project_path", "environment.scene_path", "environment.env_path"),
        *("environment.godot", "environment.num_envs", "environment.arenas"),
        *("environment.isolation", "environment.action_repeat", "environment.viz"),
        *("environment.simulator", "environment.vec_env", "environment.transport"),
        "environment.port",
        *("environment.host", "environment.token", "environment.timeout_s"),
        *("environment.max_restarts", "environment.pin_cores", "environment.record_failures"),
        *("environment.check_arenas", "environment.performance"),
    ),
    "several machines (docs/scale.md)": (
        *("cluster.backend", "cluster.address", "cluster.nodes"),
        *("cluster.engines_per_actor", "cluster.stale_rollouts"),
    ),
    "bugs (docs/testing_games.md)": ("finds.find_bugs",),
    "debugging (docs/debugging.md)": (
        *("debug.global_debug_mode", "debug.debug_actions", "debug.debug_learning"),
        *("debug.debug_checkpoints", "debug.debug_turtled_start"),
    ),
    "algorithm and network": (
        *("algorithm.learning_rate", "algorithm.critic_learning_rate"),
        *("algorithm.gamma", "algorithm.n_steps"),
        *("algorithm.rollout_size", "algorithm.batch_size", "algorithm.n_epochs"),
        *("algorithm.gae_lambda", "algorithm.clip_range", "algorithm.ent_coef"),
        *("algorithm.vf_coef", "algorithm.max_grad_norm", "algorithm.target_kl"),
        *("actions.log_std_init", "actions.log_std_final"),
        *("network.net_arch", "network.policy_arch", "network.critic_arch"),
        "network.activation",
    ),
}
VERBOSE = "--verbose"
DASHBOARD = "--dashboard"
_CONST = {"environment.record_failures": 100, "training.milestone": CHOOSE}
_TYPES: Mapping[str, Any] = {"integer": int, "number": float}
_METAVARS = {"string": "TEXT", "integer": "N", "number": "X", "array": "ITEM"}


def training_config(argv: list[str] | None, scenario: str, description: str) -> TrainConfig:
    """Parse flags into the settings of a run; `--show_config` prints them and ends.

    Args:
        argv: the flags; None: those of the process.
        scenario: used when `--scenario` is not given.
        description: of the script, for `--help`.

    Raises:
        HarnessError: a setting, the scenario or the run to resume does not exist.
        SystemExit: wrong flags (code 2), or `--help` or `--show_config` (code 0).
    """
    resolved, show = parse_training(argv, scenario, description)
    if show:
        from rl_training.config.description import describe

        print(describe(resolved))
        raise SystemExit(0)
    return resolved.config


def parse_training(
    argv: list[str] | None, scenario: str, description: str
) -> tuple[Resolved, bool]:
    """Parse flags; return the settings with their origins, and whether they are only to be shown.

    Raises:
        HarnessError: a setting, the scenario or the run to resume does not exist.
        SystemExit: wrong flags (code 2) or `--help` (code 0).
    """
    given, show = parse_given(argv, scenario, description)
    return given.resolved(), show


def parse_given(
    argv: list[str] | None, scenario: str, description: str
) -> tuple[GivenSettings, bool]:
    """Parse flags; return them as layers, and whether the settings are only to be shown.

    Raises:
        SystemExit: wrong flags (code 2) or `--help` (code 0).
    """
    parser = Parser(description)
    paths = add_training_flags(parser, scenario)
    parser.add_argument(VERBOSE, action="store_true", help="log more: engines, every rollout")
    parser.add_argument(
        DASHBOARD, action="store_true", help="open the dashboard beside the run (docs/dashboard.md)"
    )
    given = vars(parser.parse_args(argv))
    del given["verbose"], given["dashboard"]
    show = given.pop("show_config")
    return given_settings(given, paths, scenario), show


def take_training_flags(given: dict[str, Any], paths: Mapping[str, str], scenario: str) -> Resolved:
    """Merge the flags of `add_training_flags` with all other layers.

    Args:
        given: the flags that were given, by name, and nothing else.
        paths: what `add_training_flags` returned.
        scenario: used when no layer names one.

    Raises:
        HarnessError: a setting, the scenario or the run to resume does not exist.
    """
    return given_settings(given, paths, scenario).resolved()


def given_settings(given: dict[str, Any], paths: Mapping[str, str], scenario: str) -> GivenSettings:
    """Return the flags of `add_training_flags` as layers that are not merged yet; see there."""
    presets, configs = given.pop("preset", []), given.pop("config", [])
    assignments = given.pop("set", [])
    algorithm, parameters = given.pop("algorithm", None), given.pop("parameter", [])

    from rl_training.config.files import parse_value
    from rl_training.training.configuration import GivenSettings

    flags: dict[str, tuple[str, Any]] = {}
    if algorithm is not None:
        flags["algorithm.name"] = ("--algorithm", algorithm)
    schema = _Schema()
    for name, value in given.items():
        path = paths[name]
        if isinstance(value, str) and not schema.is_text(path):
            value = parse_value(value)
        elif isinstance(value, list) and not schema.is_texts(path):
            value = [parse_value(item) if isinstance(item, str) else item for item in value]
        if path == "environment.project_path" or path == "environment.env_path":
            value = str(Path(value).expanduser().resolve())
        flags[path] = (f"--{name}", value)
    return GivenSettings(scenario, flags, presets, configs, assignments, parameters)


def add_training_flags(
    parser: Parser, scenario: str, without: Collection[str] = ()
) -> dict[str, str]:
    """Add the flags of a training run.

    Args:
        parser: of the command.
        scenario: the default.
        without: names of flags that the command does not have.

    Returns:
        Name of a flag to its path in the configuration.
    """
    schema = _Schema()
    settings = parser.add_argument_group(
        "settings (docs/configuration.md)", "\n".join(("presets:", *preset_lines()))
    )
    suppress = argparse.SUPPRESS
    settings.add_argument(
        "--preset", action="append", default=suppress, metavar="NAME",
        help="settings that come with the package; may be repeated",
    )  # fmt: skip
    settings.add_argument(
        "--config", action="append", type=Path, default=suppress, metavar="FILE",
        help="a YAML or JSON file of settings; may be repeated, later ones win",
    )  # fmt: skip
    settings.add_argument(
        "--set", action="append", default=suppress, metavar="PATH=VALUE",
        help="one setting by its path, for example algorithm.name=sac; may be repeated",
    )  # fmt: skip
    if "show_config" not in without:
        settings.add_argument(
            "--show_config", action="store_true",
            help="print every setting and where it comes from, and end",
        )  # fmt: skip
    paths: dict[str, str] = {}
    for heading, group_paths in _FLAGS.items():
        group = parser.add_argument_group(heading)
        for path in group_paths:
            name = path.rpartition(".")[2]
            if name in without:
                continue
            paths[name] = path
            _add(group, f"--{name}", path, schema, scenario)
        if heading.startswith("algorithm"):
            group.add_argument(
                "--algorithm", default=suppress, metavar="NAME",
                help="ppo, sac, tqc, ... (docs/algorithms.md) (default: the scenario's, else ppo)",
            )  # fmt: skip
        if heading.startswith("game"):
            group.add_argument("--parameter", **options("parameter", default=suppress))
    return paths


def _add(group: Any, flag: str, path: str, schema: _Schema, scenario: str) -> None:
    described = schema.find(path)
    text, default = schema.text(path), described.get("default")
    if path == "scenario":
        default = scenario
    note = ""
    if default not in (None, "") and "not given" not in text:
        shown = " ".join(map(str, default)) if isinstance(default, list) else default
        note = f" (default: {str(shown).lower() if isinstance(shown, bool) else shown})"
    options: dict[str, Any] = {"help": text + note, "default": argparse.SUPPRESS}
    kinds = schema.kinds(path)
    if "boolean" in kinds:
        switch = argparse.BooleanOptionalAction
        group.add_argument(flag, action=switch if default is not False else "store_true", **options)
        return
    if "enum" in described:
        options["choices"] = described["enum"]
    else:
        options["metavar"] = _METAVARS[kinds[0]]
    items = [each for each in described.get("anyOf", [described]) if "items" in each]
    kind = items[0]["items"].get("type") if items else kinds[0]
    if len(kinds) == 1 and kind in _TYPES:
        options["type"] = _TYPES[kind]
    if "array" in kinds:
        options["nargs"] = "+"
    if path in _CONST:
        options |= {"nargs": "?", "const": _CONST[path]}
    group.add_argument(flag, **options)


class _Schema:
    """The committed JSON schema of a configuration, as the flags need it."""

    def __init__(self) -> None:
        try:
            self._root = json.loads(_SCHEMA.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(f"cannot read {_SCHEMA}: {error}") from error

    def find(self, path: str) -> dict[str, Any]:
        """Return what the schema says of a setting; of PPO's where algorithms differ."""
        node = self._root
        for part in path.split("."):
            node = node["properties"][part]
            reference = node.get("$ref") or node.get("anyOf", [{}])[0].get("$ref")
            if reference:
                node = self._root["$defs"][reference.rpartition("/")[2]]
        found: dict[str, Any] = node
        return found

    def text(self, path: str) -> str:
        """Return a setting's description as one line without its full stop."""
        return " ".join(self.find(path)["description"].split()).rstrip(".").replace("%", "%%")

    def kinds(self, path: str) -> list[str]:
        """Return the JSON types that a setting may have, null left out."""
        found = self.find(path)
        options = found.get("anyOf", [found])
        return [option["type"] for option in options if option.get("type", "null") != "null"]

    def is_text(self, path: str) -> bool:
        """Return whether a value is taken as it is written."""
        return self.kinds(path) == ["string"]

    def is_texts(self, path: str) -> bool:
        """Return whether a list's items are taken as they are written."""
        found = self.find(path)
        options = found.get("anyOf", [found])
        return any(option.get("items", {}).get("type") == "string" for option in options)
