"""Which episodes an evaluation plays, and what one of them came to.

Episodes have numbers from 0. Agent `g` of `G` plays the episodes `g`, `g + G`, `g + 2 G`, ...; an
evaluation takes exactly those below N. Taking the first N that end instead would favour short
ones. An episode's seed follows from the evaluation's seed and its number (`runs/seeds.py`), so the
same N episodes are played however many agents share them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rl_training.errors import ProtocolError, UsageError
from rl_training.runs.seeds import episode_seed


@dataclass(frozen=True)
class Agent:
    """Who played an episode.

    Attributes:
        index: its number in its scene, from 0; the same in every copy of the scene.
        path: of its controller below the scene's root; empty when unknown.
        policy: `policy_name` of its controller.
    """

    index: int
    path: str
    policy: str


@dataclass(frozen=True)
class Opponent:
    """An episode of an agent of the same arena that the trainer did not play.

    Attributes:
        group: `policy_name` of its controller.
        policy: what played it: a policy's name, or "game" for the game's own control.
        agent_path: of its controller below its arena's root.
        episode_return: sum of its rewards, not discounted.
        length: decisions.
        terminated: the scene ended it.
        truncated: its time was over.
        success: as the scene says; None when it does not.
        metrics: the scene's numbers.
    """

    group: str
    policy: str
    agent_path: str
    episode_return: float
    length: int
    terminated: bool
    truncated: bool
    success: bool | None = None
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class GameFinding:
    """What the game found wrong with itself in an episode (`RLFindings.report`).

    Attributes:
        kind: in snake_case.
        message: one line.
        tick: physics ticks since the episode's beginning.
        decision: of the episode, from 0, in which it came.
        data: what else is known, JSON values.
    """

    kind: str
    message: str
    tick: int = 0
    decision: int = 0
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Episode:
    """One finished episode.

    Attributes:
        index: its number in the evaluation.
        seed: what the scene drew it from.
        episode_return: sum of its rewards, neither normalised nor discounted.
        length: decisions.
        terminated: the scene ended it.
        truncated: its time was over.
        success: as the scene says; None when it does not.
        metrics: the scene's numbers.
        reward_terms: sums of the reward's terms.
        times: of physics ticks and frames of the whole engine, in ms.
        performance: of the game during it, as its monitor tells (docs/performance.md).
        recording: the file that `replay_episode.py` plays again; empty: it was not recorded.
        agent: who played it; None when the environment does not tell.
        parameters: environment parameters that were set, name to value.
        opponents: episodes of agents of the arena that others played, told at this one's end.
        findings: what the game found wrong with itself, each once.
        places: what the scene told of where things happened: kind to flat x, z, x, z, ..., m.
    """

    index: int
    seed: int
    episode_return: float
    length: int
    terminated: bool
    truncated: bool
    success: bool | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    reward_terms: dict[str, float] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)
    performance: dict[str, float] = field(default_factory=dict)
    recording: str = ""
    agent: Agent | None = None
    parameters: dict[str, float] = field(default_factory=dict)
    opponents: tuple[Opponent, ...] = ()
    findings: tuple[GameFinding, ...] = ()
    places: dict[str, tuple[float, ...]] = field(default_factory=dict)


def make_episode(
    index: int,
    seed: int,
    episode_return: float,
    length: int,
    *,
    truncated: bool,
    info: Mapping[str, object],
    agent: Agent | None = None,
    findings: object = (),
) -> Episode:
    """Make an episode from its last info.

    Args:
        index: its number.
        seed: of the evaluation.
        episode_return: sum of its rewards.
        length: decisions.
        truncated: its time was over, the scene did not end it.
        info: `{"is_success": bool, "metrics": {...}, "reward_terms": {...}, "times": {...},
            "performance": {"episode": {...}}, "parameters": {...}, "opponents": [...],
            "places": {...}}`, each optional.
        agent: who played it; None: unknown.
        findings: the game's, of all its decisions.

    Raises:
        ProtocolError: what it tells of opponents, findings or places cannot be read.
    """
    success = info.get("is_success")
    return Episode(
        index=index,
        seed=episode_seed(seed, index),
        episode_return=float(episode_return),
        length=length,
        terminated=not truncated,
        truncated=truncated,
        success=None if success is None else bool(success),
        metrics=_numbers(info.get("metrics")),
        reward_terms=_numbers(info.get("reward_terms")),
        times=_numbers(info.get("times")),
        performance=_performance(info.get("performance")),
        agent=agent,
        parameters=_numbers(info.get("parameters")),
        opponents=_opponents(info.get("opponents")),
        findings=read_findings(findings),
        places=read_places(info.get("places")),
    )


def read_findings(found: object) -> tuple[GameFinding, ...]:
    """Read what the game found: `info["findings"]`, or those of an in-engine report's row.

    Raises:
        ProtocolError: they cannot be read.
    """
    if not isinstance(found, (list, tuple)):
        return ()
    try:
        return tuple(
            GameFinding(
                kind=str(row["kind"]),
                message=str(row["message"]),
                tick=int(row.get("tick", 0)),
                decision=int(row.get("decision", 0)),
                data=dict(row.get("data") or {}),
            )
            for row in found
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ProtocolError(f"the engine told findings that cannot be read: {found}") from error


def with_recordings(episodes: Sequence[Episode], folder: Path, seed: int) -> tuple[Episode, ...]:
    """Tell every episode its recording; agents of one arena share the first one's.

    Args:
        episodes: that were played.
        folder: of the recordings.
        seed: of the evaluation.

    Raises:
        UsageError: episodes were not recorded.
    """
    files = [_recording(folder, each, seed) for each in episodes]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise UsageError(
            f"{len(missing)} of {len(files)} episodes were not recorded to {folder}, the first is "
            f"{missing[0]}: --record needs a game with addons/godot_rl, and agents of an arena "
            "that begin their episodes together"
        )
    return tuple(
        replace(episode, recording=str(file)) for episode, file in zip(episodes, files, strict=True)
    )


def _recording(folder: Path, episode: Episode, seed: int) -> Path:
    own = folder / f"episode_{episode.index:06d}_{episode.seed}.replay"
    if episode.agent is None or episode.agent.index == 0 or own.is_file():
        return own
    # Named after the first agent of the arena, whose number is that many lower.
    first = episode.index - episode.agent.index
    return folder / f"episode_{first:06d}_{episode_seed(seed, first)}.replay"


def _performance(found: object) -> dict[str, float]:
    return _numbers(found.get("episode")) if isinstance(found, Mapping) else {}


def _numbers(found: object) -> dict[str, float]:
    if not isinstance(found, Mapping):
        return {}
    return {
        str(name): float(value)
        for name, value in found.items()
        if isinstance(value, (bool, int, float))
    }


def read_places(found: object) -> dict[str, tuple[float, ...]]:
    """Return what an info told of where things happened: kind to flat x, z, x, z, ..., m.

    Raises:
        ProtocolError: it cannot be read.
    """
    if not isinstance(found, Mapping):
        return {}
    try:
        return {str(kind): tuple(map(float, flat)) for kind, flat in found.items()}
    except (TypeError, ValueError) as error:
        raise ProtocolError(f"the engine told places that cannot be read: {found}") from error


def _opponents(found: object) -> tuple[Opponent, ...]:
    if not isinstance(found, (list, tuple)):
        return ()
    try:
        return tuple(_opponent(row) for row in found)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ProtocolError(f"the engine told opponents that cannot be read: {found}") from error


def _opponent(row: Mapping[str, Any]) -> Opponent:
    told: Mapping[str, Any] = row.get("info") or {}
    success = told.get("is_success")
    return Opponent(
        group=str(row["group"]),
        policy=str(row["policy"]),
        agent_path=str(row.get("agent", "")),
        episode_return=float(row["return"]),
        length=int(row["decisions"]),
        terminated=bool(row["terminated"]),
        truncated=bool(row["truncated"]),
        success=None if success is None else bool(success),
        metrics=_numbers(told.get("metrics")),
    )
