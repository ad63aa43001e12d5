"""An SB3 `VecEnv` over the HTTP API alone: no trainer's port, no wire of ours.

Called by `train_by_api` and users' scripts, for engines that somebody else started. The same
episodes as over TCP, bit by bit; several times slower, since JSON carries them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.envs.batches import (
    EngineReset,
    EngineStep,
    agent_places,
    completed_reset,
    completed_step,
)
from rl_training.envs.engine_vec_env import EngineVecEnv
from rl_training.envs.group_rows import check_equal
from rl_training.envs.http_api.client import EngineApi
from rl_training.envs.seeding import SeedKeeper
from rl_training.envs.settings import EnvSettings
from rl_training.errors import HttpApiError, UsageError
from rl_training.protocol import EnvInfo
from rl_training.protocol.json_codec import JsonCodec
from rl_training.protocol.messages import parse_env_info
from rl_training.protocol.orders import PARAMETERS, Order, check_answer
from rl_training.protocol.version import PROTOCOL_VERSION

# What an `action` message is, but for its type.
_ACTION = b'{"type":"action","action":'
_BODY = b'{"actions":'


class HttpVecEnv(EngineVecEnv):
    """The agents of running engines as one `VecEnv`.

    Semantics: see `EngineVecEnv`. Parameters can be set; levels, loaded policies and calls of
    controllers need a trainer's connection.

    Args:
        apis: one client per engine, owned by whoever made them: `close` does not end engines.
        seed: every episode is drawn from it, in [0, 2**31).

    Raises:
        UsageError: no engine was given.
        HttpApiError: an engine has no agents to drive, or another drives them.
    """

    def __init__(self, apis: Sequence[EngineApi], seed: int = 0) -> None:
        if not apis:
            raise UsageError("HttpVecEnv needs the API of at least one engine")
        self.settings = EnvSettings(seed=seed)
        self._seed_keeper = SeedKeeper(seed)
        self._apis = list(apis)
        self._start()

    def _start(self) -> None:
        for api in self._apis:
            # Whoever drives already keeps the first episode for the first reset.
            if api.status()["driver"] != "http" or not api.has_begun():
                api.reset()
        self._infos = [env_info_of(api.state(), api.status()) for api in self._apis]
        check_equal(self._infos)
        self._codecs = [JsonCodec(info) for info in self._infos]
        self._places = [agent_places(info) for info in self._infos]
        self._absent: list[NDArray[np.bool_] | None] = [None] * len(self._apis)
        self._pending = False
        self._describe(self._infos)

    def _reset_engines(self, seed: int | None) -> list[EngineReset]:
        if self._pending:
            self._receive()
        parts = []
        for place, api in enumerate(self._apis):
            told = api.reset(seed)
            message = {"type": "reset", "obs": told["observations"], "info": told["infos"]}
            payload = json.dumps(message).encode()
            parts.append(completed_reset(self._codecs[place].decode_reset(memoryview(payload))))
            self._absent[place] = parts[-1].absent
        return parts

    def _send(self, actions: Sequence[Sequence[NDArray[Any]]]) -> None:
        if self._pending:
            raise UsageError("step_async() was called twice with no step_wait() between")
        for api, codec, own in zip(self._apis, self._codecs, actions, strict=True):
            message = codec.encode_action(*own)
            api.send("POST", "/rl/action", _BODY + message[len(_ACTION) :])
        self._pending = True

    def _receive(self) -> list[EngineStep]:
        if not self._pending:
            raise UsageError("step_wait() was called without step_async()")
        self._pending = False
        parts = []
        for place, api in enumerate(self._apis):
            told = api.receive()
            message = {
                "type": "step",
                "obs": told["observations"],
                "reward": told["rewards"],
                "terminated": told["terminated"],
                "truncated": told["truncated"],
                "final_obs": told["final_observations"],
                "info": told["infos"],
            }
            result = self._codecs[place].decode_step(memoryview(json.dumps(message).encode()))
            parts.append(completed_step(result, self._places[place], self._absent[place]))
            self._absent[place] = parts[-1].absent
        return parts

    def _order(self, orders: Mapping[int, Order]) -> list[dict[str, Any]]:
        answers = []
        for place, order in orders.items():
            if order.kind != PARAMETERS:
                raise UsageError(
                    f"'{order.kind}' cannot be sent over the HTTP API, only parameters"
                )
            body = {key: value for key, value in order.message().items() if key != "type"}
            try:
                answer = self._apis[place].ask("POST", "/parameters", body)
            except HttpApiError as error:
                raise UsageError(str(error)) from error
            answers.append(check_answer(PARAMETERS, answer))
        return answers

    def _call(self, method: str, args: Sequence[Any], agents: Iterable[int]) -> list[Any]:
        raise UsageError(f"'{method}' cannot be called over the HTTP API")

    def close(self) -> None:
        """Forget the engines, which go on and wait for the next action."""


def env_info_of(state: Mapping[str, Any], status: Mapping[str, Any]) -> EnvInfo:
    """Return what a trainer would be told of the agents that HTTP drives.

    Args:
        state: answer of GET /rl/state.
        status: answer of GET /status.

    Raises:
        ProtocolError: there are none, or they declare what cannot be used.
    """
    rows = [agent for agent in state["agents"] if agent["is_driven"]]
    groups: list[dict[str, Any]] = []
    for row, agent in enumerate(rows):
        if not groups or groups[-1]["name"] != agent["group"]:
            groups.append({"name": agent["group"], "first": row, "count": 0, "layout": 0})
        groups[-1]["count"] += 1
    layouts: list[tuple[Any, Any]] = []
    for group in groups:
        first = rows[group["first"]]
        spaces = (first["observation_space"], first["action_space"])
        if spaces not in layouts:
            layouts.append(spaces)
        group["layout"] = layouts.index(spaces)
    return parse_env_info(
        {
            "n_agents": len(rows),
            "observation_space": [agent["observation_space"] for agent in rows],
            "action_space": [agent["action_space"] for agent in rows],
            "agent_policy_names": [agent["group"] for agent in rows],
            "spacetime_rl": {
                "protocol": PROTOCOL_VERSION,
                "addon_version": status["addon_version"],
                "engine": status["engine"],
                "scene": status["scene_path"],
                "arenas": status["arenas"],
                "action_repeat": state["action_repeat"],
                "physics_ticks_per_second": status["physics_ticks_per_second"],
                "groups": groups,
                "agent_arenas": [agent["arena"] for agent in rows],
                "agent_paths": [agent["path"] for agent in rows],
            },
        }
    )
