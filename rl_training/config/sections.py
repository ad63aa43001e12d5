"""The sections of a training configuration, apart from the algorithm's (`algorithms.py`)."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from rl_training.config.machine import default_num_envs
from rl_training.config.samplers import ParameterValue
from rl_training.config.section import Section
from rl_training.limits import MAX_ARENAS, MAX_SEED

# A name, an address, or an IPv6 address in brackets.
_HOST_PORT = re.compile(r"([\w.-]+|\[[0-9a-fA-F:.]+\]):\d{1,5}")

Count = Annotated[int, Field(ge=1)]
NotNegative = Annotated[int, Field(ge=0)]
Positive = Annotated[float, Field(gt=0.0)]
Tracker = Literal["tensorboard", "wandb", "mlflow", "trackio"]


class NetworkSettings(Section):
    """The policy's network and its critic's."""

    net_arch: tuple[Count, ...] = (64, 64)
    """Widths of the hidden layers, of the policy and of the critic."""
    policy_arch: tuple[Count, ...] | None = None
    """Those of the policy alone; not given: `net_arch`."""
    critic_arch: tuple[Count, ...] | None = None
    """Those of the critic alone; not given: `net_arch`."""
    activation: Literal["tanh", "relu"] = "tanh"
    """What stands between the layers."""


class RewardSettings(Section):
    """What is done to rewards before an algorithm learns from them."""

    normalise: bool = True
    """Scale rewards by the running deviation of the return."""
    clip: Positive = 10.0
    """Normalised rewards are clipped to +- this."""


class ObservationSettings(Section):
    """What is done to observations before a policy sees them."""

    normalise: bool = True
    """Shift and scale vectors of floats by their running mean and deviation."""
    clip: Positive = 10.0
    """Normalised observations are clipped to +- this."""


class ActionSettings(Section):
    """How actions are explored."""

    log_std_init: float = 0.0
    """Logarithm of the standard deviation of continuous actions at the start (PPO's family)."""
    log_std_final: float | None = None
    """Bound of that logarithm at the end; it falls over the first 60 % of the run, so that the
    deterministic policy that ships has been trained as it will act. Not given: no bound."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.log_std_final is not None and self.log_std_final > self.log_std_init:
            raise ValueError(
                f"log_std_final must be at most log_std_init; found {self.log_std_final:g}, "
                f"log_std_init {self.log_std_init:g}"
            )
        return self


class EnvironmentSettings(Section):
    """Which game runs, in how many engines, and how they are reached."""

    num_envs: Annotated[int, Field(ge=1, le=256)] = Field(default_factory=default_num_envs)
    """Engine processes; not given: one a core, at most 8."""
    arenas: Annotated[int, Field(ge=1, le=MAX_ARENAS)] | None = None
    """Copies of the scene in each engine; not given: about 128 agents in all."""
    isolation: Literal["shared", "worlds"] = "shared"
    """All arenas in one physics space (fast), or each in a world of its own (bit-identical)."""
    action_repeat: Count | None = None
    """Physics ticks per decision; not given: the scenario's."""
    project_path: str | None = None
    """Folder with project.godot; not given: this project's own scenes."""
    scene_path: str | None = None
    """Scene to train in, res://...; not given: the scenario's, else the project's main scene."""
    env_path: str | None = None
    """An exported game to train on instead of a project's source."""
    godot: str | None = None
    """Engine binary; not given: found or installed."""
    simulator: Literal["auto", "numpy", "godot"] = "auto"
    """Who simulates: NumPy worlds, or the game in Godot; "auto": NumPy where the scenario has such
    worlds and no game, scene or window is asked for."""
    vec_env: Literal["async", "subproc"] = "async"
    """All engines driven by this process, or each by a worker process."""
    transport: Literal["auto", "binary", "json"] = "auto"
    """How messages are encoded; "auto": binary where the addon offers it."""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """First TCP port, an error when it is taken; not given: 11008 or the next free one."""
    host: str = "127.0.0.1"
    """Address to listen on; another than loopback needs a token."""
    token: str = Field(default="", json_schema_extra={"secret": True})
    """What engines must send first, at least 16 characters. Saved nowhere."""
    timeout_s: Positive = 60.0
    """Seconds without an answer after which an engine counts as hung."""
    max_restarts: NotNegative = 10
    """Engines that fail and are replaced within ten minutes; one more ends the run."""
    pin_cores: bool | None = None
    """Each engine on a core of its own; not given: where the game uses GodotPhysics."""
    record_failures: NotNegative = 0
    """Newest failed episodes that are recorded (docs/replay.md); 0: none."""
    performance: bool = False
    """Measure the game's ticks, frames, memory and chunks, and log them as `performance/...`
    (docs/performance.md)."""
    check_arenas: bool = True
    """Before learning, compare shared arenas with one alone, and refuse a game that differs."""
    viz: bool = False
    """Show the first engine's window."""


class ClusterSettings(Section):
    """Where the engines run: in this process, or in actors on the nodes of a Ray cluster."""

    backend: Literal["local", "ray"] = "local"
    """Engines of this machine, or of a Ray cluster (docs/scale.md)."""
    address: str | None = None
    """The cluster: HOST:PORT of its head, or "auto" for the one that runs on this machine; not
    given: one is started on this machine, for this run."""
    nodes: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Nodes that must have joined before engines are placed."""
    engines_per_actor: Annotated[int, Field(ge=1, le=256)] = 2
    """Engines that one actor owns; its node loses them together."""
    cpus_per_engine: Annotated[float, Field(ge=0.0, le=64.0)] = 1.0
    """Cores that an actor claims of its node for each of its engines; 0: any node will do."""
    stale_rollouts: Annotated[int, Field(ge=0, le=2)] = 0
    """Learn from the rollouts that are there while slow actors play on: their policy may be so many
    versions old; 0: wait for all. PPO only."""

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.address is not None and self.backend != "ray":
            raise ValueError(
                f"address is {self.address!r}, but the engines run locally: add --backend ray"
            )
        if self.address not in (None, "auto") and not _HOST_PORT.fullmatch(self.address):
            raise ValueError(
                f"address is {self.address!r}, expected HOST:PORT of the cluster's head, or 'auto'"
            )
        if self.nodes > 1 and self.address is None:
            raise ValueError(
                f"nodes is {self.nodes}, but a cluster that is started here has one: give the "
                "cluster's --address (docs/scale.md)"
            )
        if self.stale_rollouts and self.backend != "ray":
            raise ValueError(
                f"stale_rollouts is {self.stale_rollouts}, but the engines run locally: add "
                "--backend ray"
            )
        return self


class TrainingSettings(Section):
    """How long a run is, and what it leaves behind."""

    timesteps: Count = 1_000_000
    """Decisions of all agents together, over the whole run, resumed parts included."""
    max_minutes: Annotated[float, Field(gt=0.0)] | None = None
    """End this part of the run after so many minutes, as Ctrl-C does: it saves and exports, and
    resume goes on; not given: when the timesteps are done."""
    save_frequency: Count = 100_000
    """Timesteps between two checkpoints."""
    milestone_interval: NotNegative = 0
    """Timesteps between two milestones (docs/self_play.md), full snapshots that are never removed;
    0: none."""
    milestone_games: NotNegative = 0
    """Games that each milestone plays against the players of the ladder; its rating goes into its
    meta.json and the log as `rating/...`; 0: none."""
    milestone_ladder: str | None = None
    """File of the ladder (docs/ratings.md); not given: baselines/<scenario>_ladder.json."""
    phase: str = ""
    """Name of the folder that milestones go into, such as Phase1-BallTouching; not given: after the
    curriculum's lesson, else the scenario."""
    export_onnx: bool = True
    """Write the final model as ONNX as well."""
    resume: bool = False
    """Go on from the experiment's newest checkpoint."""
    auto_resume: bool = False
    """Go on from `resume_from`, else `milestone`, else the experiment's newest compatible
    checkpoint or milestone; where there is none, begin anew."""
    resume_from: str | None = None
    """A .zip checkpoint to go on from, with its counters and its optimiser."""
    milestone: str | None = None
    """A milestone of the experiment to go on from, such as Phase1-pong/001M; without a value on the
    command line: choose from a list."""
    start_from: str | None = None
    """A .zip checkpoint whose policy and normaliser a new run begins with, for example one that
    imitates (docs/imitation.md); its counters begin at zero. Not given: an untrained policy."""
    start_log_std: float | None = None
    """Logarithm of the deviation of continuous actions that such a run begins with. A clone's own
    is mostly too small to find anything. Needs `start_from`. Not given: the file's."""
    device: Literal["cpu", "auto", "cuda", "mps"] = "cpu"
    """Where PPO and its relatives compute their updates: `auto`: on a CUDA card if there is one.
    Worth it for images and wide layers; all else, and all other learners, use the CPU."""
    torch_threads: Count = 1
    """CPU threads of torch and NumPy; 1 is the fastest beside engines."""
    track: tuple[Tracker, ...] = ("tensorboard",)
    """Where metrics go besides metrics.jsonl."""
    hints: bool = True
    """Watch the run and say why it may not be learning."""


class EvaluationSettings(Section):
    """Evaluation while training, in an engine of its own, on fixed unseen episodes."""

    every: NotNegative = 0
    """Timesteps between two evaluations; 0: none."""
    episodes: Count = 50
    """Episodes of one evaluation."""
    metric: str = "success_rate"
    """What the best model is chosen by; mean_reward where a scene reports no success."""
    patience: NotNegative = 0
    """End the run after so many evaluations without a better one; 0: never."""
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] = 1_000_000
    """Of the episodes; not the run's, so that they are unseen."""
    isolation: Literal["shared", "worlds"] = "worlds"
    """Each arena in a world of its own, so that an episode is bit-identical wherever it is played;
    or all in one physics space, which takes half the time and less."""
    parameters: dict[str, ParameterValue] = Field(default_factory=dict)
    """Environment parameters of the evaluations that differ from the run's; those with a curriculum
    or a schedule are as at its end."""
    policy: str | None = None
    """Group whose metric chooses the best models where several policies learn; not given: the
    first one that learns."""
