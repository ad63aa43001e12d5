"""Where two recordings of one episode begin to differ: the decision, and the node or element.

Equality is that of bits, but for the sign of a zero; NaN equals NaN.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.data.recording import KINDS, Decision, Node, Recording

_HEADER_KEYS = (
    *("engine", "addon_version", "project", "scene", "commit", "system", "precision"),
    *("physics_engine", "physics_ticks_per_second", "action_repeat", "isolation", "parameters"),
)


@dataclass(frozen=True)
class Difference:
    """One number that differs.

    Attributes:
        what: "node", "observation", "reward" or "end".
        name: path of the node below the arena's root, or name of the element.
        component: of the node, e.g. "origin.x"; else empty.
        recorded: its value in the recording; text where a node was missing.
        replayed: its value in the replay.
        difference: absolute; infinite where it is no number.
    """

    what: str
    name: str
    component: str
    recorded: float | str
    replayed: float | str
    difference: float

    def line(self) -> str:
        """Return it as a line of text."""
        name = f"{self.name} {self.component}".strip()
        size = f"  (by {self.difference:.3g})" if math.isfinite(self.difference) else ""
        then, now = _shown(self.recorded), _shown(self.replayed)
        return f"{self.what} {name}: recorded {then}, now {now}{size}"


@dataclass(frozen=True)
class Divergence:
    """The first decision at which two recordings differ.

    Attributes:
        decision: its number, from 0; that of the last decision plus one for the end.
        tick: physics ticks since the episode's beginning.
        time_s: simulated seconds.
        differences: what differs there; nodes (in tree order) first, then observations, rewards
            and the end.
    """

    decision: int
    tick: int
    time_s: float
    differences: tuple[Difference, ...]

    @property
    def first(self) -> Difference:
        """What is named first: a node where one differs, else the element."""
        return self.differences[0]

    @property
    def largest(self) -> float:
        """The largest difference there; infinite where something is missing."""
        return max(each.difference for each in self.differences)

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON; an infinite difference is None."""
        rows = [asdict(each) for each in self.differences]
        for row in rows:
            for key, value in row.items():
                if isinstance(value, float) and not math.isfinite(value):
                    row[key] = None if key == "difference" else str(value)
        return {
            "decision": self.decision,
            "tick": self.tick,
            "time_s": self.time_s,
            "differences": rows,
        }


def find_divergence(
    recorded: Recording, replayed: Recording, ignore_missing_nodes: bool = False
) -> Divergence | None:
    """Return where the replay begins to differ from the recording; None: it does not.

    A recording that was cut off is compared as far as it goes.

    Args:
        recorded: the episode.
        replayed: the same, played again.
        ignore_missing_nodes: nodes that one of them lacks do not count: a window has nodes that a
            headless run has not.
    """
    with_scene = recorded.has_scene and replayed.has_scene
    scenes = _Scenes(ignore_missing_nodes)
    elements = recorded.elements()
    for number, (one, other) in enumerate(
        zip(recorded.decisions, replayed.decisions, strict=False)
    ):
        found: list[Difference] = []
        if with_scene:
            found += scenes.compare(one, other)
        found += _compare_values("observation", elements, one.observations, other.observations)
        found += _compare_rewards(recorded, one.rewards, other.rewards)
        found += _compare_values("action", recorded.actions(), one.actions, other.actions)
        if found:
            return _at(recorded, number, found)
    found = list(_compare_ends(recorded, replayed))
    if not found:
        return None
    shorter = min(len(recorded.decisions), len(replayed.decisions))
    return _at(recorded, shorter, found)


def header_changes(recorded: Recording, replayed: Recording) -> dict[str, tuple[Any, Any]]:
    """Return what differs between the circumstances, e.g. the engine's version: (then, now)."""
    found = {key: (recorded.header.get(key), replayed.header.get(key)) for key in _HEADER_KEYS}
    # An older recording does not tell its parameters: there were none.
    found["parameters"] = (recorded.parameters, replayed.parameters)
    return {
        key: (then, now)
        for key, (then, now) in found.items()
        if then != now and not (key == "commit" and "" in (then, now))
    }


class _Scenes:
    """Follows the state of both scenes, of which each decision tells what changed."""

    def __init__(self, ignore_missing: bool) -> None:
        self._ignore_missing = ignore_missing
        self._one: dict[Node, NDArray[Any]] = {}
        self._other: dict[Node, NDArray[Any]] = {}

    def compare(self, one: Decision, other: Decision) -> Iterator[Difference]:
        for scene, decision in ((self._one, one), (self._other, other)):
            for node in decision.gone:
                scene.pop(node, None)
            scene.update(decision.changed)
        # Where both were equal before, only what changed can differ.
        for node in dict.fromkeys((*one.gone, *other.gone, *one.changed, *other.changed)):
            recorded, replayed = self._one.get(node), self._other.get(node)
            if recorded is not None and replayed is not None:
                yield from _compare_values("node", KINDS[node.kind], recorded, replayed, node.path)
            elif (recorded is None) != (replayed is None) and not self._ignore_missing:
                states = ["missing" if each is None else "there" for each in (recorded, replayed)]
                yield Difference("node", node.path, "", states[0], states[1], math.inf)


def _compare_values(
    what: str,
    names: tuple[str, ...],
    recorded: NDArray[Any],
    replayed: NDArray[Any],
    owner: str = "",
) -> Iterator[Difference]:
    if recorded.tobytes() == replayed.tobytes():
        return
    if len(recorded) != len(replayed):
        yield Difference(
            what, owner or "size", "", float(len(recorded)), float(len(replayed)), math.inf
        )
        return
    equal = (recorded == replayed) | (np.isnan(recorded) & np.isnan(replayed))
    for index in np.flatnonzero(~equal).tolist():
        one, other = float(recorded[index]), float(replayed[index])
        size = abs(one - other)
        name = names[index]
        yield Difference(
            what,
            owner or name,
            name if owner else "",
            one,
            other,
            math.inf if size != size else size,
        )


def _compare_rewards(
    recording: Recording, recorded: NDArray[Any], replayed: NDArray[Any]
) -> Iterator[Difference]:
    names = tuple(f"of {who}" for who in recording.names())
    if len(names) == 1:
        names = ("",)
    yield from _compare_values("reward", names, recorded, replayed)


def _compare_ends(recorded: Recording, replayed: Recording) -> Iterator[Difference]:
    lengths = len(recorded.decisions), len(replayed.decisions)
    if recorded.is_complete and lengths[0] != lengths[1]:
        yield Difference(
            "end",
            "decisions",
            "",
            float(lengths[0]),
            float(lengths[1]),
            float(abs(lengths[0] - lengths[1])),
        )
        return
    if lengths[1] < lengths[0]:
        yield Difference("end", "decisions", "", float(lengths[0]), float(lengths[1]), math.inf)
        return
    if recorded.final is None or replayed.final is None:
        return
    one, other = recorded.final, replayed.final
    yield from _compare_values(
        "observation", recorded.elements(), one.observations, other.observations
    )
    yield from _compare_rewards(recorded, one.rewards, other.rewards)
    rows = zip(recorded.names(), recorded.ends, replayed.ends, strict=True)
    for who, row, now in rows:
        prefix = f"{who} " if len(recorded.agents) > 1 else ""
        yield from _compare_end(prefix, row, now)


def _compare_end(
    prefix: str, recorded: Mapping[str, Any], replayed: Mapping[str, Any]
) -> Iterator[Difference]:
    for key in ("ended", "terminated", "truncated", "ticks"):
        if recorded.get(key) != replayed.get(key):
            yield Difference(
                "end", prefix + key, "", str(recorded.get(key)), str(replayed.get(key)), math.inf
            )


def _at(recording: Recording, decision: int, found: list[Difference]) -> Divergence:
    tick = decision * recording.action_repeat
    return Divergence(
        decision=decision,
        tick=tick,
        time_s=tick / float(recording.header["physics_ticks_per_second"]),
        differences=tuple(found),
    )


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.9g}"
