"""One game that a language model plays: an engine that stands still, and what was done in it.

From that, any moment of the episode can be reached again. Called by `server`. It starts the engine
at the first call that needs one, or attaches to a running one. It knows nothing of the Model
Context Protocol.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from rl_training.envs.http_api.client import EngineApi
from rl_training.envs.http_api.launched import LaunchedEngine, launch_engine
from rl_training.envs.order_desk import checked_parameters
from rl_training.envs.settings import EnvSettings
from rl_training.errors import UsageError

MOST_DECISIONS = 1000
"""Decisions of one call, as in openapi.json."""


class PlayedGame:
    """A game and what was done in it since the last reset.

    Calls wait for each other: one engine plays one thing at a time.

    Args:
        settings: what is started; None with `api`.
        api: a running engine instead.
        parameters: environment parameters that hold from the start.
    """

    def __init__(
        self,
        settings: EnvSettings | None = None,
        api: EngineApi | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        if (settings is None) == (api is None):
            raise UsageError("a game needs either settings or the API of a running engine")
        self._settings = settings
        self._api = api
        self._launched: LaunchedEngine | None = None
        self._parameters = checked_parameters(parameters or {})
        self._seed: int | None = None
        self._requests: list[dict[str, Any]] = []
        self._last: dict[str, Any] = {}
        self._told: list[dict[str, Any]] = []
        self._first: dict[str, Any] = {}
        self._lock = threading.RLock()

    def close(self) -> None:
        """End the engine that was started here; twice is safe."""
        with self._lock:
            if self._launched is not None:
                self._launched.close()
                self._launched = None
            if self._api is not None:
                self._api.close()

    def describe(self) -> dict[str, Any]:
        """Return scene, agents, what they observe and how they act, and the parameters."""
        with self._lock:
            api = self._engine()
            api.has_begun()
            status = api.status()
            names = {each["agent"]: each["names"] for each in api.observation()}
            agents = [
                {
                    "agent": agent["agent"],
                    "path": agent["path"],
                    "group": agent["group"],
                    "action_space": agent["action_space"],
                    "observation_space": agent["observation_space"],
                    "observation_names": names.get(agent["agent"], {}),
                }
                for agent in api.state()["agents"]
            ]
            return {
                "scene": status["scene_path"],
                "headless": status["headless"],
                "driver": status["driver"],
                "seconds_per_decision": status["action_repeat"]
                / status["physics_ticks_per_second"],
                "parameters": api.parameters()["known"],
                "agents": agents,
            }

    def reset(
        self, seed: int | None = None, parameters: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Begin a new episode; without a seed the first one of seed 0, or the next one.

        Args:
            seed: in [0, 2**31).
            parameters: environment parameters to set before, by name.
        """
        with self._lock:
            api = self._engine()
            if parameters:
                api.set_parameters(checked_parameters(parameters))
            # Only an episode whose seed is known can be reached again.
            self._seed = self._next_seed() if seed is None else seed
            told = self._begin()
            return {"seed": self._seed, **told}

    def observe(self) -> dict[str, Any]:
        """Return what each agent saw last, element by element where the elements have names."""
        with self._lock:
            told = [_named(each) for each in self._engine().observation()]
            return {"decisions_since_reset": self._decisions(), "agents": told}

    def act(
        self,
        action: Mapping[str, Any] | list[float] | None,
        agent: int | None,
        decisions: int,
        stop_at_end: bool,
    ) -> dict[str, Any]:
        """Act and play decisions; see `EngineApi.act`."""
        request: dict[str, Any] = {"decisions": decisions, "stop_at_end": stop_at_end}
        if action is not None:
            request["action"] = action
        if agent is not None:
            request["agent"] = agent
        with self._lock:
            self._engine()
            if self._seed is None:
                self.reset()
            return self._play(request)

    def replay(self, decisions: int | None = None) -> dict[str, Any]:
        """Play the episode again from its seed, with the same actions, and compare.

        Args:
            decisions: stop after so many, which goes back to that moment: what was done behind it
                is forgotten. None: all.

        Returns:
            `is_identical`, whether every observation, reward, end and info was the same again;
            `decisions`; `first_difference`, the number of the first call that differs, or None;
            and the last transition.
        """
        with self._lock:
            if self._seed is None:
                raise UsageError("nothing was played yet: call reset and act first")
            requests, before = _cut(self._requests, self._told, decisions)
            first = self._first
            again = self._begin()
            different = None if again == first else 0
            for number, (request, told) in enumerate(zip(requests, before, strict=True), 1):
                found = self._play(dict(request))
                if different is None and told is not None and found != told:
                    different = number
            return {
                "is_identical": different is None,
                "first_difference": different,
                "decisions": self._decisions(),
                "seed": self._seed,
                "now": self._last,
            }

    def screenshot(self) -> bytes:
        """Return what the window shows, as PNG."""
        with self._lock:
            return self._engine().screenshot()

    def metrics(self) -> dict[str, Any]:
        """Return frame times, memory and warnings; without their history."""
        with self._lock:
            told = self._engine().metrics()
            told.pop("history", None)
            return told

    def scene(self, depth: int) -> dict[str, Any]:
        """Return the running scene with so many levels of its nodes."""
        with self._lock:
            return self._engine().scene(depth)

    def load_scene(self, scene_path: str) -> dict[str, Any]:
        """Go to another scene; what was played is forgotten."""
        with self._lock:
            told = self._engine().load_scene(scene_path)
            self._seed = None
            self._requests, self._told = [], []
            return told

    def _engine(self) -> EngineApi:
        if self._api is None:
            assert self._settings is not None, "the constructor sees to it"
            self._launched = launch_engine(self._settings, few_frames=True)
            self._api = self._launched.api
        if self._parameters:
            parameters, self._parameters = self._parameters, {}
            self._api.set_parameters(parameters)
        return self._api

    def _begin(self) -> dict[str, Any]:
        self._requests, self._told = [], []
        self._last = self._first = self._engine().reset(self._seed)
        return self._last

    def _play(self, request: dict[str, Any]) -> dict[str, Any]:
        told = self._engine().ask("POST", "/rl/action", request)
        self._requests.append(request)
        self._told.append(told)
        self._last = told
        return told

    def _decisions(self) -> int:
        return sum(int(told["decisions"]) for told in self._told)

    def _next_seed(self) -> int:
        first = 0 if self._settings is None else self._settings.seed
        return first if self._seed is None else self._seed + 1


def _cut(
    requests: list[dict[str, Any]], told: list[dict[str, Any]], decisions: int | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any] | None]]:
    """Return the calls of the first `decisions` decisions, and what they told; None: cut short."""
    kept: list[dict[str, Any]] = []
    answers: list[dict[str, Any] | None] = []
    left = decisions
    for request, answer in zip(requests, told, strict=True):
        played = int(answer["decisions"])
        if left is not None and left < played:
            if left > 0:
                kept.append({**request, "decisions": left})
                answers.append(None)
            break
        kept.append({**request, "decisions": played})
        answers.append(answer)
        left = None if left is None else left - played
    return kept, answers


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an agent's observation with names in place of places, where it has them."""
    shown: dict[str, Any] = {}
    for key, values in row["observation"].items():
        names = row["names"].get(key) or []
        if isinstance(values, list) and len(names) == len(values):
            shown[key] = dict(zip(names, values, strict=True))
        else:
            shown[key] = values
    return {"agent": row["agent"], "group": row["group"], "observation": shown}
