"""What to evaluate, as a value. Light: no torch, so `--help` is quick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rl_training.errors import ConfigError
from rl_training.limits import MAX_SEED
from rl_training.play.players import Players

if TYPE_CHECKING:
    from rl_training.config.samplers import Sampler
    from rl_training.config.sections import ClusterSettings
    from rl_training.envs.groups import ParameterSetting

Actions = Literal["deterministic", "sampled"]
DETERMINISTIC: Actions = "deterministic"
SAMPLED: Actions = "sampled"
ACTIONS: tuple[Actions, ...] = (DETERMINISTIC, SAMPLED)

SIMULATORS = ("auto", "numpy", "godot")

DEFAULT_SEED = 1_000_000
"""Far from training's default of 0: the courses of an evaluation are unseen ones."""


@dataclass(frozen=True)
class EvaluationRequest:
    """What to evaluate.

    Attributes:
        model: a .zip or .onnx file for all agents, or a mapping from groups (`policy_name`) to
            files, "game" for the game's own control. Text becomes a path, a mapping `Players`.
        scenario: name of the scenario.
        episodes: how many are played, of all agents together, at least 1.
        seed: which ones; the same seed, the same episodes.
        in_engine: the engine plays alone.
        num_envs: engine processes; None: one a core, at most one an episode.
        arenas: copies of the scene in each; None: chosen.
        viz: show the first engine's window, at the speed of the clock.
        godot: engine binary; None: found or installed.
        env_path: an exported game.
        project_path: another Godot project; None: this repository.
        scene_path: replaces the scenario's scene.
        port: first TCP port; None: 11008 or the next free one.
        timeout_s: an engine silent for this long is hung.
        performance: measure the game's ticks, frames, memory and chunks; in one engine with one
            arena, where neither is given.
        record: folder to record every episode to; None: none is.
        actions: how policies act: the most probable action (`DETERMINISTIC`), or one drawn from
            their distribution (`SAMPLED`).
        parameters: environment parameters, name to a finite number or to a sampler (in any form
            that `GodotVecEnv.set_parameters` takes); None: the scene's default. Read, they are
            numbers and `config.samplers.Sampler`s.
        simulator: "numpy", "godot", or "auto": NumPy worlds where the scenario has them, and
            neither a game nor a window, the engine alone, a recording or performance is asked for.
        cluster: where the engines are; None: on this machine.
    """

    model: Path | Players | Mapping[str, Path | str]
    scenario: str = "vr_locomotion"
    episodes: int = 100
    seed: int = DEFAULT_SEED
    in_engine: bool = False
    num_envs: int | None = None
    arenas: int | None = None
    viz: bool = False
    godot: str | None = None
    env_path: str | None = None
    project_path: str | None = None
    scene_path: str | None = None
    port: int | None = None
    timeout_s: float = 60.0
    performance: bool = False
    record: Path | None = None
    actions: Actions = DETERMINISTIC
    parameters: Mapping[str, ParameterSetting] = field(default_factory=dict)
    simulator: str = "auto"
    cluster: ClusterSettings | None = None

    def __post_init__(self) -> None:
        players = Players.of(self.model)
        object.__setattr__(self, "model", players.single or players)
        object.__setattr__(self, "parameters", _read(self.parameters))
        if self.episodes < 1:
            raise ConfigError(f"episodes must be at least 1; found {self.episodes}")
        if not 0 <= self.seed <= MAX_SEED:
            raise ConfigError(f"seed must be in [0, {MAX_SEED}]; found {self.seed}")
        if self.simulator not in SIMULATORS:
            raise ConfigError(
                f"simulator must be {', '.join(SIMULATORS)}; found {self.simulator!r}"
            )
        if self.actions not in ACTIONS:
            raise ConfigError(f"actions must be {' or '.join(ACTIONS)}; found {self.actions!r}")

    @property
    def players(self) -> Players:
        """Which model plays which agents."""
        return Players.of(self.model)

    @property
    def played_parameters(self) -> dict[str, float | Sampler]:
        """The environment parameters that are set."""
        return _read(self.parameters)


def _read(parameters: Mapping[str, ParameterSetting]) -> dict[str, float | Sampler]:
    if not parameters:
        return {}
    from rl_training.config.samplers import read_value  # pydantic, which `--help` does not need

    found = {}
    for name, value in parameters.items():
        if value is not None:
            try:
                found[name] = read_value(value)
            except ValueError as error:
                raise ConfigError(f"the parameter {name} {error}") from error
    return found


@dataclass(frozen=True)
class ComparisonOptions:
    """How models are compared.

    Attributes:
        request: which episodes of which scene are played.
        play: record observations and play episodes; else only sizes and times are measured.
        samples: observations on which actions are compared, at least 1.
        tolerance: difference of a continuous action that counts as the same, at least 0.
    """

    request: EvaluationRequest
    play: bool = True
    samples: int = 4096
    tolerance: float = 0.05

    def __post_init__(self) -> None:
        if self.samples < 1:
            raise ConfigError(f"samples must be at least 1; found {self.samples}")
        if not 0.0 <= self.tolerance < float("inf"):
            raise ConfigError(f"--same_action must be at least 0; found {self.tolerance}")
