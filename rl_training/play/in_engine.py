"""Play an ONNX model inside the engine, with no Python in the loop, and read its report."""

from __future__ import annotations

import dataclasses
import logging
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rl_training.config.samplers import Sampler, value_text
from rl_training.engine.launch import EngineCommand, EngineProcess
from rl_training.engine.log_messages import EngineMessages
from rl_training.envs.camera_screen import with_screen
from rl_training.envs.launch_plan import DRAW_WINDOW, make_plan
from rl_training.envs.lone_engine import lone_command, read_lone_report, run_alone
from rl_training.envs.settings import EnvSettings
from rl_training.errors import EngineDiedError, HarnessError, UsageError
from rl_training.play.episodes import Agent, Episode, make_episode
from rl_training.play.players import GAME, Players

logger = logging.getLogger(__name__)

_REPORT_FORMAT = 1
_PLAYED = re.compile(r"godot_rl: played (\d+) of \d+ episodes")  # episode_recorder.gd
_BLIND = "no screen to draw on"  # camera_reader.gd


@dataclass(frozen=True)
class InEngineResult:
    """What the engines reported.

    Attributes:
        episodes: by rising index.
        engine: version of Godot.
        messages: errors and warnings in the engines' logs.
        groups: not told: those of the episodes, by the numbers of their agents.
    """

    episodes: tuple[Episode, ...]
    engine: str
    messages: EngineMessages = field(default_factory=EngineMessages)
    groups: tuple[str, ...] = ()


def play_in_engine(
    model: Path | Players,
    settings: EnvSettings,
    episodes: int,
    limit_s: float,
    on_count: Callable[[int], None] | None = None,
    parameters: Mapping[str, float | Sampler] | None = None,
    film: Path | None = None,
) -> InEngineResult:
    """Play the episodes 0 .. episodes - 1 of `settings.seed`.

    Args:
        model: an .onnx file, or one for each group.
        settings: how many engines and arenas, and of what; its seed is the evaluation's.
        episodes: how many, at least 1.
        limit_s: seconds after which the engines are ended.
        on_count: told how many episodes are played, about once a second.
        parameters: environment parameters of all episodes: numbers, or samplers from which the
            engine draws by each episode's seed.
        film: what Godot's movie writer writes (.avi, .ogv, or .png for numbered pictures), with one
            engine on a screen, at the settings' `fixed_fps`; None: nothing.

    Raises:
        EngineTimeoutError: the engines did not finish in time.
        EngineDiedError: an engine failed, or its report is missing or wrong.
        UsageError: the game carries a plugin that cannot play alone, or it observes through a
            camera and this machine has no screen, not even a virtual one.
    """
    players = Players.of(model)
    try:
        return _play(players, settings, episodes, limit_s, on_count, parameters or {}, film)
    except EngineDiedError as error:
        if settings.screen != "auto" or _BLIND not in str(error):
            raise
    # Whether a game has a camera is known when it has failed to see through it.
    seeing = with_screen(settings, "none")
    return _play(players, seeing, episodes, limit_s, on_count, parameters or {}, film)


def _play(
    players: Players,
    settings: EnvSettings,
    episodes: int,
    limit_s: float,
    on_count: Callable[[int], None] | None,
    parameters: Mapping[str, float | Sampler],
    film: Path | None,
) -> InEngineResult:
    plan = make_plan(settings)
    if plan.game is None or not plan.game.has_our_addon:
        raise UsageError("--in_engine needs a game with addons/godot_rl; leave it out for others")
    counts = [0] * settings.num_envs

    def look(index: int, process: EngineProcess) -> None:
        if on_count is not None and (played := _played(process)) > counts[index]:
            counts[index] = played
            on_count(sum(counts))

    with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as folder, plan.screen() as ready:
        reports = [Path(folder, f"report_{index}.json") for index in range(settings.num_envs)]
        wanted: dict[str, object] = {"episodes": episodes}
        if players.others is not None:
            wanted["onnx_model"] = players.others.resolve()
        words = _words(players, parameters)
        # A film is of the window, which is not drawn where only cameras see.
        words += () if film is None else ("--write-movie", str(film.resolve()))
        without = () if film is None else (DRAW_WINDOW,)
        commands = [
            _with_words(lone_command(ready, index, {**wanted, "report": report}, without), words)
            for index, report in enumerate(reports)
        ]
        ends = run_alone(commands, limit_s, "its episodes", on_look=look)
        data = [
            read_lone_report(report, index, _REPORT_FORMAT) for index, report in enumerate(reports)
        ]
    messages = sum((end.messages for end in ends), EngineMessages())
    result = _merge(data, settings.seed, episodes)
    _require_groups(result.episodes, players)
    _tell_unasked(data, parameters)
    return dataclasses.replace(result, messages=messages)


def _with_words(command: EngineCommand, words: tuple[str, ...]) -> EngineCommand:
    return dataclasses.replace(command, extra_args=(*command.extra_args, *words))


def _words(players: Players, parameters: Mapping[str, float | Sampler]) -> tuple[str, ...]:
    """Return the launch arguments that name the groups' models and set parameters."""
    models = {
        name: GAME if file is None else str(file.resolve()) for name, file in players.groups.items()
    }
    return (
        *(f"--rl.onnx_models={name}={file}" for name, file in models.items()),
        *(f"--rl.parameter={name}={value_text(value)}" for name, value in parameters.items()),
    )


def _played(process: EngineProcess) -> int:
    """Return how many episodes an engine says to have played; 0 before it says anything."""
    for line in reversed(process.tail()):
        found = _PLAYED.search(line)
        if found is not None:
            return int(found[1])
    return 0


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
                    findings=row.get("findings") or (),
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


def _require_groups(played: Sequence[Episode], players: Players) -> None:
    """Raise when a group is named that none of the agents is of."""
    known = dict.fromkeys(episode.agent.policy for episode in played if episode.agent is not None)
    if players.groups and known:
        players.require_known(known)


def _tell_unasked(data: Sequence[Mapping[str, Any]], parameters: Mapping[str, object]) -> None:
    """Warn of parameters for which no engine's scene has asked; older addons do not tell."""
    known = [report["known_parameters"] for report in data if "known_parameters" in report]
    asked = {name: value for each in known for name, value in each.items()}
    unasked = [name for name in parameters if name not in asked]
    if known and unasked:
        names = ", ".join(f"'{name}' (default {value:g})" for name, value in asked.items())
        logger.warning(
            "the scene has not asked for the parameter%s %s in an episode: %s",
            "s" if len(unasked) > 1 else "",
            ", ".join(f"'{name}'" for name in unasked),
            f"it asks for {names}" if asked else "it asks for none (Sync.get_parameter)",
        )
