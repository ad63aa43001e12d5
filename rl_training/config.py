"""The settings of a training run: frozen, validated when made, saved with every run.

`TrainConfig` says what is trained, on what and for how long; `PPOConfig` how. Both travel to and
from plain JSON dictionaries; a key that does not exist is refused with the nearest one that does.
Nothing here imports torch, Stable-Baselines3 or an engine.
"""

from __future__ import annotations

import dataclasses
import os
import re
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from rl_training.errors import ConfigError, nearest

ISOLATIONS = ("shared", "worlds")
TRANSPORTS = ("auto", "binary", "json")
VEC_ENVS = ("async", "subproc")
ACTIVATIONS = ("tanh", "relu")
MAX_PORT = 65535
MAX_SEED = 2**31 - 1

_T = TypeVar("_T", "PPOConfig", "TrainConfig")


def default_num_envs() -> int:
    """Return the number of engine processes used when none is asked for: one a core, at most 8."""
    return max(1, min(8, os.cpu_count() or 1))


@dataclass(frozen=True)
class PPOConfig:
    """How PPO learns (Schulman et al. 2017); names are those of Stable-Baselines3's `PPO`.

    Attributes:
        net_arch: widths of the hidden layers of the policy and of the value network.
        activation: "tanh" or "relu".
        n_steps: decisions an agent makes per rollout; None: `rollout_size` over all agents.
        rollout_size: decisions of all agents together per rollout, when `n_steps` is None.
        batch_size: transitions per gradient step, cut to the rollout when that is smaller.
        n_epochs: passes over each rollout.
        learning_rate: Adam's step size at the start.
        learning_rate_decay: True: falls linearly to zero at the last timestep; False: constant.
        gamma: discount factor, in (0, 1].
        gae_lambda: bias against variance of the advantage estimate, in [0, 1].
        clip_range: PPO's clipping distance, > 0.
        ent_coef: weight of the entropy bonus.
        vf_coef: weight of the value loss.
        max_grad_norm: gradients are scaled down to this norm.
        target_kl: stops a rollout's updates beyond this divergence; None: never.
        log_std_init: logarithm of the standard deviation of continuous actions at the start.
        log_std_final: the deviation may not exceed a bound that falls from `log_std_init` to this
            over the first 60 % of the run, so that the deterministic policy that ships has been
            trained as it will act; None: no bound.
        normalise_obs: observations are shifted and scaled by their running mean and deviation.
        normalise_reward: rewards are scaled by the running deviation of the return.
        clip_obs: normalised observations are clipped to +- this.
        torch_threads: CPU threads of torch and NumPy; 1 is the fastest beside engines.
    """

    net_arch: tuple[int, ...] = (64, 64)
    activation: str = "tanh"
    n_steps: int | None = None
    rollout_size: int = 8192
    batch_size: int = 2048
    n_epochs: int = 6
    learning_rate: float = 1e-3
    learning_rate_decay: bool = True
    gamma: float = 0.99
    gae_lambda: float = 0.95
    clip_range: float = 0.2
    ent_coef: float = 0.0
    vf_coef: float = 0.5
    max_grad_norm: float = 0.5
    target_kl: float | None = None
    log_std_init: float = 0.0
    log_std_final: float | None = None
    normalise_obs: bool = True
    normalise_reward: bool = True
    clip_obs: float = 10.0
    torch_threads: int = 1

    def __post_init__(self) -> None:
        _check_types(self)
        _require(
            self,
            net_arch=(all(width >= 1 for width in self.net_arch), "widths >= 1"),
            activation=_one_of(self.activation, ACTIVATIONS),
            n_steps=(self.n_steps is None or self.n_steps >= 2, "at least 2"),
            rollout_size=(self.rollout_size >= 2, "at least 2"),
            batch_size=(self.batch_size >= 2, "at least 2"),
            n_epochs=(self.n_epochs >= 1, "at least 1"),
            learning_rate=(0.0 < self.learning_rate <= 1.0, "in (0, 1]"),
            gamma=(0.0 < self.gamma <= 1.0, "in (0, 1]"),
            gae_lambda=(0.0 <= self.gae_lambda <= 1.0, "in [0, 1]"),
            clip_range=(self.clip_range > 0.0, "greater than 0"),
            ent_coef=(self.ent_coef >= 0.0, "at least 0"),
            vf_coef=(self.vf_coef >= 0.0, "at least 0"),
            max_grad_norm=(self.max_grad_norm > 0.0, "greater than 0"),
            target_kl=(self.target_kl is None or self.target_kl > 0.0, "greater than 0"),
            log_std_final=(
                self.log_std_final is None or self.log_std_final <= self.log_std_init,
                "at most log_std_init",
            ),
            clip_obs=(self.clip_obs > 0.0, "greater than 0"),
            torch_threads=(self.torch_threads >= 1, "at least 1"),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as a dictionary that JSON can hold."""
        return _to_dict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PPOConfig:
        """Make the settings from a dictionary; keys that are absent keep their defaults.

        Raises:
            ConfigError: a key is unknown, or a value has the wrong type or is out of range.
        """
        return _from_dict(cls, data)

    def replace(self, changes: Mapping[str, Any]) -> PPOConfig:
        """Return a copy with `changes` applied and validated.

        Raises:
            ConfigError: a key is unknown, or a value has the wrong type or is out of range.
        """
        return _from_dict(PPOConfig, {**self.to_dict(), **changes})


@dataclass(frozen=True)
class TrainConfig:
    """One training run.

    Attributes:
        scenario: name of a file of `rl_training/scenarios`.
        experiment_name: names every file of the run; letters, digits, ".", "_", "-".
        timesteps: decisions of all agents together, over the whole run (resumed parts included).
        num_envs: engine processes.
        arenas: copies of the scene in each engine; None: chosen for the machine.
        isolation: "shared" (arenas in one physics space) or "worlds" (each in its own).
        action_repeat: physics ticks per decision; None: the scenario's.
        seed: everything random in the run comes from it, in [0, 2^31).
        save_frequency: timesteps between two checkpoints.
        export_onnx: write the final model as ONNX as well.
        resume: go on from the newest checkpoint of the experiment.
        viz: show the first engine's window.
        vec_env: "async" (`GodotVecEnv`) or "subproc" (`SubprocGodotVecEnv`).
        transport: "auto", "binary" or "json".
        port: first TCP port; None: 11008, or the next free one.
        host: address to listen on; another than loopback needs a token.
        token: what engines must send first, at least 16 characters.
        timeout_s: seconds without an answer after which an engine counts as hung.
        max_restarts: engines that fail in mid-run and are replaced within ten minutes; one more
            ends the run with a checkpoint. 0: the first failure does.
        pin_cores: each engine on one core of its own; None: where the game uses GodotPhysics.
        record_failures: newest failed episodes that are recorded (docs/replay.md); 0: none.
        check_arenas: compare shared arenas with one alone before learning starts, and refuse a
            game in which they differ (world coordinates); a resumed run is not compared.
        godot: path of the engine binary; None: found or installed.
        env_path: an exported game to train on instead of the project's source.
        project_path: folder with project.godot; None: this repository.
        scene_path: res:// path that replaces the scenario's scene.
        run_root: folder that holds `models/` and `logs/`; None: `rl_training/`.
        ppo: how to learn.
    """

    scenario: str = "vr_locomotion"
    experiment_name: str = "vr_locomotion"
    timesteps: int = 1_000_000
    num_envs: int = field(default_factory=default_num_envs)
    arenas: int | None = None
    isolation: str = "shared"
    action_repeat: int | None = None
    seed: int = 0
    save_frequency: int = 100_000
    export_onnx: bool = True
    resume: bool = False
    viz: bool = False
    vec_env: str = "async"
    transport: str = "auto"
    port: int | None = None
    host: str = "127.0.0.1"
    token: str = ""
    timeout_s: float = 60.0
    max_restarts: int = 10
    pin_cores: bool | None = None
    record_failures: int = 0
    check_arenas: bool = True
    godot: str | None = None
    env_path: str | None = None
    project_path: str | None = None
    scene_path: str | None = None
    run_root: str | None = None
    ppo: PPOConfig = field(default_factory=PPOConfig)

    def __post_init__(self) -> None:
        _check_types(self)
        _require(
            self,
            experiment_name=(
                re.fullmatch(r"(?!archive$)[A-Za-z0-9][A-Za-z0-9._-]*", self.experiment_name)
                is not None,
                "letters, digits, '.', '_' and '-', starting with a letter or a digit, and not "
                "'archive'",
            ),
            timesteps=(self.timesteps >= 1, "at least 1"),
            num_envs=(1 <= self.num_envs <= 256, "in [1, 256]"),
            arenas=(self.arenas is None or 1 <= self.arenas <= 4096, "in [1, 4096]"),
            isolation=_one_of(self.isolation, ISOLATIONS),
            action_repeat=(self.action_repeat is None or self.action_repeat >= 1, "at least 1"),
            seed=(0 <= self.seed <= MAX_SEED, f"in [0, {MAX_SEED}]"),
            save_frequency=(self.save_frequency >= 1, "at least 1"),
            vec_env=_one_of(self.vec_env, VEC_ENVS),
            transport=_one_of(self.transport, TRANSPORTS),
            port=(self.port is None or 1 <= self.port <= MAX_PORT, f"in [1, {MAX_PORT}]"),
            timeout_s=(self.timeout_s > 0.0, "greater than 0"),
            max_restarts=(self.max_restarts >= 0, "at least 0"),
            record_failures=(self.record_failures >= 0, "at least 0"),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as a dictionary that JSON can hold."""
        return _to_dict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> TrainConfig:
        """Make the settings from a dictionary; keys that are absent keep their defaults.

        Raises:
            ConfigError: a key is unknown, or a value has the wrong type or is out of range.
        """
        return _from_dict(cls, data)

    def replace(self, changes: Mapping[str, Any]) -> TrainConfig:
        """Return a copy with `changes` applied and validated.

        Raises:
            ConfigError: a key is unknown, or a value has the wrong type or is out of range.
        """
        return _from_dict(TrainConfig, {**self.to_dict(), **changes})


ANNEALED_SHARE = 0.6
"""The share of a run over which the bound on the actions' deviation falls."""


def log_std_bound(start: float, final: float, share_done: float) -> float:
    """Return the logarithm of the bound on the actions' deviation.

    Args:
        start: at the beginning of the run (`PPOConfig.log_std_init`).
        final: from `ANNEALED_SHARE` of the run on (`PPOConfig.log_std_final`).
        share_done: of the run, at least 0.
    """
    return start + (final - start) * min(1.0, share_done / ANNEALED_SHARE)


def field_names(cls: type[PPOConfig] | type[TrainConfig]) -> tuple[str, ...]:
    """Return the names of the settings of a config class, in their order."""
    return tuple(item.name for item in dataclasses.fields(cls))


def _to_dict(config: PPOConfig | TrainConfig) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name in field_names(type(config)):
        value = getattr(config, name)
        if isinstance(value, PPOConfig):
            value = value.to_dict()
        plain[name] = list(value) if isinstance(value, tuple) else value
    return plain


def _from_dict(cls: type[_T], data: Mapping[str, Any]) -> _T:
    known = field_names(cls)
    values: dict[str, Any] = {}
    for key, value in data.items():
        if key not in known:
            raise ConfigError(f"unknown setting {key!r} of {cls.__name__}.{nearest(key, known)}")
        if key == "ppo" and isinstance(value, Mapping):
            value = PPOConfig.from_dict(value)
        values[key] = tuple(value) if isinstance(value, list) else value
    return cls(**values)


def _one_of(value: str, allowed: tuple[str, ...]) -> tuple[bool, str]:
    return value in allowed, f"one of {', '.join(allowed)}"


def _require(config: PPOConfig | TrainConfig, **checks: tuple[bool, str]) -> None:
    for name, (holds, wanted) in checks.items():
        if not holds:
            raise ConfigError(f"{name} must be {wanted}; found {getattr(config, name)!r}")


def _check_types(config: PPOConfig | TrainConfig) -> None:
    for name, wanted in get_type_hints(type(config)).items():
        value = getattr(config, name)
        if not _matches(value, wanted):
            label = getattr(wanted, "__name__", None) if get_origin(wanted) is None else None
            label = label or str(wanted)
            raise ConfigError(f"{name} must be {label}; found {value!r}")
        if wanted is float:
            object.__setattr__(config, name, float(value))


def _matches(value: object, wanted: Any) -> bool:
    origin = get_origin(wanted)
    if origin in (Union, types.UnionType):
        return any(_matches(value, option) for option in get_args(wanted))
    if origin is tuple:
        return isinstance(value, tuple) and all(_matches(v, get_args(wanted)[0]) for v in value)
    if wanted is type(None):
        return value is None
    if wanted in (int, float) and isinstance(value, bool):
        return False
    if wanted is float:
        return isinstance(value, (int, float)) and value == value and abs(value) != float("inf")
    return isinstance(value, wanted)
