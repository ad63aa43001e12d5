"""A recorded episode (docs/replay.md), as `addons/godot_rl/replay` writes it: read and checked.

`.replay` files are compressed; `.part` files are what an engine left that did not reach the
episode's end, cut off anywhere. Reading one changes nothing and starts nothing.
"""

from __future__ import annotations

import gzip
import json
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.errors import RecordingError

FORMAT = "spacetime_rl_replay"
VERSION = 1
SUFFIX = ".replay"
PART_SUFFIX = ".part"
FINDING = "finding"
"""Key of the header in which `explore` says what the file shows."""
LARGEST = 1 << 28
"""Bytes of a file's content beyond which it is refused; the addon stops at 64 MiB."""

_HEAD = struct.Struct("<B3xI")
_NODES, _DECISION, _FINAL, _END = (ord(letter) for letter in "NDFE")
_VECTOR3 = ("x", "y", "z")
_BASIS = tuple(f"basis.{column}.{row}" for column in _VECTOR3 for row in _VECTOR3)
_PLACE_3D = (*_BASIS, *(f"origin.{axis}" for axis in _VECTOR3))
_PLACE_2D = ("x.x", "x.y", "y.x", "y.y", "origin.x", "origin.y")
_VELOCITY = tuple(f"velocity.{axis}" for axis in _VECTOR3)
KINDS: Mapping[str, tuple[str, ...]] = {
    "node3d": _PLACE_3D,
    "shape3d": (*_PLACE_3D, *(f"size.{axis}" for axis in _VECTOR3)),
    "body3d": (*_PLACE_3D, *_VELOCITY),
    "rigid3d": (*_PLACE_3D, *_VELOCITY, *(f"angular_velocity.{axis}" for axis in _VECTOR3)),
    "node2d": _PLACE_2D,
    "body2d": (*_PLACE_2D, "velocity.x", "velocity.y"),
    "rigid2d": (*_PLACE_2D, "velocity.x", "velocity.y", "angular_velocity", "unused"),
}
"""What is recorded of a node, by kind; lengths in m (3D) or pixels (2D), angles in rad."""


@dataclass(frozen=True)
class AgentHeader:
    """What the header tells of one agent.

    Attributes:
        episode: number of the episode in its run.
        seed: what the scene drew it from.
        begins_on_call: False for a controller that resets itself, whose episodes have no seed.
        elements: name of each recorded number of an observation, e.g. `obs[3]` or `ray_30`.
        hashed: of each, whether it is the hash of an image.
        actions: name of each number of an action.
        policy: `policy_name` of its controller; empty: an older recording, which does not tell.
    """

    episode: int
    seed: int
    begins_on_call: bool
    elements: tuple[str, ...]
    hashed: tuple[bool, ...]
    actions: tuple[str, ...]
    policy: str = ""


@dataclass(frozen=True)
class Node:
    """A watched node: its path below the arena's root, and its kind (`KINDS`)."""

    path: str
    kind: str


@dataclass(frozen=True)
class Decision:
    """One decision, of all agents of the arena.

    Attributes:
        state_hash: of everything up to here, the action included.
        rewards: (agents,) float64, of the transition that led here.
        actions: (numbers,) float64, agent after agent.
        observations: (elements,) float32, agent after agent; the hash of an image as its bits.
        changed: node to its values, (components,), of the nodes that changed.
        gone: nodes that are not there any more.
    """

    state_hash: int
    rewards: NDArray[np.float64]
    actions: NDArray[np.float64]
    observations: NDArray[np.float32]
    changed: Mapping[Node, NDArray[Any]] = field(default_factory=dict)
    gone: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Final:
    """After the last action: rewards (agents,) float64, observations (elements,) float32."""

    rewards: NDArray[np.float64]
    observations: NDArray[np.float32]


@dataclass(frozen=True)
class Recording:
    """A recorded episode.

    Attributes:
        path: its file.
        header: as it stands in the file.
        agents: the arena's agents.
        decisions: in their order.
        final: None when the file was cut off.
        ends: of each agent, how its episode ended (`{"ended": False}`: it did not); empty when
            the file was cut off.
    """

    path: Path
    header: Mapping[str, Any]
    agents: tuple[AgentHeader, ...]
    decisions: tuple[Decision, ...]
    final: Final | None
    ends: tuple[Mapping[str, Any], ...]

    @property
    def is_complete(self) -> bool:
        """Whether the engine wrote it to the end."""
        return self.final is not None

    @property
    def action_repeat(self) -> int:
        """Physics ticks per decision."""
        return int(self.header["action_repeat"])

    @property
    def isolation(self) -> str:
        """Of the arenas: "worlds" or "shared"."""
        return str(self.header["isolation"])

    @property
    def has_scene(self) -> bool:
        """Whether the scene's nodes were recorded too."""
        return bool(self.header["detail"] == "full")

    @property
    def parameters(self) -> dict[str, float]:
        """Environment parameters that were set in the episode, name to value."""
        return {str(k): float(v) for k, v in (self.header.get("parameters") or {}).items()}

    def names(self) -> tuple[str, ...]:
        """Name each agent: by its policy where no other has that one, else by its number too."""
        policies = [agent.policy for agent in self.agents]
        return tuple(
            policy if policy and policies.count(policy) == 1 else f"{policy or 'agent'} {i}"
            for i, policy in enumerate(policies)
        )

    def elements(self) -> tuple[str, ...]:
        """Name each recorded number of the observations; with several agents, the agent too."""
        return self._of_agents(lambda agent: agent.elements)

    def actions(self) -> tuple[str, ...]:
        """Name each number of the actions; with several agents, the agent too."""
        return self._of_agents(lambda agent: agent.actions)

    def _of_agents(self, names: Callable[[AgentHeader], tuple[str, ...]]) -> tuple[str, ...]:
        if len(self.agents) == 1:
            return names(self.agents[0])
        return tuple(
            f"{who} {name}"
            for who, agent in zip(self.names(), self.agents, strict=True)
            for name in names(agent)
        )

    def trajectory(self, agent: int = 0) -> dict[str, Any]:
        """Return an agent's episode with the keys of a demonstration's line.

        Returns:
            `obs` (decisions + 1, elements) float32, `actions` (decisions, numbers) float32,
            `rewards` (decisions,) float64, `terminated`, `truncated`, `info`.

        Raises:
            RecordingError: the file was cut off.
        """
        if self.final is None:
            raise RecordingError(f"{self.path} was cut off: it has no last observation")
        before, own = self.agents[:agent], self.agents[agent]
        first = sum(len(each.elements) for each in before)
        seen = slice(first, first + len(own.elements))
        first = sum(len(each.actions) for each in before)
        done = slice(first, first + len(own.actions))
        steps: tuple[Decision | Final, ...] = (*self.decisions, self.final)
        end = self.ends[agent]
        return {
            "obs": np.stack([step.observations[seen] for step in steps]),
            "actions": np.stack([step.actions[done] for step in self.decisions]).astype(np.float32),
            "rewards": np.array([step.rewards[agent] for step in steps[1:]]),
            "terminated": bool(end.get("terminated", False)),
            "truncated": bool(end.get("truncated", False)),
            "info": end.get("info", {}),
        }


def read_recording(path: Path) -> Recording:
    """Read a recorded episode.

    Raises:
        RecordingError: the file is missing, damaged, no recording, or of another version.
    """
    content = _content(path)
    line, newline, records = content.partition(b"\n")
    try:
        header = json.loads(line) if newline else None
    except ValueError:
        header = None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise RecordingError(f"{path} is no recorded episode (a {SUFFIX} file of --record)")
    if header.get("version") != VERSION:
        raise RecordingError(
            f"{path} is a recording of version {header.get('version')}, this harness reads "
            f"version {VERSION}: record it again"
        )
    try:
        return _Parser(path, header).parse(records)
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise RecordingError(f"{path} is damaged: {error!r}; record it again") from error
    except struct.error as error:
        raise RecordingError(f"{path} is damaged: {error!r}; record it again") from error


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if zipped else path.open("rb") as source:
            content = source.read(LARGEST + 1)
    except FileNotFoundError:
        raise RecordingError(f"no recording at {path}") from None
    except (OSError, EOFError, zlib.error) as error:
        raise RecordingError(f"{path} cannot be read: {error}; record it again") from error
    if len(content) > LARGEST:
        raise RecordingError(f"{path} holds more than {LARGEST} bytes: it is no recording of ours")
    return content


class _Parser:
    """Reads the records that follow a header."""

    def __init__(self, path: Path, header: dict[str, Any]) -> None:
        self._path = path
        self._header = header
        self._agents = tuple(_agent(row) for row in header["agents"])
        if not self._agents:
            raise ValueError("no agents")
        self._actions = sum(len(agent.actions) for agent in self._agents)
        self._elements = sum(len(agent.elements) for agent in self._agents)
        self._real = np.dtype("<f8" if header["precision"] == "double" else "<f4")
        self._nodes: dict[int, Node] = {}
        self._gone: list[Node] = []

    def parse(self, records: bytes) -> Recording:
        decisions: list[Decision] = []
        final: Final | None = None
        end: dict[str, Any] | None = None
        at = 0
        while end is None and at + _HEAD.size <= len(records):
            tag, size = _HEAD.unpack_from(records, at)
            at += _HEAD.size
            if at + size > len(records):
                break  # a write that was cut off
            payload = records[at : at + size]
            at += size
            if tag == _NODES:
                self._read_nodes(json.loads(payload))
            elif tag == _DECISION:
                decisions.append(self._read_decision(payload))
            elif tag == _FINAL:
                final = self._read_final(payload)
            elif tag == _END:
                end = json.loads(payload)
            else:
                raise ValueError(f"a record has the tag {tag}")
        ends: tuple[Mapping[str, Any], ...] = ()
        if end is not None:
            ends = tuple(dict(row) for row in end["agents"])
            if int(end["decisions"]) != len(decisions) or len(ends) != len(self._agents):
                raise ValueError("its end does not fit its decisions")
        # Repeated here, so that a header without them is found damaged when it is read.
        for key in ("action_repeat", "isolation", "detail", "scene", "env_seed", "arena", "arenas"):
            self._header[key]
        return Recording(
            path=self._path,
            header=self._header,
            agents=self._agents,
            decisions=tuple(decisions),
            final=final if end is not None else None,
            ends=ends,
        )

    def _read_nodes(self, news: dict[str, Any]) -> None:
        self._gone = [self._nodes[int(number)] for number in news["gone"]]
        for number, path, kind in news["nodes"]:
            if kind not in KINDS:
                raise ValueError(f"a node has the kind {kind}")
            self._nodes[int(number)] = Node(str(path), kind)

    def _read_decision(self, payload: bytes) -> Decision:
        state_hash, count = struct.unpack_from("<II", payload)
        reader = _Reader(payload, 8)
        rewards = reader.take("<f8", len(self._agents))
        actions = reader.take("<f8", self._actions)
        observations = reader.take("<f4", self._elements)
        nodes = [self._nodes[int(number)] for number in reader.take("<i4", count)]
        changed = {node: reader.take(self._real, len(KINDS[node.kind])) for node in nodes}
        reader.finish()
        gone, self._gone = tuple(self._gone), []
        return Decision(state_hash, rewards, actions, observations, changed, gone)

    def _read_final(self, payload: bytes) -> Final:
        reader = _Reader(payload, 0)
        final = Final(reader.take("<f8", len(self._agents)), reader.take("<f4", self._elements))
        reader.finish()
        return final


class _Reader:
    """Takes arrays out of a payload, one after another."""

    def __init__(self, payload: bytes, at: int) -> None:
        self._payload = payload
        self._at = at

    def take(self, dtype: Any, count: int) -> NDArray[Any]:
        kind = np.dtype(dtype)
        found = np.frombuffer(self._payload, kind, count, self._at) if count else np.empty(0, kind)
        self._at += count * kind.itemsize
        return found

    def finish(self) -> None:
        if self._at != len(self._payload):
            raise ValueError(f"a record has {len(self._payload) - self._at} bytes too many")


def _agent(row: Mapping[str, Any]) -> AgentHeader:
    names = row["observation_names"]
    elements: list[str] = []
    hashed: list[bool] = []
    for key, size in row["observation"]:
        if size < 0:
            elements.append(f"{key} (an image's hash)")
            hashed.append(True)
            continue
        known = names.get(key, [])
        elements += [str(known[i]) if i < len(known) else f"{key}[{i}]" for i in range(int(size))]
        hashed += [False] * int(size)
    actions: list[str] = []
    for key, space in row["action_space"].items():
        single = space["action_type"] == "discrete" or int(space["size"]) == 1
        actions += [key] if single else [f"{key}[{i}]" for i in range(int(space["size"]))]
    return AgentHeader(
        episode=int(row["episode"]),
        seed=int(row["seed"]),
        begins_on_call=bool(row["begins_on_call"]),
        elements=tuple(elements),
        hashed=tuple(hashed),
        actions=tuple(actions),
        policy=str(row.get("policy", "")),
    )
