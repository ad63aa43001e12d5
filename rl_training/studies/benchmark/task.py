"""What one cell's process is told to measure; travels as JSON."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["raw", "env", "groups", "start", "ppo", "stock_env", "stock_start", "stock_ppo"]

WARM_UP_DECISIONS = 100
"""Decisions before the clock starts, in every cell; random_policy.gd has the same number."""

DOCUMENTED_SPEEDUP = 8
"""godot-rl's documentation trains with this."""

DOCUMENTED_ACTION_REPEAT = 8
"""The default of godot-rl's Sync node."""


@dataclass(frozen=True)
class Task:
    """One measurement.

    Attributes:
        kind: what is measured: the engine alone, environments, environments by groups of agents,
            their start, or PPO; of this harness or of the stock client.
        engine: path of the engine binary.
        project_path: folder with project.godot.
        scene_path: res:// path of the scene.
        action_repeat: physics ticks per decision.
        physics_ticks: per simulated second, which is also `--fixed-fps`.
        num_envs: engine processes.
        arenas: copies of the scene in each.
        scenario: whose training settings PPO takes.
        transport: "binary" or "json", of this harness's environment.
        vec_env: "async" or "subproc", of this harness's environment.
        documented: the stock client as its documentation has it: speedup 8, tied to the clock.
        n_epochs_as_ours: the stock client's PPO makes as many passes over a rollout as ours.
        free: engines do not wait for each other, each gets its next actions as soon as it answered
            (environments, this harness's PPO).
        torch_forward: this harness's PPO acts through torch's forward instead of NumPy's.
        decisions: measured at most, per agent; 0: only `seconds` count.
        seconds: measured at most.
        seed: of episodes and actions.
        save_to: folder where PPO leaves its models; empty: nowhere.
        save_every: timesteps between two of them.
    """

    kind: Kind
    engine: str
    project_path: str
    scene_path: str
    action_repeat: int
    physics_ticks: int
    num_envs: int = 1
    arenas: int = 1
    scenario: str = ""
    transport: str = "binary"
    vec_env: Literal["async", "subproc"] = "async"
    documented: bool = False
    n_epochs_as_ours: bool = False
    free: bool = False
    torch_forward: bool = False
    decisions: int = 0
    seconds: float = 3.0
    seed: int = 0
    save_to: str = ""
    save_every: int = 100_000

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Task:
        """Make a task from what `to_dict` gave."""
        return cls(**data)


Measurement = dict[str, float]
"""What a cell measured: "value" in the cell's unit, and others by name."""
