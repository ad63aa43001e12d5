"""Does a game hold its frame rate? A verdict over so many physics ticks of one game.

`spacetime-rl budget` asks it. One engine plays one copy of the scene, by a model or by random
actions, while the game's own monitor measures; nothing of the trainer is in its times
(docs/performance.md). It writes nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.engine.log_messages import EngineMessages
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.envs.groups import ParameterSetting
from rl_training.envs.settings import PERFORMANCE_ARGS, EnvSettings
from rl_training.errors import ConfigError, HarnessError
from rl_training.play.deciders import Decider, OnePolicy, PolicyOfEachGroup
from rl_training.play.players import Players
from rl_training.play.policies import Policy, RandomPolicy, load_players

_MOST_SILENT = 1000  # decisions in a row in which no tick was measured


@dataclass(frozen=True)
class Budget:
    """What a game has to keep.

    Attributes:
        frames: physics ticks that are judged, at least 1; with a headset's settings one a frame.
        warm_up: ticks before them that are not, while things load.
        budget_ms: of a tick, and of a frame.
        late: ticks and frames over the budget that are let pass.
        memory_mb: of the game, in MB of 1,048,576 bytes.
    """

    frames: int = 1000
    warm_up: int = 90
    budget_ms: float = 11.11
    late: int = 0
    memory_mb: float = 2048.0

    def __post_init__(self) -> None:
        if self.frames < 1 or self.warm_up < 0 or self.late < 0:
            raise ConfigError("frames must be at least 1, warm_up and late at least 0")
        if not (self.budget_ms > 0.0 and self.memory_mb > 0.0):
            raise ConfigError("budget_ms and memory_mb must be above 0")


@dataclass(frozen=True)
class BudgetVerdict:
    """What came of it.

    Attributes:
        budget: what was asked for.
        ticks: that were judged.
        late_ticks: over the budget.
        late_frames: frames over the budget.
        physics_ms: a tick on average.
        physics_max_ms: the longest.
        render_ms: a frame on average.
        render_max_ms: the longest.
        memory_mb: the most.
        errors: of the engine and of scripts.
        warnings: of the engine.
        first_message: the first of them; empty: there was none.
    """

    budget: Budget
    ticks: int
    late_ticks: int
    late_frames: int
    physics_ms: float
    physics_max_ms: float
    render_ms: float
    render_max_ms: float
    memory_mb: float
    errors: int = 0
    warnings: int = 0
    first_message: str = ""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the game fails; empty: it passes."""
        found = []
        if self.late_ticks + self.late_frames > self.budget.late:
            found.append(
                f"{self.late_ticks} ticks and {self.late_frames} frames took more than "
                f"{self.budget.budget_ms:g} ms, the longest {self._worst:.2f} ms"
            )
        if self.errors + self.warnings:
            found.append(
                f"the engine told {self.errors} errors and {self.warnings} warnings, the first: "
                f"{self.first_message}"
            )
        if self.memory_mb > self.budget.memory_mb:
            found.append(
                f"the game held {self.memory_mb:.0f} MB, more than {self.budget.memory_mb:g} MB"
            )
        return tuple(found)

    @property
    def passed(self) -> bool:
        """Whether the game kept all."""
        return not self.reasons

    @property
    def _worst(self) -> float:
        return max(self.physics_max_ms, self.render_max_ms)

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {
            **dataclasses.asdict(self),
            "passed": self.passed,
            "reasons": list(self.reasons),
        }

    def as_text(self) -> str:
        """Return a few lines for a terminal; the last says how it ended."""
        lines = [
            f"{self.ticks} ticks, budget {self.budget.budget_ms:g} ms",
            f"physics tick   {self.physics_ms:.2f} ms, longest {self.physics_max_ms:.2f}, "
            f"{self.late_ticks} late",
            f"frame          {self.render_ms:.2f} ms, longest {self.render_max_ms:.2f}, "
            f"{self.late_frames} late",
            f"memory         {self.memory_mb:.0f} MB",
            f"messages       {self.errors} errors, {self.warnings} warnings",
        ]
        end = "passed: the game holds its budget"
        return "\n".join([*lines, end if self.passed else "failed: " + "; ".join(self.reasons)])


@dataclass
class _Sums:
    """What was measured so far."""

    ticks: int = 0
    frames: int = 0
    late: NDArray[np.int64] = field(default_factory=lambda: np.zeros(2, dtype=np.int64))
    time_ms: NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))
    longest_ms: NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))
    memory_mb: float = 0.0

    def add(self, told: Mapping[str, float]) -> None:
        """Add what a decision's `info["performance"]` tells."""
        ticks, frames = int(told["ticks"]), int(told["frames"])
        self.ticks += ticks
        self.frames += frames
        self.late += (int(told["late_ticks"]), int(told["late_frames"]))
        means = (told["physics_frame_time_ms"], told["render_frame_time_ms"])
        longest = (told["physics_frame_time_max_ms"], told["render_frame_time_max_ms"])
        self.time_ms += (means[0] * ticks, means[1] * frames)
        self.longest_ms = np.maximum(self.longest_ms, longest)
        self.memory_mb = max(self.memory_mb, told["memory_mb"])


def judge_budget(
    settings: EnvSettings,
    budget: Budget,
    players: Players | None = None,
    parameters: Mapping[str, ParameterSetting] | None = None,
    on_count: Callable[[int], None] | None = None,
) -> BudgetVerdict:
    """Play one copy of a game and return whether it holds its budget.

    Args:
        settings: of the game; engines, arenas and launch words are replaced.
        budget: what it has to keep.
        players: what plays; None: random actions, the same for the same seed.
        parameters: environment parameters.
        on_count: told how many ticks were judged, now and then.

    Raises:
        HarnessError: the engine failed, the game has no addon of ours, or a model does not fit.
    """
    settings = dataclasses.replace(
        settings,
        num_envs=1,
        arenas=1,
        env_args=(*settings.env_args, *PERFORMANCE_ARGS, f"--rl.budget_ms={budget.budget_ms:g}"),
    )
    with GodotVecEnv.from_settings(settings) as env:
        if parameters:
            env.set_parameters(dict(parameters))
        decider = _decider(env, players, settings.seed)
        env.seed(settings.seed)
        decider.reset()
        warm_up = _Sums()
        while warm_up.ticks < budget.warm_up:
            _step(decider, warm_up)
        judged = _Sums()
        while judged.ticks < budget.frames:
            _step(decider, judged)
            if on_count is not None:
                on_count(min(judged.ticks, budget.frames))
        return _verdict(budget, judged, env.engine_messages())


def _step(decider: Decider, sums: _Sums) -> None:
    for _ in range(_MOST_SILENT):
        told = decider.step().infos[0].get("performance")
        if isinstance(told, Mapping) and told.get("ticks"):
            sums.add(told)
            return
    raise HarnessError(
        "the game tells no performance: it needs addons/godot_rl of this version (export addon)"
    )


def _verdict(budget: Budget, sums: _Sums, messages: EngineMessages) -> BudgetVerdict:
    tallies = (messages.script_errors, messages.errors, messages.warnings)
    first = next((tally.messages[0].text for tally in tallies if tally.messages), "")
    counts = np.maximum((sums.ticks, sums.frames), 1)
    physics, render = (sums.time_ms / counts).tolist()
    return BudgetVerdict(
        budget=budget,
        ticks=sums.ticks,
        late_ticks=int(sums.late[0]),
        late_frames=int(sums.late[1]),
        physics_ms=physics,
        physics_max_ms=float(sums.longest_ms[0]),
        render_ms=render,
        render_max_ms=float(sums.longest_ms[1]),
        memory_mb=sums.memory_mb,
        errors=messages.script_errors.count + messages.errors.count,
        warnings=messages.warnings.count,
        first_message=first,
    )


def _decider(env: GodotVecEnv, players: Players | None, seed: int) -> Decider:
    if players is not None:
        policy = load_players(players, env)
        if isinstance(policy, Mapping):
            return PolicyOfEachGroup(env, policy)
        return OnePolicy(env, policy)
    every: dict[str, Policy | None] = {
        name: RandomPolicy(env.group(name), seed) for name in env.groups
    }
    return PolicyOfEachGroup(env, every)
