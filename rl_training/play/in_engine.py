"""Play an ONNX model inside the engine, with no Python in the loop, and read its report."""

from __future__ import annotations

import dataclasses
import json
import logging
import re
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rl_training.engine.launch import EngineCommand, EngineProcess
from rl_training.engine.log_messages import EngineMessages
from rl_training.engine.log_watch import warning_key
from rl_training.envs.launch_plan import make_plan
from rl_training.envs.settings import EnvSettings
from rl_training.errors import EngineDiedError, EngineTimeoutError, HarnessError, UsageError
from rl_training.play.episodes import Agent, Episode, make_episode

_log = logging.getLogger(__name__)

_REPORT_FORMAT = 1
_LOOK_S = 0.2  # between two looks at the engines' logs
_PLAYED = re.compile(r"godot_rl: played (\d+) of \d+ episodes")  # episode_recorder.gd


@dataclass(frozen=True)
class InEngineResult:
    """What the engines reported.

    Attributes:
        episodes: by rising index.
        engine: version of Godot.
        messages: errors and warnings in the engines' logs.
    """

    episodes: tuple[Episode, ...]
    engine: str
    messages: EngineMessages = field(default_factory=EngineMessages)


def play_in_engine(
    model: Path,
    settings: EnvSettings,
    episodes: int,
    limit_s: float,
    on_count: Callable[[int], None] | None = None,
) -> InEngineResult:
    """Play the episodes 0 .. episodes - 1 of `settings.seed`.

    Args:
        model: an .onnx file.
        settings: how many engines and arenas, and of what; its seed is the evaluation's.
        episodes: how many, at least 1.
        limit_s: seconds after which the engines are ended.
        on_count: told how many episodes are played, about once a second.

    Raises:
        EngineTimeoutError: the engines did not finish in time.
        EngineDiedError: an engine failed, or its report is missing or wrong.
        UsageError: the game carries a plugin that cannot play alone.
    """
    plan = make_plan(settings)
    if plan.game is None or not plan.game.has_our_addon:
        raise UsageError("--in_engine needs a game with addons/godot_rl; leave it out for others")
    deadline = time.monotonic() + limit_s
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as folder, plan.screen() as plan:
        reports = [Path(folder, f"report_{index}.json") for index in range(settings.num_envs)]
        running: list[EngineProcess] = []
        try:
            for index, report in enumerate(reports):
                command = plan.command(index, settings.port)
                assert command is not None
                running.append(EngineProcess(_alone(command, model, episodes, report)))
            _wait(running, deadline, limit_s, on_count)
            data = [_read(report, index) for index, report in enumerate(reports)]
            messages = sum((each.messages() for each in running), EngineMessages())
        finally:
            for process in running:
                process.stop(timeout_s=0.0)
    return dataclasses.replace(_merge(data, settings.seed, episodes), messages=messages)


def _alone(command: EngineCommand, model: Path, episodes: int, report: Path) -> EngineCommand:
    """Turn the command of an engine that a trainer drives into one that plays by itself."""
    options = tuple(pair for pair in command.options if pair[0] != "port")
    return dataclasses.replace(
        command,
        options=(
            *options,
            ("onnx_model", str(model.resolve())),
            ("episodes", str(episodes)),
            ("report", str(report)),
        ),
    )


def _wait(
    running: Sequence[EngineProcess],
    deadline: float,
    limit_s: float,
    on_count: Callable[[int], None] | None,
) -> None:
    """Wait for all engines; show errors of the game's scripts as they come, each once.

    Raises:
        EngineTimeoutError: an engine did not end in time.
        EngineDiedError: one failed; the others are not waited for.
    """
    told: set[str] = set()
    counts = [0] * len(running)
    waiting = dict(enumerate(running))
    while waiting:
        for index, process in list(waiting.items()):
            code = process.wait(min(_LOOK_S, max(0.0, deadline - time.monotonic())))
            for line in (*process.new_script_errors(), *process.new_addon_warnings()):
                if warning_key(line) not in told:
                    told.add(warning_key(line))
                    _log.warning("engine %d: %s", index, line)
            if on_count is not None and (played := _played(process)) > counts[index]:
                counts[index] = played
                on_count(sum(counts))
            if code is None and time.monotonic() >= deadline:
                raise EngineTimeoutError(
                    f"engine {index} did not finish its episodes within {limit_s:.0f} s"
                )
            if code is not None:
                del waiting[index]
            if code:
                raise EngineDiedError(f"engine {index} failed: {process.describe_end()}")


def _played(process: EngineProcess) -> int:
    """Return how many episodes an engine says to have played; 0 before it says anything."""
    for line in reversed(process.tail()):
        found = _PLAYED.search(line)
        if found is not None:
            return int(found[1])
    return 0


def _read(report: Path, index: int) -> dict[str, Any]:
    try:
        data = json.loads(report.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise EngineDiedError(f"engine {index} ended without writing its report") from None
    except ValueError as error:
        raise EngineDiedError(f"engine {index} wrote a report that is not JSON: {error}") from error
    if not isinstance(data, dict) or data.get("format") != _REPORT_FORMAT:
        raise EngineDiedError(f"engine {index} wrote a report of another format")
    return data


def _agent(row: Mapping[str, Any]) -> Agent | None:
    """Return who played a row's episode; None for addons before 0.2, which do not tell."""
    if "policy" not in row:
        return None
    return Agent(int(row["agent_in_scene"]), str(row["agent_path"]), str(row["policy"]))


def _merge(data: list[dict[str, Any]], seed: int, episodes: int) -> InEngineResult:
    found: dict[int, Episode] = {}
    for report in data:
        for row in report["episodes"]:
            try:
                number = int(row["episode"])
                episode = make_episode(
                    number,
                    seed,
                    float(row["return"]),
                    int(row["decisions"]),
                    truncated=bool(row["truncated"]) and not bool(row["terminated"]),
                    info=row.get("info") or {},
                    agent=_agent(row),
                )
            except (KeyError, TypeError, ValueError) as error:
                raise EngineDiedError(f"the engine's report has a bad episode: {row}") from error
            if number >= episodes:
                continue
            if int(row["seed"]) != episode.seed:
                raise HarnessError(
                    f"episode {number} was drawn from seed {row['seed']}, expected {episode.seed}: "
                    "the addon and the harness are of different versions"
                )
            found[number] = episode
    missing = [number for number in range(episodes) if number not in found]
    if missing:
        raise EngineDiedError(f"the engines did not play episodes {missing[:10]} of {episodes}")
    return InEngineResult(
        tuple(found[number] for number in range(episodes)), str(data[0].get("engine", ""))
    )
