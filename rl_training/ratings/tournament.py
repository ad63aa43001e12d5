"""A tournament from its settings to ratings: engines, matches, a file that can be continued."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from rl_training.checkpoints.policy_set import is_policy_set
from rl_training.config.sections import ClusterSettings
from rl_training.engine.log_messages import EngineMessages
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ModelError
from rl_training.evaluation.evaluate import max_decisions, play_settings
from rl_training.evaluation.player_files import trained_action_repeats
from rl_training.evaluation.request import EvaluationRequest
from rl_training.play.players import RANDOM, Players
from rl_training.ratings.contestants import Contestant
from rl_training.ratings.matches import Planned, Result, dealt, missing
from rl_training.ratings.play_matches import Program
from rl_training.ratings.record import MatchSettings, Ratings
from rl_training.scenarios import MatchRules, get_scenario

_log = logging.getLogger(__name__)

_ARENAS = 32
_SAVE_EVERY_S = 60.0

_Play: TypeAlias = Callable[
    [Program, EnvSettings, Callable[[Result], None]], tuple[str, EngineMessages]
]


@dataclass(frozen=True)
class Engines:
    """How matches are played.

    Attributes:
        num_envs: engine processes; None: one a core.
        arenas: copies of the scene in each; None: as many as there are matches, up to 32.
        port: first TCP port; None: free ones.
        timeout_s: an engine silent for this long is hung.
        godot: engine binary.
        env_path: an exported game.
        project_path: another Godot project.
        cluster: on which they run; None: this machine.
    """

    num_envs: int | None = None
    arenas: int | None = None
    port: int | None = None
    timeout_s: float = 60.0
    godot: str | None = None
    env_path: str | None = None
    project_path: str | None = None
    cluster: ClusterSettings | None = None


def play_tournament(
    ratings: Ratings,
    contestants: Mapping[str, Contestant],
    wanted: Sequence[Planned],
    rules: MatchRules,
    engines: Engines,
    output: Path | None = None,
    on_result: Callable[[Result], None] | None = None,
    *,
    with_places: bool = False,
) -> Ratings:
    """Play the matches that are missing, and rate.

    Args:
        ratings: what is known before; its settings are played.
        contestants: who the players are, by name.
        wanted: all matches; those that were played are not played again.
        rules: the scenario's.
        engines: how many, and of what.
        output: where results are kept every minute, and when the play is interrupted; None:
            nowhere.
        on_result: told of every match.
        with_places: let the scene tell where things happened (`MatchRules.ground`).

    Raises:
        HarnessError: a model, the scene or an engine cannot be used.
    """
    results = ratings.results
    planned = missing(wanted, results)
    if not planned:
        return ratings.rated(results)
    chosen = {name: contestants[name] for match in planned for name in match[:2]}
    files = {name: one.model if one.model is not None else RANDOM for name, one in chosen.items()}
    request = _request(ratings.match, Players(groups=files), engines, len(planned))
    scenario = get_scenario(ratings.match.scenario)
    settings = play_settings(request, scenario)
    _require_models(chosen, ratings.match.action_repeat)
    settings = dataclasses.replace(
        settings, isolation="shared", action_repeat=ratings.match.action_repeat, env_args=()
    )
    saved = time.monotonic()

    def take(result: Result) -> None:
        nonlocal saved
        results.append(result)
        if on_result is not None:
            on_result(result)
        if output is not None and time.monotonic() - saved > _SAVE_EVERY_S:
            ratings.rated(results).save(output)
            saved = time.monotonic()

    parameters: dict[str, float] = dict(ratings.match.parameters)
    if with_places and rules.ground is not None:
        parameters[rules.ground.parameter] = 1.0
    program = Program(
        players=chosen,
        planned=tuple(planned),
        rules=dataclasses.replace(rules, score=ratings.match.score),
        seed=ratings.match.seed,
        parameters=parameters,
        limit=max_decisions(scenario, settings),
    )
    play = _play_here if engines.cluster is None else _on_cluster(engines.cluster)
    try:
        engine, messages = play(program, settings, take)
    except BaseException:
        # What was played is kept: the same command goes on from there.
        if output is not None and len(results) > len(ratings.results):
            ratings.rated(results).save(output)
        raise
    for line in messages.lines():
        _log.warning("the engine told %s", line)
    arenas = (settings.num_envs, settings.arenas or 0)
    known = ratings.model_copy(update={"engine": engine, "arenas": arenas})
    return known.rated(results)


def _play_here(
    program: Program, settings: EnvSettings, take: Callable[[Result], None]
) -> tuple[str, EngineMessages]:
    """Play on engines of this machine; return their version and what their logs told."""
    with GodotVecEnv.from_settings(settings) as env:
        for result in program.played(env, dealt(program.planned, settings.num_envs)):
            take(result)
        return env.env_info.engine, env.engine_messages()


def _on_cluster(cluster: ClusterSettings) -> _Play:
    from rl_training.ratings.on_cluster import play_on_cluster

    return partial(play_on_cluster, cluster)


def _request(
    match: MatchSettings, players: Players, engines: Engines, matches: int
) -> EvaluationRequest:
    return EvaluationRequest(
        model=players,
        scenario=match.scenario,
        episodes=matches,
        seed=match.seed,
        num_envs=engines.num_envs,
        arenas=engines.arenas or min(_ARENAS, matches),
        godot=engines.godot,
        env_path=engines.env_path,
        project_path=engines.project_path,
        scene_path=match.scene_path,
        port=engines.port,
        timeout_s=engines.timeout_s,
        simulator="godot",
    )


def _require_models(players: Mapping[str, Contestant], action_repeat: int | None) -> None:
    """Refuse models that cannot play here, before an engine starts."""
    for one in players.values():
        if one.model is None:
            continue
        if is_policy_set(one.model):
            raise ModelError(
                f"{one.model} holds several policies: give one, the .onnx of a group "
                "(spacetime-rl export policy)"
            )
        known = trained_action_repeats(Players(one.model))
        if action_repeat is not None and known - {action_repeat}:
            raise ModelError(
                f"{one.model} decides every {known.pop()} physics ticks, these matches every "
                f"{action_repeat}: all players decide together"
            )
