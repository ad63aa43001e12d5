"""A Godot engine's side of the protocol, without Godot: standard library only, starts in 50 ms.

Use it in a thread (`FakeEngine(config).serve(sock)`) or as a program that takes the addon's launch
arguments and `--fake=<JSON of FakeConfig>`. The world it plays: each agent counts the decisions of
its episode; odd episodes are truncated, even ones terminate.

    observation  [episode, step / 100, global agent index / 100, seed % 97 / 97]
    reward       action_repeat * (1 + global agent index)

With `groups` the agents differ: a group's observation has its own length (zeros follow the four
numbers), and the first number beyond them is the environment parameter `difficulty`.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import math
import os
import random
import signal
import socket
import struct
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.python import fake_codec

OBS_NAMES = ["episode", "progress", "agent", "seed"]


@dataclass
class FakeConfig:
    """How the fake behaves; step numbers count decisions from 1, 0 means never."""

    agents: int = 2  # per arena
    episode_length: int = 5  # decisions; agent i of an arena plays i more
    stock: bool = False  # speak as godot-rl's own plugin: none of our keys
    protocol: int = 1
    transport: str = "json"
    actions: dict[str, Any] = field(
        default_factory=lambda: {"move": {"action_type": "continuous", "size": 2}}
    )
    other_actions: dict[str, Any] | None = None  # the last agent's, when it differs
    image: bool = False
    light: int = 0  # added to every pixel
    announce: Any = None  # replaces the whole env_info
    report: str = ""  # an `error` message in place of env_info
    nan_step: int = 0
    resize_step: int = 0
    die_step: int = 0
    kill_step: int = 0
    hang_step: int = 0
    report_step: int = 0
    raw_step: int = 0
    raw: str = ""  # hex of bytes sent in place of the answer of `raw_step`
    die_first: bool = False
    hang_first: bool = False
    slow_arena: int = -1  # the engine whose first arena it is waits `slow_s` seconds a decision
    slow_s: float = 0.0
    wait_for: str = ""  # a file that `slow_arena`'s engine waits for before its third decision
    only_first: bool = False  # what breaks, breaks in the engine of arena 0 only
    pays: bool = False  # the reward is the first number of the action
    stranger: bool = False  # before it, an engine of another run comes to the same port
    stubborn: bool = False  # ignores SIGTERM and `close`
    # name -> {"agents": per arena, "obs": length, "actions": {...}}; in place of `agents`
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    leave: dict[str, int] = field(default_factory=dict)  # {"agent": i, "at": step, "back": step}
    find_step: int = 0  # decision of every episode in which the game reports a finding
    cells: int = 0  # decisions that are one cell, told to explorers
    # A match: both groups play an arena's levels, whose lengths differ, and the metric "score" is
    # the sum of what was done, the number drawn of the level, and a little of the agent's own.
    match: bool = False

    def argument(self) -> str:
        return "--fake=" + json.dumps(asdict(self))


@dataclass
class Launch:
    port: int = 0
    env_seed: int = 0
    action_repeat: int = 1
    arenas: int = 1
    arena_offset: int = 0
    arena_total: int = 1
    agents_per_engine: int = 0
    explore: int = 0

    @classmethod
    def parse(cls, words: list[str]) -> Launch:
        launch = cls()
        for word in words:
            name, equals, value = word[2:].removeprefix("rl.").partition("=")
            if equals and word.startswith("--") and name in cls.__annotations__:
                setattr(launch, name, int(value))
        return launch


class Agent:
    def __init__(
        self, index: int, length: int, arena: int = 0, group: str = "shared_policy"
    ) -> None:
        self.index = index
        self.length = length
        self.arena = arena
        self.group = group
        self.episode = 0
        self.step = 0
        self.is_there = True
        self.player = self.next_player = ""  # "": the trainer
        self.parameters: dict[str, float] = {}
        self.next_parameters: dict[str, Any] = {}
        self.levels: list[int] = []  # of the next episodes
        self.level = -1  # of this one; -1: it is a numbered one
        self.usual_length = length
        self.score = 0.0
        self.properties: dict[str, Any] = {"reset_after": 1000}

    def begin(self, episode: int, seed: int) -> None:
        """Begin an episode; `seed`: of the arena."""
        self.episode, self.step = episode, 0
        self.player = self.next_player
        self.level = self.levels.pop(0) if self.levels else -1
        drawn_from = f"{seed} {episode}" if self.level < 0 else f"level {self.level}"
        self.score = random.Random(drawn_from).random() + self.index / 1000
        self.parameters = {
            name: drawn(value, random.Random(f"{drawn_from} {name}"))
            for name, value in self.next_parameters.items()
        }

    def obs(self, seed: int, size: int = 4) -> list[float]:
        if not self.is_there:
            return [0.0] * size
        values = [float(self.episode), self.step / 100, self.index / 100, seed % 97 / 97]
        values += [self.parameters.get("difficulty", 1.0)] + [0.0] * size
        return values[:size]


def drawn(value: float | dict[str, Any], source: random.Random) -> float:
    """Return a parameter's number; not the engine's own, but from its seed and name alone too."""
    if not isinstance(value, dict):
        return float(value)
    kind = value["sampler"]
    if kind == "choice":
        return source.choice([float(each) for each in value["values"]])
    if kind == "multirange_uniform":
        lengths = [high - low for low, high in value["ranges"]]
        low, high = source.choices(value["ranges"], lengths if any(lengths) else None)[0]
        return source.uniform(float(low), float(high))
    if kind == "gaussian":
        return source.gauss(float(value["mean"]), float(value["deviation"]))
    low, high = float(value["low"]), float(value["high"])
    if kind == "log_uniform":
        return min(high, max(low, math.exp(source.uniform(math.log(low), math.log(high)))))
    return source.uniform(low, high)


class FakeEngine:
    def __init__(self, config: FakeConfig | None = None, launch: Launch | None = None) -> None:
        self.config = config or FakeConfig()
        self.launch = launch or Launch()
        self.seed = self.launch.env_seed
        self.steps = 0
        self.received: list[dict[str, Any]] = []
        groups = self.config.groups or {"shared_policy": {"agents": self.config.agents}}
        per = sum(group["agents"] for group in groups.values())
        if self.launch.agents_per_engine:
            self.launch.arenas = max(1, self.launch.agents_per_engine // per)
            self.launch.arena_offset *= self.launch.arenas
        seats = [
            (arena, number, name)
            for name, group in groups.items()
            for arena in range(self.launch.arenas)
            for number in range(group["agents"])
        ]
        first = self.launch.arena_offset * per
        length = self.config.episode_length
        self.agents = [
            Agent(first + i, length + number, arena, name)
            for i, (arena, number, name) in enumerate(seats)
        ]
        self.info: dict[str, Any] = {}
        self.is_binary = False

    def serve(self, sock: socket.socket) -> None:
        """Answer until `close` or the end of the connection."""
        with sock:
            while True:
                message = self._receive(sock)
                if message is None:
                    return
                self.received.append(message)
                if message["type"] == "close":
                    if self.config.stubborn:
                        continue
                    return
                answer = self._answer(message)
                if isinstance(answer, bytes):
                    sock.sendall(answer)
                elif answer is not None:
                    send(sock, self._encode(answer))
                    self.is_binary = self.info.get("spacetime_rl", {}).get("transport") == "binary2"
                    if answer["type"] == "error":
                        print("ERROR: godot_rl: " + answer["message"], flush=True)
                        raise SystemExit(1)

    def _receive(self, sock: socket.socket) -> dict[str, Any] | None:
        header = read_exactly(sock, 4)
        if header is None:
            return None
        payload = read_exactly(sock, struct.unpack("<I", header)[0])
        if payload is None:
            return None
        message: dict[str, Any] = (
            fake_codec.decode(self.info, payload) if self.is_binary else json.loads(payload)
        )
        return message

    def _encode(self, answer: dict[str, Any]) -> bytes:
        status = answer.pop("status", [])
        if self.is_binary:
            return fake_codec.encode(self.info, answer, status)
        return json.dumps(answer).encode()

    def _answer(self, message: dict[str, Any]) -> dict[str, Any] | bytes | None:
        kind = message["type"]
        if kind == "env_info":
            return self._env_info()
        if kind == "reset":
            return self._reset(message)
        if kind == "action":
            return self._step(message)
        if kind == "call":
            return self._call(message)
        if kind in ("parameters", "levels", "control", "load_policy"):
            return self._order(message)
        return None

    def _env_info(self) -> dict[str, Any]:
        config = self.config
        if config.report:
            return {"type": "error", "message": config.report}
        if config.announce is not None:
            return {"type": "env_info", **config.announce}
        space: dict[str, Any] = {"obs": {"space": "box", "size": [4]}}
        if config.image:
            space["camera_2d"] = {"space": "box", "size": [2, 2, 3]}
        count = len(self.agents)
        spaces = [space] * count
        actions = [config.actions] * count
        if config.groups:
            own = [config.groups[agent.group] for agent in self.agents]
            spaces = [{**space, "obs": {"space": "box", "size": [g.get("obs", 4)]}} for g in own]
            actions = [group.get("actions", config.actions) for group in own]
        if config.other_actions is not None:
            actions = [*actions[:-1], config.other_actions]
        info: dict[str, Any] = {
            "type": "env_info",
            "n_agents": count,
            "observation_space": spaces,
            "action_space": actions,
            "agent_policy_names": [agent.group for agent in self.agents],
        }
        if not config.stock:
            info["spacetime_rl"] = {
                "protocol": config.protocol,
                "transport": config.transport,
                "addon_version": "0.0.0-fake",
                "engine": "4.6.3-fake",
                "scene": "res://fake.tscn",
                "arenas": self.launch.arenas,
                "isolation": "shared",
                "action_repeat": self.launch.action_repeat,
                "physics_ticks_per_second": 60,
                "observation_names": [{"obs": OBS_NAMES}] * count,
            }
        if config.groups and not config.stock:
            info["spacetime_rl"] |= {
                "groups": self._groups(spaces, actions),
                "agent_arenas": [agent.arena for agent in self.agents],
                "agent_paths": [f"{agent.group}/Controller" for agent in self.agents],
                "arena_episodes": "each",
                "parameters": {},
            }
        self.info = info
        return info

    def _groups(self, spaces: list[Any], actions: list[Any]) -> list[dict[str, Any]]:
        groups: list[dict[str, Any]] = []
        kinds: list[Any] = []
        for i, agent in enumerate(self.agents):
            if [spaces[i], actions[i]] not in kinds:
                kinds.append([spaces[i], actions[i]])
            if not groups or groups[-1]["name"] != agent.group:
                layout = kinds.index([spaces[i], actions[i]])
                groups.append({"name": agent.group, "first": i, "count": 0, "layout": layout})
            groups[-1]["count"] += 1
        return groups

    def _order(self, message: dict[str, Any]) -> dict[str, Any]:
        kind = message["type"]
        arenas = message.get("arenas", range(self.launch.arenas))
        chosen = [agent for agent in self.agents if agent.arena in arenas]
        answer: dict[str, Any] = {"type": kind}
        if kind == "parameters":
            for agent in chosen:
                values = agent.next_parameters | message["values"]
                agent.next_parameters = {k: v for k, v in values.items() if v is not None}
            return answer | {"known": {"difficulty": 1.0}}
        if kind == "levels":
            for arena, levels in zip(arenas, message["levels"], strict=True):
                # Every agent begins for itself: they count for the first one's episodes.
                those = [agent for agent in chosen if agent.arena == arena]
                for agent in those if self.config.match else those[:1]:
                    agent.levels = list(levels)
            return answer
        if message["group"] not in self.config.groups:
            return answer | {"error": f"there is no group {message['group']}"}
        player = "" if message.get("control") == "trainer" else message.get("name", "game")
        for agent in chosen:
            if agent.group == message["group"]:
                agent.next_player = player
        if kind == "control":
            return answer
        onnx = message["onnx"]
        content = onnx if isinstance(onnx, bytes) else base64.b64decode(onnx)
        if not content:
            return answer | {"error": "the policy's file is empty"}
        actions = message.get("actions", "auto")
        return answer | {
            "sha256": hashlib.sha256(content).hexdigest(),
            "actions": "deterministic" if actions == "auto" else actions,
            "warning": "",
        }

    def _obs(self, agent: Agent) -> dict[str, Any]:
        group = self.config.groups.get(agent.group, {})
        values: dict[str, Any] = {"obs": agent.obs(self.seed, group.get("obs", 4))}
        if self.config.image:
            values["camera_2d"] = bytes([agent.step + self.config.light] * 12).hex()
        return values

    def _reset(self, message: dict[str, Any]) -> dict[str, Any]:
        if "seed" in message:
            self.seed = message["seed"]
        for agent in self.agents:
            agent.begin(0 if "seed" in message else agent.episode + 1, self._arena_seed(agent))
        answer: dict[str, Any] = {"type": "reset", "obs": [self._obs(a) for a in self.agents]}
        if not self.config.stock:
            answer["info"] = [
                {"episode": agent.episode} if agent.is_there else {"absent": "it left"}
                for agent in self.agents
            ]
            answer["status"] = [0 if agent.is_there else 4 for agent in self.agents]
        return answer

    def _arena_seed(self, agent: Agent) -> int:
        return self.seed * 1000 + self.launch.arena_offset + agent.arena

    def _reward(self, agent: Agent) -> float:
        return self.launch.action_repeat * (1.0 + agent.index) if agent.is_there else 0.0

    def _step(self, message: dict[str, Any]) -> dict[str, Any] | bytes:
        self.steps += 1
        config = self.config
        if self.launch.arena_offset == config.slow_arena:
            time.sleep(config.slow_s)
            while config.wait_for and self.steps == 3 and not os.path.exists(config.wait_for):
                time.sleep(0.01)
        if config.only_first and self.launch.arena_offset > 0:
            config = FakeConfig(pays=config.pays)
        if len(message["action"]) != len(self.agents):
            return {"type": "error", "message": f"{len(message['action'])} actions"}
        if self.steps == config.die_step:
            print("SCRIPT ERROR: Division by zero.\n   at: step (res://game.gd:7)", flush=True)
            raise SystemExit(3)
        if self.steps == config.kill_step:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.steps == config.hang_step:
            time.sleep(600)
        if self.steps == config.raw_step:
            return bytes.fromhex(config.raw)
        if self.steps == config.report_step:
            return {
                "type": "error",
                "message": "agent 0's observation 'obs' holds NaN",
                "code": "observation",
            }
        terminated, truncated, final, obs, infos = [], [], [], [], []
        status = self._seats_change()
        for agent, action in zip(self.agents, message["action"], strict=True):
            agent.step += agent.is_there
            if config.match:
                agent.length = agent.usual_length + max(0, agent.level) % 5
                agent.score += float(action["move"][0])
            is_cut = bool(agent.properties.pop("truncated", False))
            ended = agent.is_there and (agent.step >= agent.length or is_cut)
            terminated.append(ended and agent.episode % 2 == 0)
            truncated.append(ended and agent.episode % 2 == 1)
            final.append(self._obs(agent) if ended else None)
            infos.append({**self._told(agent, ended), **self._found(agent)})
            if ended:
                agent.begin(agent.episode + 1, self._arena_seed(agent))
            obs.append(self._obs(agent))
        if self.steps == config.nan_step:
            obs[-1]["obs"][1] = None
        if self.steps == config.resize_step:
            obs[-1]["obs"].append(0.5)
        answer = {
            "type": "step",
            "obs": obs,
            "reward": [
                float(action["move"][0]) if config.pays else self._reward(agent)
                for agent, action in zip(self.agents, message["action"], strict=True)
            ],
            "done": [t or c for t, c in zip(terminated, truncated, strict=True)],
        }
        if not config.stock:
            answer |= {
                "info": infos,
                "terminated": terminated,
                "truncated": truncated,
                "final_obs": final,
                "status": [
                    1 * t + 2 * c + other
                    for t, c, other in zip(terminated, truncated, status, strict=True)
                ],
            }
        return answer

    def _seats_change(self) -> list[int]:
        """Let the agent of `leave` go or another come; return the bits 4 and 8 of the status."""
        leave, joined = self.config.leave, -1
        if leave and self.steps == leave["at"]:
            self.agents[leave["agent"]].is_there = False
        if leave and self.steps == leave.get("back", 0):
            joined = leave["agent"]
            self.agents[joined].is_there = True
            self.agents[joined].begin(0, self._arena_seed(self.agents[joined]))
        return [4 * (not agent.is_there) + 8 * (i == joined) for i, agent in enumerate(self.agents)]

    def _told(self, agent: Agent, ended: bool) -> dict[str, Any]:
        told: dict[str, Any] = {"success": True} if ended else {}
        if ended and self.config.match:
            told["metrics"] = {"score": agent.score}
        if agent.player:
            told["policy"] = agent.player
        if ended and agent.parameters:
            told["parameters"] = agent.parameters
        if ended and agent.level >= 0:
            told["level"] = agent.level
        if not agent.is_there and not self.is_binary:
            told["absent"] = "it left"
        return told

    def _found(self, agent: Agent) -> dict[str, Any]:
        """Return what the game reports of itself, and what an explorer is told."""
        found: dict[str, Any] = {}
        if agent.step == self.config.find_step:
            found["findings"] = [
                {"kind": "planted", "message": "it is here", "tick": 9, "decision": 0, "data": {}}
            ]
        if self.launch.explore and self.config.cells:
            found["explore"] = {"cell": str(agent.step // self.config.cells)}
        return found

    def _call(self, message: dict[str, Any]) -> dict[str, Any]:
        chosen = message.get("agents", range(len(self.agents)))
        args = message.get("args", [])
        returns: list[Any] = []
        if message["method"] == "missing":
            if self.config.stock:
                return {"type": "call", "returns": None}
            return {"type": "call", "error": "/root/Fake has no method 'missing'"}
        for index in chosen:
            agent = self.agents[index]
            if message["method"] == "get":
                returns.append(agent.properties.get(args[0]))
            elif message["method"] == "set":
                agent.properties[args[0]] = args[1]
                returns.append(None)
            elif message["method"] == "get_indexed":
                returns.append(agent.index)  # the one that is asked for: rl_episode:agent_index
            else:
                returns.append([message["method"], agent.index, *args])
        return {"type": "call", "returns": returns}


def send(sock: socket.socket, payload: bytes) -> None:
    sock.sendall(struct.pack("<I", len(payload)) + payload)


def read_exactly(sock: socket.socket, count: int) -> bytes | None:
    data = b""
    while len(data) < count:
        part = sock.recv(count - len(data))
        if not part:
            return None
        data += part
    return data


def main(words: list[str]) -> int:
    config = FakeConfig()
    for word in words:
        if word.startswith("--fake="):
            config = FakeConfig(**json.loads(word.removeprefix("--fake=")))
    if config.stubborn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("Fake engine, " + " ".join(word for word in words if "--fake" not in word), flush=True)
    if config.die_first:
        print(
            "ERROR: godot_rl: no AIController in the scene\nERROR: 3 resources still in use at exit"
        )
        return 1
    if config.hang_first:
        time.sleep(600)
    launch = Launch.parse(words)
    if config.stranger:
        stranger = socket.create_connection(("127.0.0.1", launch.port))
        send(stranger, json.dumps(FakeEngine(FakeConfig(agents=7))._env_info()).encode())
    sock = socket.create_connection(("127.0.0.1", launch.port))
    token = "" if config.stock else os.environ.get("SPACETIME_RL_TOKEN", "")
    if token:
        send(sock, json.dumps({"type": "token", "token": token}).encode())
    with contextlib.suppress(ConnectionError):
        FakeEngine(config, launch).serve(sock)
    if config.stubborn:
        time.sleep(600)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
