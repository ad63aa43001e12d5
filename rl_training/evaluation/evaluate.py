"""One evaluation, from a model's file to a report; its stages in order."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stable_baselines3.common.vec_env import VecEnv

from rl_training.checkpoints.checkpoint import load_checkpoint, read_meta
from rl_training.config import default_num_envs
from rl_training.engine.log_messages import EngineMessages
from rl_training.envs.factory import make_vec_env
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.envs.recording import record_episodes
from rl_training.envs.settings import DEFAULT_PORT, EnvSettings
from rl_training.errors import ModelError
from rl_training.evaluation.model_run import run_of
from rl_training.evaluation.report import IN_ENGINE, PYTHON, EvaluationReport
from rl_training.evaluation.report_builder import Evaluation, build_report
from rl_training.evaluation.request import EvaluationRequest
from rl_training.play.episodes import Episode, with_recordings
from rl_training.play.in_engine import InEngineResult, play_in_engine
from rl_training.play.policies import load_policy
from rl_training.play.through_python import play
from rl_training.policy_export.certificate import read_certificate
from rl_training.policy_export.onnx_export import export
from rl_training.project_files import project_of
from rl_training.scenarios import Scenario, get_scenario

_AGENTS_AIMED_AT = 64
_SLOWEST_DECISIONS_PER_S = 100.0
_LONGEST_S = 3600.0

EnvFactory = Callable[[EnvSettings, Any], VecEnv]


def evaluate(
    request: EvaluationRequest,
    on_episode: Callable[[Episode], None] | None = None,
    make_env: EnvFactory = make_vec_env,
    on_count: Callable[[int], None] | None = None,
) -> EvaluationReport:
    """Play the episodes and return the report.

    Args:
        request: what to evaluate.
        on_episode: told of every episode when it ends; in-engine, of all at the end.
        make_env: makes the environment from its settings.
        on_count: told how many episodes are played, now and then; in-engine as well.

    Raises:
        HarnessError: the model, the scenario or the engine cannot be used, or the play failed.
    """
    scenario = get_scenario(request.scenario)
    if not request.model.is_file():
        # Before an engine starts; loading says more about files of the wrong kind.
        raise ModelError(f"no model at {request.model}")
    settings = play_settings(request, scenario)
    started = time.monotonic()
    engine = ""
    messages: EngineMessages | None = None
    finished = 0

    def ended(episode: Episode) -> None:
        nonlocal finished
        finished += 1
        if on_episode is not None:
            on_episode(episode)
        if on_count is not None:
            on_count(finished)

    if request.in_engine:
        result = _play_in_engine(request, scenario, settings, on_count)
        episodes, engine, messages = result.episodes, result.engine, result.messages
        if on_episode is not None:
            for episode in episodes:
                on_episode(episode)
    else:
        env = make_env(settings, "async")
        try:
            policy = load_policy(request.model, env)
            if isinstance(env, GodotVecEnv) and env.env_info.harness is not None:
                engine = env.env_info.harness.engine
            limit = max_decisions(scenario, settings)
            episodes = tuple(play(env, policy, request.episodes, request.seed, limit, ended))
            if isinstance(env, GodotVecEnv):
                messages = env.engine_messages()
        finally:
            env.close()
    if request.record is not None:
        episodes = with_recordings(episodes, request.record)
    return build_report(
        Evaluation(
            scenario=scenario,
            model=request.model,
            mode=IN_ENGINE if request.in_engine else PYTHON,
            seed=request.seed,
            episodes=episodes,
            wall_time_s=time.monotonic() - started,
            engine=engine,
            messages=messages,
            run=run_of(request.model),
            game={
                name: path
                for name in ("env_path", "project_path", "scene_path")
                if (path := getattr(request, name)) is not None
            },
        )
    )


def _play_in_engine(
    request: EvaluationRequest,
    scenario: Scenario,
    settings: EnvSettings,
    on_count: Callable[[int], None] | None,
) -> InEngineResult:
    decisions = max_decisions(scenario, settings)
    limit = _LONGEST_S
    if decisions is not None:
        limit = request.timeout_s + request.episodes * decisions / _SLOWEST_DECISIONS_PER_S
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as folder:
        model = request.model
        if model.suffix == ".zip":
            checkpoint = load_checkpoint(model)
            model = Path(folder, "policy.onnx")
            export(
                checkpoint.model,
                checkpoint.normaliser,
                model,
                checkpoint.meta,
                checkpoint.recorded,
            )
        elif model.suffix != ".onnx":
            raise ModelError(f"{model} must end in .zip or .onnx")
        return play_in_engine(model, settings, request.episodes, limit, on_count)


def play_settings(request: EvaluationRequest, scenario: Scenario) -> EnvSettings:
    """Return what is launched for an evaluation: each arena a world of its own."""
    project = project_of(scenario.name, request.project_path, request.env_path)
    own_project = request.project_path is None and request.env_path is None
    num_envs = request.num_envs
    if num_envs is None:
        num_envs = 1 if request.viz else min(default_num_envs(), request.episodes)
    arenas = request.arenas
    if arenas is None and own_project:
        # No more agents than episodes: the others would play for nothing.
        agents = 1 if request.viz else min(_AGENTS_AIMED_AT, request.episodes)
        arenas = max(1, math.ceil(agents / num_envs))
    scene = request.scene_path
    if scene is None and project is not None:
        scene = scenario.scene_path
    return EnvSettings(
        env_path=request.env_path,
        project_path=project,
        scene_path=scene,
        num_envs=num_envs,
        port=DEFAULT_PORT if request.port is None else request.port,
        port_strict=request.port is not None,
        arenas=arenas,
        isolation="worlds",
        action_repeat=_trained_action_repeat(request.model) or scenario.action_repeat,
        seed=request.seed,
        show_window=request.viz,
        timeout_s=request.timeout_s,
        godot=request.godot,
        env_args=("--episode_times=1", *_recording(request)),
    )


def _recording(request: EvaluationRequest) -> tuple[str, ...]:
    return () if request.record is None else record_episodes(request.record, request.episodes)


def _trained_action_repeat(model: Path) -> int | None:
    """Return the physics ticks per decision that the model was trained with; None if unknown."""
    known: dict[str, Any] = {}
    if model.suffix == ".zip":
        known = read_meta(model).scene
    elif model.suffix == ".onnx":
        certificate = read_certificate(model)
        known = certificate.settings if certificate is not None else {}
    repeat = known.get("action_repeat")
    return None if repeat is None else int(repeat)


def max_decisions(scenario: Scenario, settings: EnvSettings) -> int | None:
    """Return twice the decisions of an episode's time limit; None when that is unknown."""
    repeat = settings.action_repeat
    if repeat is None or not scenario.time_limit_s or not scenario.physics_ticks_per_second:
        return None
    ticks = scenario.time_limit_s * scenario.physics_ticks_per_second
    return math.ceil(2.0 * ticks / repeat)
