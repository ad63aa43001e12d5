"""One training run, from its settings to models that ship; its stages in order.

The environment is made from a picklable `EnvSettings`; tests give another factory and need no
engine. How many policies learn is the party's business (`training.party`).
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecEnv

from rl_training.algorithms.registry import load_entry_points
from rl_training.arena_check.check import require_equal_arenas
from rl_training.config import TrainConfig
from rl_training.envs.factory import make_simulation
from rl_training.envs.settings import EnvSettings
from rl_training.errors import EngineError, ProtocolError
from rl_training.runs.atomic import disk_errors, remove_temporaries
from rl_training.runs.lock import run_lock
from rl_training.runs.paths import RunPaths
from rl_training.runs.session import RunSession, open_run
from rl_training.scenarios import get_scenario
from rl_training.training.arena_callbacks import OpponentsCallback, ParametersCallback
from rl_training.training.callbacks import (
    CheckpointCallback,
    ProgressCallback,
    RestartsCallback,
    TickTimesCallback,
    TimeLimitCallback,
)
from rl_training.training.configuration import named_config, run_paths, save_config
from rl_training.training.control_callback import ControlCallback
from rl_training.training.curriculum.by_hand import ByHand
from rl_training.training.curriculum.callback import follow
from rl_training.training.curriculum.curriculum import Curriculum
from rl_training.training.debug.attach import debug_run
from rl_training.training.debug.checkpoints import tell_checkpoint
from rl_training.training.environment import env_settings, make_training_env
from rl_training.training.finds.callback import FindsCallback, details_of, lines_of, paid_env
from rl_training.training.levels.make import make_levels
from rl_training.training.live_view_callback import live_view
from rl_training.training.milestones.rating import ladder_of, make_rater
from rl_training.training.milestones.starting_point import choose_start, starting_points
from rl_training.training.milestones.writer import MilestoneWriter, known_milestones, phase_of
from rl_training.training.party.evaluation import make_evaluation
from rl_training.training.party.make import make_party, roles_in
from rl_training.training.party.opponents import preparation
from rl_training.training.party.party import Exported, Party
from rl_training.training.performance_callback import PerformanceCallback
from rl_training.training.result import PolicyResult, TrainResult
from rl_training.training.self_play.make import make_self_play, require_sides
from rl_training.training.stages import announce, begin_from, open_log, require_inputs, tell_changes
from rl_training.training.stop import StopRequest

__all__ = ["EnvFactory", "PolicyResult", "TrainResult", "train"]

logger = logging.getLogger(__name__)

_EVALUATION, _CURRICULUM, _LEVELS = "evaluation", "curriculum", "levels"
_SELF_PLAY, _FINDS = "self_play", "finds"

EnvFactory = Callable[[EnvSettings, Any], VecEnv]


def train(
    config: TrainConfig,
    make_env: EnvFactory = make_simulation,
    more_callbacks: Sequence[BaseCallback] = (),
) -> TrainResult:
    """Train, save, export and verify.

    Args:
        config: the run.
        make_env: makes the environment from its settings and the kind of `environment.vec_env`.
        more_callbacks: callbacks of the caller's own; they come before the run's.

    Raises:
        HarnessError: a setting cannot be met, the engine failed, or the exported model is wrong.
            A run that had begun leaves a checkpoint behind to resume from.
    """
    load_entry_points()
    config = named_config(config)
    scenario = get_scenario(config.scenario)
    paths = run_paths(config)
    require_inputs(config, paths)
    ladder = ladder_of(config)  # Refused before engines start.
    settings = env_settings(config, scenario)
    with contextlib.ExitStack() as stack:
        stack.enter_context(run_lock(paths))
        points = starting_points(config, paths)
        compares = _compares_arenas(config, settings) and not points.files
        if compares and make_env is make_simulation:
            require_equal_arenas(settings)
        env = make_training_env(settings, config, make_env)
        stack.callback(env.close)
        paid = paid_env(env)
        roles = roles_in(env, config)
        require_sides(config, roles)
        curriculum = Curriculum(config, [""] if roles is None else [r.name for r in roles.learning])
        told = preparation(config, roles)
        told.apply(env)
        remove_temporaries(paths.models, paths.experiment)
        party = make_party(env, config, roles)
        debug_run(config, scenario, settings, env, list(party.pupils))
        levels = make_levels(config, env, [p.learner.actor().model for p in party.pupils])
        start = choose_start(points, party)
        # An earlier run of the name is moved away here, when all that can be refused was looked at.
        session = stack.enter_context(
            open_run(
                paths,
                resume=start is not None,
                total=config.training.timesteps,
                algorithm=party.algorithms,
                scenario=config.scenario,
                locked=True,
            )
        )
        failures = RestartsCallback(
            lambda: getattr(env.unwrapped, "restarts", ()), paths.engine_failures
        )
        remembered: Mapping[str, Any] = {}
        if start is not None:
            remembered, failures.before = party.restore(start)
            logger.info("going on from %s at %s steps", start.name, f"{party.timesteps:,}")
            if config.debug.checkpoints:
                tell_checkpoint("loaded", start)
            tell_changes(paths, party.config)
            curriculum.restore(remembered.get(_CURRICULUM, {}))
            if paid is not None:
                paid.restore(remembered.get(_FINDS, {}))
            changes = curriculum.changes(party.timesteps)
            if changes:
                told.with_parameters(changes).set_parameters(env)
        elif config.training.start_from is not None:
            begin_from(party, Path(config.training.start_from))
            if config.debug.checkpoints:
                tell_checkpoint("loaded", Path(config.training.start_from))
        save_config(paths, party.config)
        log = open_log(session, party.config)
        stack.callback(log.close)
        announce(config, settings, party)
        for line in curriculum.first_lines() if start is None else ():
            logger.info("%s", line)

        def save(path: Path) -> Path:
            memory = {} if evaluation is None else {_EVALUATION: evaluation.state()}
            memory |= {_CURRICULUM: curriculum.state()} if curriculum.lessons else {}
            memory |= {} if levels is None else {_LEVELS: levels.state()}
            memory |= {} if self_play is None else {_SELF_PLAY: self_play.state()}
            memory |= {} if paid is None else {_FINDS: paid.state()}
            party.save(path, failures.total, memory)
            if config.debug.checkpoints:
                tell_checkpoint("saved", path)
            return path

        def save_step(done: int) -> Path:
            return session.made("checkpoint", save(paths.step_model(done)), done)

        # Until here Ctrl-C just ends the script: there is nothing to save yet.
        stop = stack.enter_context(StopRequest())
        milestones = None
        if config.training.milestone_interval:
            rater = make_rater(
                config, ladder, len(party.pupils), lambda: stop.requested,
                lambda: session.stage("evaluating"),
            )  # fmt: skip
            milestones = MilestoneWriter(
                party.config, paths, party, lambda: phase_of(config, curriculum.status()), save,
                lambda: failures.total, rater,
            )  # fmt: skip
            log.output_formats.append(milestones.numbers)
        self_play = make_self_play(config, roles, party, paths, milestones, log)
        evaluation = make_evaluation(
            config, scenario, settings, party, roles, told, session, stop,
            lambda: save(paths.best_model), make_env,
        )  # fmt: skip
        if evaluation is not None:
            stack.callback(evaluation.close)
            evaluation.restore(remembered.get(_EVALUATION, {}))
        if levels is not None:
            levels.tell = lambda figures: session.writer.update(levels=dict(figures))
            levels.restore(remembered.get(_LEVELS, {}))
            levels.prepare(party.timesteps)
        if self_play is not None:
            self_play.tell = lambda told: session.writer.update(self_play=told)
            if start is not None:
                there = known_milestones(paths)
                self_play.restore(remembered.get(_SELF_PLAY, {}), there, party.timesteps)
            self_play.begin(party.timesteps)
        before, started = party.timesteps, time.monotonic()
        checkpoints = CheckpointCallback(config.training.save_frequency, save_step)
        with disk_errors(paths.logs), _saved_on_failure(party, save, paths, failures):
            times = TickTimesCallback(getattr(env.unwrapped, "tick_times", list))
            control = ControlCallback(
                session,
                stop,
                lambda: save_step(party.timesteps),
                ByHand(curriculum, party.env, lambda: party.timesteps, party.change),
            )
            # Before the checkpoints: what it decides between two rollouts is in them.
            callbacks: list[BaseCallback] = [*more_callbacks]
            callbacks += follow(curriculum, party, log, session)
            callbacks += [each for each in (milestones, self_play) if each is not None]
            callbacks += [checkpoints, failures, times, control, ParametersCallback()]
            # Milestones that play have win rates of their own.
            callbacks.append(OpponentsCallback(() if self_play is None else self_play.known))
            callbacks += live_view(paths, env.unwrapped)
            if config.training.max_minutes is not None:
                callbacks.append(TimeLimitCallback(config.training.max_minutes, stop.ask))
            callbacks += [PerformanceCallback()] if config.environment.performance else []
            callbacks += [] if paid is None else [FindsCallback(paid, paths.finds)]
            callbacks += [] if evaluation is None else [evaluation]
            # The last: what others save at a rollout's start is what its levels are drawn from.
            callbacks += [] if levels is None else [levels]
            _learn(party, config, callbacks, log, stop, session)
        seconds = time.monotonic() - started
        session.stopped = stop.requested and party.timesteps < config.training.timesteps
        with session.stage("saving"):
            session.made("final", save(paths.final_model), party.timesteps)
        exported: dict[str, Exported] = {}
        if config.training.export_onnx:
            with session.stage("exporting"):
                exported = party.export(session, failures.total)
        reward, success = party.results
        only = next(iter(exported.values()), None) if len(party.pupils) == 1 else None
        return TrainResult(
            timesteps=party.timesteps,
            seconds=seconds,
            steps_per_second=(party.timesteps - before) / max(seconds, 1e-9),
            mean_reward=reward,
            success_rate=success,
            stopped=session.stopped,
            checkpoints=tuple(checkpoints.saved),
            model=paths.final_model,
            onnx=None if only is None else only.path,
            onnx_difference=None if only is None else only.difference,
            notes=(*party.notes(), *curriculum.lines(), *lines_of(paid)),
            details={**party.details(), **curriculum.details(), **details_of(paid)},
            policies=_results(party, exported),
            asked_to_stop=stop.requested,
        )


def _compares_arenas(config: TrainConfig, settings: EnvSettings) -> bool:
    return config.environment.check_arenas and settings.twin is None


def _learn(
    party: Party,
    config: TrainConfig,
    callbacks: list[BaseCallback],
    log: Logger,
    stop: StopRequest,
    session: RunSession,
) -> None:
    total = config.training.timesteps
    if party.timesteps >= total:
        logger.warning(
            "%s steps are done already, of %s; raise --timesteps to train on",
            f"{party.timesteps:,}",
            f"{total:,}",
        )
        return
    several = len(party.pupils) > 1
    progress = ProgressCallback(total, session, party.standings if several else None)
    try:
        party.learn([*callbacks, progress], log, stop, session)
    finally:
        progress.close()


def _results(party: Party, exported: dict[str, Exported]) -> dict[str, PolicyResult]:
    """Return what became of each of several policies; empty where there is one."""
    if len(party.pupils) == 1:
        return {}
    found = {}
    for name, at in party.standings().items():
        one = exported.get(name)
        found[name] = PolicyResult(
            at.timesteps,
            at.mean_reward,
            at.success_rate,
            at.mean_length,
            None if one is None else one.path,
            None if one is None else one.difference,
        )
    return found


@contextlib.contextmanager
def _saved_on_failure(
    party: Party, save: Callable[[Path], Path], paths: RunPaths, failures: RestartsCallback
) -> Iterator[None]:
    """Leave a checkpoint and what is known behind when the engine fails for good."""
    try:
        yield
    except (EngineError, ProtocolError) as error:
        failures.write_last(error)
        if party.timesteps > 0:
            saved = save(paths.step_model(party.timesteps))
            logger.warning("saved %s; go on with --resume", saved)
        raise
