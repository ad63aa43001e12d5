"""Engines that play by themselves: launched by plan, watched by their logs, ended in time.

Called by whoever lets the addon play without a trainer: in-engine evaluation, the benchmark's raw
loop, replay. What they play and what they write is the caller's.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rl_training.engine.launch import EngineCommand, EngineProcess
from rl_training.engine.log_messages import EngineMessages
from rl_training.engine.log_watch import warning_key
from rl_training.envs.launch_plan import LaunchPlan
from rl_training.errors import EngineDiedError, EngineTimeoutError, UsageError

_log = logging.getLogger(__name__)

_LOOK_S = 0.2  # between two looks at the engines' logs
_LOG_LINES = 2000
_OF_A_TRAINER = ("port", "host")

Look = Callable[[int, EngineProcess], None]


@dataclass(frozen=True)
class LoneEnd:
    """How an engine ended.

    Attributes:
        failure: what the process and its log tell of a failure; empty after exit code 0.
        log: the last lines of its output.
        messages: errors and warnings in its log.
    """

    failure: str
    log: tuple[str, ...]
    messages: EngineMessages


def lone_command(
    plan: LaunchPlan, index: int, options: Mapping[str, object], without: Collection[str] = ()
) -> EngineCommand:
    """Return what starts engine `index` of a plan without a trainer.

    Args:
        plan: of a game with our addon.
        index: number of the engine, from 0.
        options: launch arguments of the addon, added to the plan's or in their place.
        without: names of the plan's launch arguments that are left out.

    Raises:
        UsageError: the game carries a plugin that cannot play alone.
    """
    command = plan.command(index, 1) if plan.game is not None else None
    if command is None or plan.game is None or not plan.game.has_our_addon:
        raise UsageError(
            "only a game with addons/godot_rl can play without a trainer; this one has another "
            "plugin"
        )
    kept = {k: v for k, v in command.options if k not in (*_OF_A_TRAINER, *without)}
    kept |= {name: str(value) for name, value in options.items()}
    return dataclasses.replace(command, options=tuple(kept.items()))


def run_alone(
    commands: Sequence[EngineCommand],
    limit_s: float,
    doing: str,
    *,
    may_fail: bool = False,
    on_look: Look | None = None,
) -> list[LoneEnd]:
    """Run engines at the same time until all have ended; none is left behind.

    Errors of the game's scripts and the addon's warnings are logged as they come, each once.

    Args:
        commands: one per engine.
        limit_s: seconds after which they are ended.
        doing: what they have to finish, for messages: "its episodes".
        may_fail: a failed engine is told in its `LoneEnd` instead of raised.
        on_look: called with each living engine's number and process, several times a second.

    Returns:
        One per engine.

    Raises:
        EngineTimeoutError: an engine did not end in time.
        EngineDiedError: one failed; the others are not waited for.
    """
    deadline = time.monotonic() + limit_s
    running: list[EngineProcess] = []
    try:
        for command in commands:
            running.append(EngineProcess(command))
        late = f"did not finish {doing} within {limit_s:.0f} s"
        _wait(running, deadline, late, may_fail, on_look)
        return [
            LoneEnd(
                failure="" if process.poll() == 0 else process.describe_end(),
                log=tuple(process.tail(_LOG_LINES)),
                messages=process.messages(),
            )
            for process in running
        ]
    finally:
        for process in running:
            process.stop(timeout_s=0.0)


def read_lone_report(report: Path, index: int, format_number: int) -> dict[str, Any]:
    """Read the JSON report that engine `index` wrote.

    Raises:
        EngineDiedError: it is missing, is no JSON, or is of another format.
    """
    try:
        data = json.loads(report.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise EngineDiedError(f"engine {index} ended without writing its report") from None
    except ValueError as error:
        raise EngineDiedError(f"engine {index} wrote a report that is not JSON: {error}") from error
    if not isinstance(data, dict) or data.get("format") != format_number:
        raise EngineDiedError(f"engine {index} wrote a report of another format")
    return data


def _wait(
    running: Sequence[EngineProcess],
    deadline: float,
    late: str,
    may_fail: bool,
    on_look: Look | None,
) -> None:
    told: set[str] = set()
    waiting = dict(enumerate(running))
    while waiting:
        for index, process in list(waiting.items()):
            code = process.wait(min(_LOOK_S, max(0.0, deadline - time.monotonic())))
            for line in (*process.new_script_errors(), *process.new_addon_warnings()):
                if warning_key(line) not in told:
                    told.add(warning_key(line))
                    _log.warning("engine %d: %s", index, line)
            if on_look is not None:
                on_look(index, process)
            if code is None and time.monotonic() >= deadline:
                raise EngineTimeoutError(f"engine {index} {late}: {process.describe_end()}")
            if code is not None:
                del waiting[index]
            if code and not may_fail:
                raise EngineDiedError(f"engine {index} failed: {process.describe_end()}")
