"""One evaluation, from a model's file to a report; its stages in order."""

from __future__ import annotations

import dataclasses
import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import torch
from stable_baselines3.common.vec_env import VecEnv

from rl_training.config import default_num_envs
from rl_training.engine.log_messages import EngineMessages
from rl_training.envs.factory import make_simulation
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.envs.numpy_twin import twin_of
from rl_training.envs.recording import record_episodes
from rl_training.envs.settings import DEFAULT_PORT, PERFORMANCE_ARGS, EnvSettings
from rl_training.errors import ModelError
from rl_training.evaluation.episode_places import ground_of, take_places
from rl_training.evaluation.player_files import (
    exported,
    runs_of,
    trained_action_repeats,
    unpacked,
)
from rl_training.evaluation.report import IN_ENGINE, PYTHON, EvaluationReport
from rl_training.evaluation.report_builder import Evaluation, build_report
from rl_training.evaluation.request import SAMPLED, EvaluationRequest
from rl_training.evaluation.trained_parameters import parameters_left_out, warning
from rl_training.play.agents import groups_of
from rl_training.play.episodes import Episode, with_recordings
from rl_training.play.in_engine import InEngineResult, play_in_engine
from rl_training.play.places import Places
from rl_training.play.policies import Policy, load_players
from rl_training.play.through_python import play
from rl_training.project_files import chosen_scene, project_of
from rl_training.scenarios import Scenario, get_scenario

if TYPE_CHECKING:
    from rl_training.evaluation.on_cluster import Told

_log = logging.getLogger(__name__)
_AGENTS_AIMED_AT = 64
_WORLDS_AIMED_AT = 512
_SLOWEST_DECISIONS_PER_S = 100.0
_SLOWEST_WINDOW = 10.0  # seconds of the clock for one of the game
_LONGEST_S = 3600.0

EnvFactory = Callable[[EnvSettings, Any], VecEnv]


@dataclasses.dataclass(frozen=True)
class _Played:
    """What was played, and what the engines told meanwhile."""

    episodes: tuple[Episode, ...]
    engine: str = ""
    messages: EngineMessages | None = None
    groups: tuple[str, ...] = ()


def evaluate(
    request: EvaluationRequest,
    on_episode: Callable[[Episode], None] | None = None,
    make_env: EnvFactory = make_simulation,
    on_count: Callable[[int], None] | None = None,
    places: Places | None = None,
) -> EvaluationReport:
    """Play the episodes and return the report.

    Args:
        request: what to evaluate.
        on_episode: told of every episode when it ends; in-engine, of all at the end.
        make_env: makes the environment from its settings.
        on_count: told how many episodes are played, now and then; in-engine as well.
        places: takes where agents were; None: the scene is not asked.

    Raises:
        HarnessError: a model, the scenario or the engine cannot be used, or the play failed.
    """
    scenario = get_scenario(request.scenario)
    started = time.monotonic()
    with unpacked(request.players) as players:
        asked = dataclasses.replace(request, model=players)
        if places is not None:
            # A wish to be told, not a setting of the game: the report does not name it.
            telling = {ground_of(scenario).parameter: 1.0}
            asked = dataclasses.replace(asked, parameters={**asked.parameters, **telling})
        settings = play_settings(asked, scenario)
        runs = runs_of(players)
        left_out = parameters_left_out(runs.values(), scenario, request.parameters)
        if left_out:
            _log.warning("%s", warning(left_out))
        played: _Played | InEngineResult | Told
        if request.cluster is not None:
            from rl_training.evaluation.on_cluster import evaluate_on_cluster

            limit = max_decisions(scenario, settings)
            tell = _Told(on_episode, on_count)
            played = evaluate_on_cluster(asked, request.cluster, settings, limit, tell)
        elif request.in_engine:
            played = _in_engine(asked, scenario, settings, on_count)
            for episode in played.episodes:
                if on_episode is not None:
                    on_episode(episode)
        else:
            env = make_env(settings, "async")
            try:
                told = _Told(on_episode, on_count)
                played = _through_python(asked, env, max_decisions(scenario, settings), told)
            finally:
                env.close()
    episodes = played.episodes
    if places is not None:
        take_places(places, episodes, played.groups)
    if request.record is not None:
        episodes = with_recordings(episodes, request.record, request.seed)
    return build_report(
        Evaluation(
            scenario=scenario,
            players=request.players,
            one_model=players.single is not None,
            mode=IN_ENGINE if request.in_engine else PYTHON,
            seed=request.seed,
            episodes=episodes,
            wall_time_s=time.monotonic() - started,
            engine=played.engine,
            messages=played.messages,
            runs=runs,
            parameters=request.played_parameters,
            actions=request.actions,
            game={
                name: path
                for name in ("env_path", "project_path", "scene_path")
                if (path := getattr(request, name)) is not None
            },
        )
    )


class _Told:
    """Tells of every episode, and how many there are."""

    def __init__(
        self,
        on_episode: Callable[[Episode], None] | None,
        on_count: Callable[[int], None] | None,
    ) -> None:
        self._on_episode = on_episode
        self._on_count = on_count
        self._finished = 0

    def __call__(self, episode: Episode) -> None:
        self._finished += 1
        if self._on_episode is not None:
            self._on_episode(episode)
        if self._on_count is not None:
            self._on_count(self._finished)


def _through_python(
    request: EvaluationRequest, env: Any, limit: int | None, told: _Told
) -> _Played:
    sampled = request.actions == SAMPLED
    if sampled:
        torch.manual_seed(request.seed)
    with _policies(request, env, sampled=sampled) as policies:
        episodes = tuple(
            play(env, policies, request.episodes, request.seed, limit, told, request.parameters)
        )
    groups = tuple(groups_of(env))
    if not isinstance(env, GodotVecEnv):
        return _Played(episodes, groups=groups)
    return _Played(episodes, env.env_info.engine, env.engine_messages(), groups)


@contextmanager
def _policies(
    request: EvaluationRequest, env: Any, *, sampled: bool
) -> Iterator[Policy | dict[str, Policy | None]]:
    """Load the models as they play in this environment: exported, where it is the other twin's.

    A checkpoint knows the spaces of the twin that it was trained in; a file takes numbers.
    """
    with ExitStack() as stack:
        try:
            policies = load_players(request.players, env, sampled=sampled)
        except ModelError:
            if sampled or get_scenario(request.scenario).twin is None:
                raise
            files = stack.enter_context(exported(request.players))
            policies = load_players(files, env)
        yield policies


def _in_engine(
    request: EvaluationRequest,
    scenario: Scenario,
    settings: EnvSettings,
    on_count: Callable[[int], None] | None,
) -> InEngineResult:
    limit = longest_play_s(request, scenario, max_decisions(scenario, settings))
    with exported(request.players) as players:
        return play_in_engine(
            players, settings, request.episodes, limit, on_count, request.played_parameters
        )


def longest_play_s(request: EvaluationRequest, scenario: Scenario, decisions: int | None) -> float:
    """Return the seconds after which engines that play alone hang.

    A window plays at the speed of the clock, and slower where the machine cannot draw it so fast.

    Args:
        request: how many episodes, and whether somebody watches.
        scenario: how long an episode may last.
        decisions: of its longest episode; None: unknown.
    """
    if decisions is None:
        return _LONGEST_S
    episode_s = decisions / _SLOWEST_DECISIONS_PER_S
    if request.viz:
        episode_s = 2.0 * scenario.time_limit_s * _SLOWEST_WINDOW
    return request.timeout_s + request.episodes * episode_s


def play_settings(request: EvaluationRequest, scenario: Scenario) -> EnvSettings:
    """Return what is launched for an evaluation: each arena a world of its own."""
    project = project_of(scenario.name, request.project_path, request.env_path)
    own_project = request.project_path is None and request.env_path is None
    game = not own_project or request.scene_path or request.viz or request.in_engine
    twin = twin_of(
        scenario, request.simulator, has_game=bool(game or request.record or request.performance)
    )
    if twin is not None:
        return EnvSettings(
            project_path=project,
            scene_path=scenario.scene_path,
            arenas=request.arenas or min(_WORLDS_AIMED_AT, request.episodes),
            action_repeat=_action_repeat(request, scenario),
            seed=request.seed,
            twin=twin,
        )
    num_envs = request.num_envs
    if num_envs is None:
        num_envs = (
            1 if request.viz or request.performance else min(default_num_envs(), request.episodes)
        )
    arenas = request.arenas
    if arenas is None and request.performance:
        # A tick steps all arenas of an engine; a game has one.
        arenas = 1
    elif arenas is None and own_project:
        # No more agents than episodes: the others would play for nothing.
        agents = 1 if request.viz else min(_AGENTS_AIMED_AT, request.episodes)
        arenas = max(1, math.ceil(agents / num_envs))
    return EnvSettings(
        env_path=request.env_path,
        project_path=project,
        scene_path=chosen_scene(request.scene_path, project, scenario.scene_path),
        num_envs=num_envs,
        port=DEFAULT_PORT if request.port is None else request.port,
        port_strict=request.port is not None,
        arenas=arenas,
        isolation="worlds",
        action_repeat=_action_repeat(request, scenario),
        seed=request.seed,
        show_window=request.viz,
        timeout_s=request.timeout_s,
        godot=request.godot,
        env_args=(
            "--episode_times=1",
            *(PERFORMANCE_ARGS if request.performance else ()),
            *(("--actions=sampled",) if request.actions == SAMPLED else ()),
            *_recording(request),
        ),
    )


def _recording(request: EvaluationRequest) -> tuple[str, ...]:
    return () if request.record is None else record_episodes(request.record, request.episodes)


def _action_repeat(request: EvaluationRequest, scenario: Scenario) -> int | None:
    """Return the physics ticks per decision: those of the models' training, else the scenario's."""
    known = trained_action_repeats(request.players)
    if len(known) < 2:
        return known.pop() if known else scenario.action_repeat
    if request.in_engine:
        return None  # each policy decides at the rate that its certificate tells
    raise ModelError(
        f"the models decide every {' and '.join(map(str, sorted(known)))} physics ticks; through "
        "Python all decide together: add --in_engine"
    )


def max_decisions(scenario: Scenario, settings: EnvSettings) -> int | None:
    """Return twice the decisions of an episode's time limit; None when that is unknown."""
    repeat = settings.action_repeat
    if repeat is None or not scenario.time_limit_s or not scenario.physics_ticks_per_second:
        return None
    ticks = scenario.time_limit_s * scenario.physics_ticks_per_second
    return math.ceil(2.0 * ticks / repeat)
