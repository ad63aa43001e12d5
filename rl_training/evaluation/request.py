"""What to evaluate, as a value. Light: no torch, so `--help` is quick."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rl_training.config import MAX_SEED
from rl_training.errors import ConfigError

DEFAULT_SEED = 1_000_000
"""Far from training's default of 0: the courses of an evaluation are unseen ones."""


@dataclass(frozen=True)
class EvaluationRequest:
    """What to evaluate.

    Attributes:
        model: a .zip or .onnx file; text becomes a path.
        scenario: name of the scenario.
        episodes: how many are played, at least 1.
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
        record: folder to record every episode to; None: none is.
    """

    model: Path
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
    record: Path | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "model", Path(self.model))
        if self.episodes < 1:
            raise ConfigError(f"episodes must be at least 1; found {self.episodes}")
        if not 0 <= self.seed <= MAX_SEED:
            raise ConfigError(f"seed must be in [0, {MAX_SEED}]; found {self.seed}")


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
