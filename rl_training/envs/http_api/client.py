"""The HTTP API of a running engine, one method for each operation of openapi.json.

Called by `HttpVecEnv`, the MCP server, the scene-reload callback and users' own scripts. It needs
the standard library only, keeps one connection open, and never starts an engine.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import select
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from typing_extensions import Self

from rl_training.errors import EngineStartError, HttpApiError, UsageError

HTTP_TOKEN_VARIABLE = "SPACETIME_RL_HTTP_TOKEN"
"""Where engines and clients find the token when nobody gives it."""
DEFAULT_URL = "http://127.0.0.1:8080"

_LOOK_S = 0.05
_JSON = "application/json"


class EngineApi:
    """A client of one engine.

    Not for several threads at once: requests share one connection. Use it in a `with` block, or
    call `close`; calling it twice is safe.

    Args:
        url: where the engine listens, for example "http://127.0.0.1:8080".
        token: what it wants to see; None: the environment variable SPACETIME_RL_HTTP_TOKEN.
        timeout_s: longest wait for an answer in seconds, > 0.

    Raises:
        UsageError: the URL is none.
    """

    def __init__(
        self, url: str = DEFAULT_URL, token: str | None = None, timeout_s: float = 60.0
    ) -> None:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        if parts.scheme != "http" or not parts.hostname or parts.path not in ("", "/"):
            raise UsageError(f"'{url}' is no address of an engine, expected http://HOST:PORT")
        self.url = f"http://{parts.netloc}"
        self._token = os.environ.get(HTTP_TOKEN_VARIABLE, "") if token is None else token
        self._connection = http.client.HTTPConnection(
            parts.hostname, parts.port or 80, timeout=timeout_s
        )
        self._fresh = True
        self._sent = ""

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """End the connection."""
        self.close()

    def close(self) -> None:
        """End the connection; the engine goes on."""
        self._connection.close()
        self._fresh = True

    def wait_healthy(self, timeout_s: float = 30.0) -> None:
        """Wait until the engine answers.

        Raises:
            EngineStartError: it did not within `timeout_s` seconds.
            HttpApiError: it answers, and refuses the token.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                self.health()
                return
            except HttpApiError as error:
                if error.status > 0:
                    raise
                if time.monotonic() > deadline:
                    raise EngineStartError(
                        f"no engine answers on {self.url} after {timeout_s:.0f} s: start one with "
                        "--rl.http=true"
                    ) from error
            time.sleep(_LOOK_S)

    def health(self) -> dict[str, Any]:
        """Return `{"status": "ok", ...}`."""
        return self.ask("GET", "/health")

    def status(self) -> dict[str, Any]:
        """Return what runs and who drives it."""
        return self.ask("GET", "/status")

    def has_begun(self, timeout_s: float = 10.0) -> bool:
        """Wait for the agents of a scene that was just started; return whether there are any."""
        deadline = time.monotonic() + timeout_s
        while not (status := self.status())["is_running"] and status["agents"]:
            if time.monotonic() > deadline:
                return False
            time.sleep(_LOOK_S)
        return bool(status["agents"])

    def metrics(self) -> dict[str, Any]:
        """Return the performance monitor's statistics (docs/performance.md)."""
        return self.ask("GET", "/performance/metrics")

    def scene(self, depth: int | None = None) -> dict[str, Any]:
        """Return the running scene, with `depth` levels of its nodes."""
        return self.ask("GET", "/scene" if depth is None else f"/scene?depth={int(depth)}")

    def load_scene(self, scene_path: str) -> dict[str, Any]:
        """Go to another scene, `res://...`."""
        return self.ask("POST", "/scene", {"scene_path": scene_path})

    def reload_scene(self) -> dict[str, Any]:
        """Load the running scene anew."""
        return self.ask("POST", "/scene/reload", {})

    def observation(self) -> list[dict[str, Any]]:
        """Return what each agent saw at its last decision."""
        agents: list[dict[str, Any]] = self.ask("GET", "/rl/observation")["agents"]
        return agents

    def state(self) -> dict[str, Any]:
        """Return episodes, rewards and spaces of the agents."""
        return self.ask("GET", "/rl/state")

    def reset(self, seed: int | None = None) -> dict[str, Any]:
        """Begin new episodes; from here on this client drives."""
        return self.ask("POST", "/rl/reset", {} if seed is None else {"seed": int(seed)})

    def act(
        self,
        action: Mapping[str, Any] | Sequence[float] | None = None,
        *,
        agent: int | None = None,
        actions: Sequence[Any] | None = None,
        decisions: int = 1,
        stop_at_end: bool = True,
    ) -> dict[str, Any]:
        """Act and play decisions.

        Args:
            action: of one agent: by key of its action space, or all numbers in a list.
            agent: its row; None: the only one.
            actions: of all driven agents instead, None for "as before".
            decisions: decisions to play with them, 1 to 1000.
            stop_at_end: stop at the first decision in which an episode ended.

        Returns:
            `observations`, `rewards`, `total_rewards`, `terminated`, `truncated`,
            `final_observations` and `infos` with one entry per agent, and `decisions`.
        """
        body: dict[str, Any] = {"decisions": int(decisions), "stop_at_end": stop_at_end}
        for name, value in (("action", action), ("agent", agent), ("actions", actions)):
            if value is not None:
                body[name] = value
        return self.ask("POST", "/rl/action", body)

    def step(self, decisions: int | None = None, ticks: int | None = None) -> dict[str, Any]:
        """Let a paused world move: decisions with the last actions, or physics ticks."""
        given = {"decisions": decisions, "ticks": ticks}
        return self.ask("POST", "/step", {k: v for k, v in given.items() if v is not None})

    def pause(self, paused: bool = True) -> dict[str, Any]:
        """Stand the world still, or let it run."""
        return self.ask("POST", "/pause", {"paused": paused})

    def parameters(self) -> dict[str, Any]:
        """Return the environment parameters."""
        return self.ask("GET", "/parameters")

    def set_parameters(
        self, values: Mapping[str, Any], arenas: Sequence[int] | None = None
    ) -> dict[str, Any]:
        """Set environment parameters from the next episodes on; `arenas` None: in all."""
        body: dict[str, Any] = {"values": dict(values)}
        if arenas is not None:
            body["arenas"] = [int(arena) for arena in arenas]
        return self.ask("POST", "/parameters", body)

    def screenshot(self) -> bytes:
        """Return what the window shows, as PNG."""
        self.send("GET", "/screenshot")
        return self._receive()

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send any request and return its answer.

        Raises:
            HttpApiError: it was refused, or nobody answers.
        """
        self.send(method, path, None if body is None else json.dumps(body).encode())
        return self.receive()

    def send(self, method: str, path: str, body: bytes | None = None) -> None:
        """Send a request; `receive` comes next.

        Raises:
            HttpApiError: nobody listens.
        """
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": _JSON}
        self._sent = f"{method} {path}"
        if self._was_ended():
            self.close()
        for is_last in (self._fresh, True):
            try:
                self._connection.request(method, path, body, headers)
                self._fresh = False
                return
            except (OSError, http.client.HTTPException) as error:
                # A connection that was idle for long may have been ended by the engine.
                self.close()
                if is_last:
                    raise self._lost(error) from error

    def receive(self) -> dict[str, Any]:
        """Receive the answer to `send`.

        Raises:
            HttpApiError: it was refused, or the connection ended.
        """
        answer = json.loads(self._receive())
        if not isinstance(answer, dict):
            raise HttpApiError(f"{self.url}: {self._sent} was answered with no JSON object")
        return answer

    def _was_ended(self) -> bool:
        """Return whether the engine has ended the connection since the last answer."""
        sock = self._connection.sock
        return sock is not None and bool(select.select([sock], [], [], 0)[0])

    def _receive(self) -> bytes:
        try:
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise self._lost(error) from error
        if response.status == 200:
            return content
        code, message = "", content[:200].decode("utf-8", "replace")
        with contextlib.suppress(ValueError, KeyError, TypeError):
            told = json.loads(content)["error"]
            code, message = str(told["code"]), str(told["message"])
        raise HttpApiError(f"{self._sent}: {message}", response.status, code)

    def _lost(self, error: Exception) -> HttpApiError:
        reason = str(error) or type(error).__name__
        return HttpApiError(f"the engine at {self.url} does not answer {self._sent}: {reason}")
