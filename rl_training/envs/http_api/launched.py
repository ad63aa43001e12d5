"""Engines that are started with their HTTP API on.

Called by the MCP server, `train --by api` and tests. What is asked of the engine is the client's
business.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import Self

from rl_training.engine.launch import EngineCommand, EngineProcess
from rl_training.envs.http_api.client import HTTP_TOKEN_VARIABLE, EngineApi
from rl_training.envs.launch_plan import LaunchPlan, make_plan
from rl_training.envs.lone_engine import lone_command
from rl_training.envs.settings import EnvSettings
from rl_training.errors import EngineStartError

_LISTENS = re.compile(rb"godot_rl: HTTP API on http://[^\s]*:(\d+)")
_OFF = re.compile(rb"godot_rl: (the HTTP API is off: [^\n]*)")
_LOOK_S = 0.01
_TOKEN_BYTES = 16
# Godot's default of physics/common/max_physics_steps_per_frame.
_TICKS_A_FRAME = 8


def api_words(port: int, *, drive: bool = False, host: str | None = None) -> dict[str, object]:
    """Return the launch options that switch the API on, name to value.

    Args:
        port: 0 for any free one.
        drive: the world stands still from the start until a client moves it.
        host: address to listen on; None: loopback.
    """
    words: dict[str, object] = {"rl.http": "true", "rl.http_port": port}
    if drive:
        words["rl.http_drive"] = "true"
    if host is not None:
        words["rl.http_host"] = host
    return words


@dataclass(frozen=True)
class LaunchedEngine:
    """An engine process and a client of its API. Use it in a `with` block, or call `close`.

    Attributes:
        api: the client.
        process: the engine.
        token: what clients must show.
    """

    api: EngineApi
    process: EngineProcess
    token: str = dataclasses.field(repr=False)
    resources: contextlib.ExitStack = dataclasses.field(repr=False)

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """End the engine."""
        self.close()

    def close(self) -> None:
        """End the connection and the engine; twice is safe."""
        self.resources.close()


def launch_engine(
    settings: EnvSettings,
    *,
    drive: bool = True,
    http_port: int = 0,
    token: str | None = None,
    timeout_s: float | None = None,
    few_frames: bool = False,
) -> LaunchedEngine:
    """Start one engine with its HTTP API on loopback.

    Args:
        settings: what is run; ports of trainers do not count.
        drive: the world stands still from the start until a client moves it.
        http_port: port of the API, 0 for any free one.
        token: what clients must show; None: one is drawn.
        timeout_s: longest wait for the engine and for each answer; None: that of the settings.
        few_frames: where it draws in software, draw about one frame a decision: enough for
            screenshots, too few for camera sensors.

    Raises:
        UsageError: the game does not carry our addon, or a setting will not do.
        EngineStartError: the engine ended, or did not listen in time.
    """
    patience_s = settings.timeout_s if timeout_s is None else timeout_s
    chosen = secrets.token_hex(_TOKEN_BYTES) if token is None else token
    with contextlib.ExitStack() as stack:
        plan = stack.enter_context(make_plan(settings).screen())
        process = EngineProcess(_command(plan, drive, http_port, chosen, few_frames))
        stack.callback(process.stop, 0.0)
        port = _listening_port(process, patience_s)
        api = EngineApi(f"http://127.0.0.1:{port}", chosen, patience_s)
        stack.callback(api.close)
        api.wait_healthy(patience_s)
        return LaunchedEngine(api, process, chosen, stack.pop_all())


def _command(
    plan: LaunchPlan, drive: bool, port: int, token: str, few_frames: bool
) -> EngineCommand:
    """Return what starts the engine; the token is not on the command line, which all can read."""
    command = lone_command(plan, 0, api_words(port, drive=drive))
    # Without a trainer the bare names are the game's own.
    options = tuple((k if k.startswith("rl.") else f"rl.{k}", v) for k, v in command.options)
    environment = (*command.environment, (HTTP_TOKEN_VARIABLE, token))
    fps = command.fixed_fps
    if few_frames and command.screen == "virtual" and fps is not None:
        fps = -(-fps // min(plan.settings.action_repeat or _TICKS_A_FRAME, _TICKS_A_FRAME))
    return dataclasses.replace(command, options=options, environment=environment, fixed_fps=fps)


def _listening_port(process: EngineProcess, timeout_s: float) -> int:
    deadline = time.monotonic() + timeout_s
    while True:
        log = Path(process.log_path).read_bytes()
        if found := _LISTENS.search(log):
            return int(found[1])
        if failed := _OFF.search(log):
            raise EngineStartError(failed[1].decode("utf-8", "replace"))
        if process.poll() is not None:
            raise EngineStartError(f"the engine did not start: {process.describe_end()}")
        if time.monotonic() > deadline:
            raise EngineStartError(
                f"the engine did not listen within {timeout_s:.0f} s; {process.describe_end()}"
            )
        time.sleep(_LOOK_S)
