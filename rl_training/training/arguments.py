"""From command-line flags to a `TrainConfig`. Light: no torch, so `--help` is quick.

A flag that is not given leaves the scenario's setting in force, or, with `--resume`, the setting
that the run was started with.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rl_training.cli import Parser
from rl_training.config import (
    ACTIVATIONS,
    ISOLATIONS,
    TRANSPORTS,
    VEC_ENVS,
    PPOConfig,
    TrainConfig,
    field_names,
)
from rl_training.errors import ConfigError
from rl_training.runs.atomic import write_text
from rl_training.runs.paths import DEFAULT_ROOT, RunPaths
from rl_training.scenarios import get_scenario

_RUN_FLAGS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--scenario", {"metavar": "NAME", "help": "what to learn (rl_training/scenarios)"}),
    ("--experiment_name", {"metavar": "NAME", "help": "names the run's files"}),
    ("--timesteps", {"type": int, "metavar": "N", "help": "decisions of all agents together"}),
    ("--num_envs", {"type": int, "metavar": "N", "help": "engine processes"}),
    ("--arenas", {"type": int, "metavar": "N", "help": "copies of the scene in each engine"}),
    (
        "--isolation",
        {"choices": ISOLATIONS, "help": "arenas in one physics space or in own worlds"},
    ),
    ("--action_repeat", {"type": int, "metavar": "N", "help": "physics ticks per decision"}),
    ("--seed", {"type": int, "metavar": "N", "help": "everything random comes from it"}),
    ("--save_frequency", {"type": int, "metavar": "N", "help": "timesteps between checkpoints"}),
    ("--vec_env", {"choices": VEC_ENVS, "help": "one process for all engines, or a worker each"}),
    ("--transport", {"choices": TRANSPORTS, "help": "how messages are encoded"}),
    ("--port", {"type": int, "metavar": "N", "help": "first TCP port; an error when it is taken"}),
    ("--host", {"metavar": "ADDR", "help": "address to listen on; needs a token if not loopback"}),
    (
        "--token",
        {"metavar": "TEXT", "help": "what engines must send first; SPACETIME_RL_TOKEN too"},
    ),
    ("--timeout_s", {"type": float, "metavar": "S", "help": "an engine silent this long is hung"}),
    (
        "--max_restarts",
        {"type": int, "metavar": "N", "help": "failed engines replaced within 10 minutes"},
    ),
    (
        "--record_failures",
        {
            "type": int,
            "nargs": "?",
            "const": 100,
            "metavar": "N",
            "help": "newest failed episodes recorded for replay_episode.py; 100 without a number",
        },
    ),
    ("--godot", {"metavar": "PATH", "help": "engine binary (else GODOT_BIN, PATH, installed)"}),
    ("--env_path", {"metavar": "PATH", "help": "an exported game to train on"}),
    ("--project_path", {"metavar": "DIR", "help": "another Godot project"}),
    ("--scene_path", {"metavar": "RES", "help": "res:// path of another scene"}),
    ("--run_root", {"metavar": "DIR", "help": "folder of models/ and logs/"}),
)

_PPO_FLAGS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--n_steps", {"type": int, "help": "decisions of an agent per rollout"}),
    ("--rollout_size", {"type": int, "help": "decisions of all agents per rollout"}),
    ("--batch_size", {"type": int, "help": "transitions per gradient step"}),
    ("--n_epochs", {"type": int, "help": "passes over a rollout"}),
    ("--learning_rate", {"type": float, "help": "step size at the start"}),
    ("--gamma", {"type": float, "help": "discount factor"}),
    ("--gae_lambda", {"type": float, "help": "bias against variance of the advantage"}),
    ("--clip_range", {"type": float, "help": "PPO's clipping distance"}),
    ("--ent_coef", {"type": float, "help": "weight of the entropy bonus"}),
    ("--vf_coef", {"type": float, "help": "weight of the value loss"}),
    ("--max_grad_norm", {"type": float, "help": "bound of the gradient"}),
    ("--target_kl", {"type": float, "help": "stops updates beyond this divergence"}),
    ("--log_std_init", {"type": float, "help": "log deviation of actions at the start"}),
    ("--log_std_final", {"type": float, "help": "bound of that deviation at the end"}),
    ("--net_arch", {"type": int, "nargs": "+", "help": "widths of the hidden layers"}),
    ("--activation", {"choices": ACTIVATIONS, "help": "between the layers"}),
    ("--torch_threads", {"type": int, "help": "CPU threads of torch and NumPy"}),
)

_SWITCHES: tuple[tuple[str, str], ...] = (
    ("--export_onnx", "write the final model as ONNX (default: yes)"),
    ("--pin_cores", "an engine to a core (default: for GodotPhysics, which gains by it)"),
    ("--check_arenas", "compare shared arenas with one alone before learning (default: yes)"),
    ("--resume", "go on from the experiment's newest checkpoint"),
    ("--viz", "show the first engine's window"),
)


def training_config(argv: list[str] | None, scenario: str, description: str) -> TrainConfig:
    """Parse flags into the settings of a run.

    Args:
        argv: the flags; None: those of the process.
        scenario: used when `--scenario` is not given.
        description: of the script, for `--help`.

    Raises:
        HarnessError: a setting, the scenario or the run to resume does not exist.
        SystemExit: wrong flags (code 2) or `--help` (code 0).
    """
    given = _parse(argv, scenario, description)
    ppo = {name: given.pop(name) for name in field_names(PPOConfig) if name in given}
    name = given.setdefault("scenario", scenario)
    given.setdefault("experiment_name", name)
    start = _resumed(given) if given.get("resume") else _fresh(name)
    # What belongs to one call and not to the run is not taken over from the resumed run.
    start = start.replace({"resume": False, "viz": False, "port": None, "token": ""})
    config = start.replace(given)
    return config.replace({"ppo": start.ppo.replace(ppo)})


def save_config(paths: RunPaths, config: TrainConfig) -> None:
    """Write the run's settings beside its logs."""
    shown = {**config.to_dict(), "token": ""}  # a secret is in no file
    write_text(paths.config, json.dumps(shown, indent=1) + "\n")


def _fresh(name: str) -> TrainConfig:
    scenario = get_scenario(name)
    config = TrainConfig(scenario=name).replace({"ppo": PPOConfig().replace(scenario.ppo)})
    return (
        config if scenario.timesteps is None else config.replace({"timesteps": scenario.timesteps})
    )


def _resumed(given: Mapping[str, Any]) -> TrainConfig:
    root = given.get("run_root")
    paths = RunPaths(given["experiment_name"], DEFAULT_ROOT if root is None else Path(root))
    paths.resume_point()
    try:
        return TrainConfig.from_dict(json.loads(paths.config.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return _fresh(given["scenario"])
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read the run's settings in {paths.config}: {error}") from error


def _parse(argv: list[str] | None, scenario: str, description: str) -> dict[str, Any]:
    parser = Parser(description)
    run = parser.add_argument_group("run")
    default_run = _fresh(scenario).to_dict() | {"experiment_name": scenario}
    for flag, options in _RUN_FLAGS:
        _add(run, flag, options, default_run)
    for flag, text in _SWITCHES:
        action = argparse.BooleanOptionalAction if "(default: " in text else "store_true"
        run.add_argument(flag, action=action, default=argparse.SUPPRESS, help=text)
    ppo = parser.add_argument_group("PPO")
    for flag, options in _PPO_FLAGS:
        _add(ppo, flag, options, default_run["ppo"])
    return vars(parser.parse_args(argv))


def _add(group: Any, flag: str, options: dict[str, Any], defaults: Mapping[str, Any]) -> None:
    default = defaults[flag[2:]]
    if isinstance(default, list):
        default = " ".join(str(item) for item in default)
    shown = "chosen for the machine" if default is None else default
    unset = ("godot", "env_path", "project_path", "scene_path", "run_root", "target_kl")
    note = "" if flag[2:] in unset else f" (default: {shown})"
    group.add_argument(
        flag, default=argparse.SUPPRESS, **{**options, "help": options["help"] + note}
    )
