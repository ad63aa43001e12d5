"""What a scenario is: a scene, its time scale, and the names of what it rewards and reports.

Files beside this one define `SCENARIO`; `rl_training.scenarios.get_scenario` finds them. A
scenario names things once: reward terms and metrics have the same names in the scene's `get_info`,
in TensorBoard, in reports and in the docs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Metric:
    """A number that the scene reports at the end of every episode.

    Attributes:
        name: its key in `get_info()["metrics"]`.
        higher_is_better: the direction in which it improves.
        unit: what one of it is, e.g. "s"; empty for counts and truths.
    """

    name: str
    higher_is_better: bool
    unit: str = ""


@dataclass(frozen=True)
class NumpyTwin:
    """The same task as NumPy worlds, which a run takes instead of engines.

    Attributes:
        factory: "module:class" of a Stable-Baselines3 VecEnv; it is called with `num_envs`, `seed`
            and `action_repeat`. Loaded when it is used.
        worlds: how many a training has where nothing is said (`environment.arenas`).
    """

    factory: str
    worlds: int


@dataclass(frozen=True)
class GroundPlan:
    """The ground on which places of a match are drawn, seen from above; m.

    Attributes:
        outline: corners (x, z), closed by itself.
        lines: further lines, each of points (x, z).
        parameter: environment parameter that, set to 1, makes the scene tell places.

    The second group's places are turned by half a circle, so that all players attack the lower z.
    """

    outline: tuple[tuple[float, float], ...]
    lines: tuple[tuple[tuple[float, float], ...], ...] = ()
    parameter: str = "tell_places"


@dataclass(frozen=True)
class MatchRules:
    """How two groups of agents play against each other, for ratings (docs/ratings.md).

    A match is one episode of an arena. Both groups must observe and act alike, and end together
    (`arena_episodes` "together" or "last").

    Attributes:
        score: key of `get_info()["metrics"]` that a match is decided by, the mean over a group's
            agents: the group with more has won, the same is a draw. "is_success": 1 for agents that
            succeeded, else 0.
        parameters: environment parameters of every match. Deterministic players repeat a match that
            starts alike, so starts must differ.
        drivers: name of a player that the game itself has to the number that chooses it.
        driver_parameter: environment parameter that takes this number; `{group}` in it stands for
            the group's name. Empty: the game has one control, which is called "game".
        ground: on which `get_info()["places"]` is drawn, a mapping from kinds ("touches",
            "positions") to flat lists x, z, x, z, ... of the agent; None: the scene tells none.
    """

    score: str = "is_success"
    parameters: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    drivers: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    driver_parameter: str = ""
    ground: GroundPlan | None = None


@dataclass(frozen=True)
class Scenario:
    """One thing to learn.

    Attributes:
        name: as given to `--scenario`; equal to the file's name.
        scene_path: res:// path of the scene; None: the project's main scene.
        action_repeat: physics ticks per decision; None: what the scene sets.
        physics_ticks_per_second: of the project; 0: unknown.
        time_limit_s: simulated seconds after which an episode is truncated; 0: unknown.
        reward_terms: keys of `get_info()["reward_terms"]`.
        metrics: keys of `get_info()["metrics"]` with their directions.
        settings: what this scenario changes in a run's settings, section by section, whichever the
            algorithm; `algorithm` is PPO's.
        tuned: algorithm's name to further settings that count when it is the one chosen.
        success_metric: the metric that says whether an episode succeeded.
        rarely_change: elements of the observation that random actions need not change.
        shorter_is_better: whether a shorter episode is a better one; None: neither.
        planted_bugs: bugs that the scene can be given on purpose, to count who finds them: the
            environment parameter that switches one on (`bug_<name>`, 0 or 1, default 0) to the kind
            of finding that shows it.
        twin: NumPy worlds of the same task; None: it lives in Godot alone.
        action_table: res:// path of a script that prints the rows of the scene's one choice, as
            JSON where it is given `--json`; empty: the scene has no such table.
        match: how its groups play against each other; None: they do not, or nobody has said.
        other_names: dotted paths under which a run's settings may be given for this scenario, to
            those where they stand, e.g. "training.discount" to "algorithm.gamma".
    """

    name: str
    scene_path: str | None
    action_repeat: int | None = None
    physics_ticks_per_second: int = 0
    time_limit_s: float = 0.0
    reward_terms: tuple[str, ...] = ()
    metrics: tuple[Metric, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    tuned: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    success_metric: str = "success"
    rarely_change: tuple[str, ...] = ()
    shorter_is_better: bool | None = None
    planted_bugs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    twin: NumpyTwin | None = None
    action_table: str = ""
    match: MatchRules | None = None
    other_names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
