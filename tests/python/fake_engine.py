"""A Godot engine's side of the protocol, without Godot: standard library only, starts in 50 ms.

Use it in a thread (`FakeEngine(config).serve(sock)`) or as a program that takes the addon's launch
arguments and `--fake=<JSON of FakeConfig>`. The world it plays: each agent counts the decisions of
its episode; odd episodes are truncated, even ones terminate.

    observation  [episode, step / 100, global agent index / 100, seed % 97 / 97]
    reward       action_repeat * (1 + global agent index)
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import struct
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

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
    stubborn: bool = False  # ignores SIGTERM and `close`

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

    @classmethod
    def parse(cls, words: list[str]) -> Launch:
        launch = cls()
        for word in words:
            name, equals, value = word[2:].removeprefix("rl.").partition("=")
            if equals and word.startswith("--") and name in cls.__annotations__:
                setattr(launch, name, int(value))
        return launch


class Agent:
    def __init__(self, index: int, length: int) -> None:
        self.index = index
        self.length = length
        self.episode = 0
        self.step = 0
        self.properties: dict[str, Any] = {"reset_after": 1000}

    def obs(self, seed: int) -> list[float]:
        return [float(self.episode), self.step / 100, self.index / 100, seed % 97 / 97]


class FakeEngine:
    def __init__(self, config: FakeConfig | None = None, launch: Launch | None = None) -> None:
        self.config = config or FakeConfig()
        self.launch = launch or Launch()
        self.seed = self.launch.env_seed
        self.steps = 0
        self.received: list[dict[str, Any]] = []
        per = self.config.agents
        if self.launch.agents_per_engine:
            self.launch.arenas = max(1, self.launch.agents_per_engine // per)
            self.launch.arena_offset *= self.launch.arenas
        self.agents = [
            Agent(self.launch.arena_offset * per + i, self.config.episode_length + i % per)
            for i in range(self.launch.arenas * per)
        ]

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
                    send(sock, answer)
                    if answer["type"] == "error":
                        print("ERROR: godot_rl: " + answer["message"], flush=True)
                        raise SystemExit(1)

    def _receive(self, sock: socket.socket) -> dict[str, Any] | None:
        header = read_exactly(sock, 4)
        if header is None:
            return None
        payload = read_exactly(sock, struct.unpack("<I", header)[0])
        return None if payload is None else json.loads(payload)

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
        actions = [config.actions] * count
        if config.other_actions is not None:
            actions = [*actions[:-1], config.other_actions]
        info: dict[str, Any] = {
            "type": "env_info",
            "n_agents": count,
            "observation_space": [space] * count,
            "action_space": actions,
            "agent_policy_names": ["shared_policy"] * count,
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
        return info

    def _obs(self, agent: Agent) -> dict[str, Any]:
        values: dict[str, Any] = {"obs": agent.obs(self.seed)}
        if self.config.image:
            values["camera_2d"] = bytes([agent.step + self.config.light] * 12).hex()
        return values

    def _reset(self, message: dict[str, Any]) -> dict[str, Any]:
        if "seed" in message:
            self.seed = message["seed"]
        for agent in self.agents:
            agent.episode = 0 if "seed" in message else agent.episode + 1
            agent.step = 0
        answer: dict[str, Any] = {"type": "reset", "obs": [self._obs(a) for a in self.agents]}
        if not self.config.stock:
            answer["info"] = [{"episode": agent.episode} for agent in self.agents]
        return answer

    def _reward(self, agent: Agent) -> float:
        return self.launch.action_repeat * (1.0 + agent.index)

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
        for agent in self.agents:
            agent.step += 1
            ended = agent.step >= agent.length
            terminated.append(ended and agent.episode % 2 == 0)
            truncated.append(ended and agent.episode % 2 == 1)
            final.append(self._obs(agent) if ended else None)
            infos.append({"success": True} if ended else {})
            if ended:
                agent.episode, agent.step = agent.episode + 1, 0
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
            }
        return answer

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
            else:
                returns.append([message["method"], agent.index, *args])
        return {"type": "call", "returns": returns}


def send(sock: socket.socket, message: dict[str, Any]) -> None:
    payload = json.dumps(message).encode()
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
    sock = socket.create_connection(("127.0.0.1", launch.port))
    with contextlib.suppress(ConnectionError):
        FakeEngine(config, launch).serve(sock)
    if config.stubborn:
        time.sleep(600)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
