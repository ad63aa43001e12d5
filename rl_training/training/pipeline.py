"""One training run, from its settings to a model that ships; its stages in order.

The environment is made from a picklable `EnvSettings`; tests give another factory and need no
engine.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecEnv, VecMonitor

from rl_training.algorithms.learner import Learner
from rl_training.algorithms.registry import learner_class, load_entry_points
from rl_training.arena_check.check import require_equal_arenas
from rl_training.checkpoints.checkpoint import (
    CheckpointMeta,
    read_callbacks,
    read_meta,
    read_recorded,
)
from rl_training.checkpoints.sb3_classes import class_name
from rl_training.config import TrainConfig
from rl_training.envs.factory import make_vec_env
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ConfigError, EngineError, ModelError, ProtocolError
from rl_training.policy_export.layout import action_layout, observation_parts
from rl_training.policy_export.onnx_export import export
from rl_training.policy_export.verify import verify
from rl_training.runs.atomic import disk_errors, remove_temporaries
from rl_training.runs.lock import run_lock
from rl_training.runs.metrics import MetricsWriter
from rl_training.runs.paths import RunPaths
from rl_training.runs.session import RunSession, open_run
from rl_training.runs.settings_diff import resume_changes
from rl_training.scenarios import Scenario, get_scenario
from rl_training.training.callbacks import (
    AbsentCallback,
    CheckpointCallback,
    EpisodeMetricsCallback,
    ExplorationCallback,
    JsonLinesOutput,
    ProgressCallback,
    RestartsCallback,
    StopCallback,
    TickTimesCallback,
)
from rl_training.training.configuration import named_config, run_paths, save_config
from rl_training.training.control_callback import ControlCallback
from rl_training.training.environment import env_settings
from rl_training.training.evaluation_callback import (
    EvaluationCallback,
    EvaluationPlan,
    evaluation_settings,
)
from rl_training.training.scene_facts import ObservationSamples, observation_names, scene_facts
from rl_training.training.stop import StopRequest
from rl_training.training.tracking import make_trackers
from rl_training.training.watch.watch_callback import WatchCallback

logger = logging.getLogger(__name__)

_EPISODES, _EVALUATION = "episodes", "evaluation"

EnvFactory = Callable[[EnvSettings, Any], VecEnv]


@dataclass(frozen=True)
class TrainResult:
    """What a run produced.

    Attributes:
        timesteps: decisions of all agents together, over the whole run.
        seconds: wall time of learning, in this call.
        steps_per_second: decisions per second of learning, in this call.
        mean_reward: of the last episodes; None before the first ended.
        success_rate: of the last episodes; None when the scene does not report it.
        stopped: a signal ended the run before its timesteps were done.
        checkpoints: written in this call.
        model: the final .zip.
        onnx: the final .onnx; None when not exported.
        onnx_difference: largest difference between the exported and the trained policy.
        notes: what the learner has to say besides, line by line.
        details: the same as values that JSON can hold.
    """

    timesteps: int
    seconds: float
    steps_per_second: float
    mean_reward: float | None
    success_rate: float | None
    stopped: bool
    checkpoints: tuple[Path, ...]
    model: Path
    onnx: Path | None
    onnx_difference: float | None
    notes: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as values that JSON can hold."""
        plain = dataclasses.asdict(self)
        plain |= {"model": str(self.model), "onnx": None if self.onnx is None else str(self.onnx)}
        plain["checkpoints"] = [str(path) for path in self.checkpoints]
        return {**plain.pop("details"), **plain}

    def summary(self) -> str:
        """Return the result in a few lines of text."""
        done = "stopped after" if self.stopped else "trained"
        lines = [
            f"{done} {self.timesteps:,} steps; {self.seconds:.1f} s, "
            f"{self.steps_per_second:,.0f} steps/s in this call"
        ]
        if self.mean_reward is not None:
            lines.append(f"mean reward of the last episodes: {self.mean_reward:.3f}")
        if self.success_rate is not None:
            lines.append(f"success rate of the last episodes: {100 * self.success_rate:.1f} %")
        lines += self.notes
        lines.append(f"model: {self.model}")
        if self.onnx is not None:
            lines.append(
                f"ONNX:  {self.onnx} (differs by at most {self.onnx_difference:.1e} from the "
                "trained policy)"
            )
        return "\n".join(lines)


def train(config: TrainConfig, make_env: EnvFactory = make_vec_env) -> TrainResult:
    """Train, save, export and verify.

    Args:
        config: the run.
        make_env: makes the environment from its settings and the kind of `environment.vec_env`.

    Raises:
        HarnessError: a setting cannot be met, the engine failed, or the exported model is wrong.
            A run that had begun leaves a checkpoint behind to resume from.
    """
    load_entry_points()
    config = named_config(config)
    scenario = get_scenario(config.scenario)
    paths = run_paths(config)
    kind = learner_class(config.algorithm.name)
    _require_inputs(kind.inputs(config), paths)
    settings = env_settings(config, scenario)
    resumed = config.training.resume
    with contextlib.ExitStack() as stack:
        stack.enter_context(run_lock(paths))
        start = paths.resume_point() if resumed else None
        if config.environment.check_arenas and not resumed and make_env is make_vec_env:
            require_equal_arenas(settings)
        monitored = VecMonitor(make_env(settings, config.environment.vec_env))
        stack.callback(monitored.close)
        if config.training.export_onnx:
            _require_exportable(monitored)
        names, facts = observation_names(monitored), scene_facts(monitored)
        remove_temporaries(paths.models, paths.experiment)

        learner = kind(monitored, config)
        # An earlier run of the name is moved away here, when all that can be refused was looked at.
        session = stack.enter_context(
            open_run(
                paths,
                resume=resumed,
                total=config.training.timesteps,
                algorithm=config.algorithm.name,
                scenario=config.scenario,
                locked=True,
            )
        )
        if start is not None:
            learner.restore(start)
            logger.info("going on from %s at %s steps", start.name, f"{learner.timesteps:,}")
            _tell_changes(paths, learner.config)
        save_config(paths, learner.config)
        log = _open_log(session, learner.config)
        stack.callback(log.close)
        _announce(config, settings, learner)

        samples = ObservationSamples()
        episodes = EpisodeMetricsCallback()
        failures = RestartsCallback(
            lambda: getattr(monitored.unwrapped, "restarts", ()), paths.engine_failures
        )

        algorithm = class_name(learner.actor().model)

        def meta() -> CheckpointMeta:
            return CheckpointMeta(
                algorithm=algorithm,
                scenario=config.scenario,
                seed=config.seed,
                timesteps=learner.timesteps,
                config=learner.config.public_dict(),
                restarts=failures.total,
                observation_names=names,
                scene=facts,
            )

        def save(path: Path) -> Path:
            remembered = {_EPISODES: episodes.state()}
            if evaluation is not None:
                remembered[_EVALUATION] = evaluation.state()
            learner.save(path, meta(), remembered, samples.recorded())
            return path

        def save_step(done: int) -> Path:
            return session.made("checkpoint", save(paths.step_model(done)), done)

        # Until here Ctrl-C just ends the script: there is nothing to save yet.
        stop = stack.enter_context(StopRequest())
        evaluation = _evaluation(config, scenario, settings, session, stop, save, make_env)
        if evaluation is not None:
            stack.callback(evaluation.close)
        if start is not None:
            remembered = read_callbacks(start)
            episodes.restore(remembered.get(_EPISODES, {}))
            if evaluation is not None:
                evaluation.restore(remembered.get(_EVALUATION, {}))
            samples.restore(read_recorded(start))
            failures.before = read_meta(start).restarts
        before, started = learner.timesteps, time.monotonic()
        checkpoints = CheckpointCallback(config.training.save_frequency, save_step)
        with disk_errors(paths.logs), _saved_on_failure(learner, save, paths, failures):
            times = TickTimesCallback(getattr(monitored.unwrapped, "tick_times", list))
            control = ControlCallback(session, stop, lambda: save_step(learner.timesteps))
            extra = [checkpoints, episodes, failures, samples, times, AbsentCallback(), control]
            if evaluation is not None:
                extra.append(evaluation)
            if config.training.hints:
                extra.append(WatchCallback(paths.observations))
            _learn(learner, config, extra, stop, log, session)
        seconds = time.monotonic() - started
        session.stopped = stop.requested and learner.timesteps < config.training.timesteps
        with session.stage("saving"):
            session.made("final", save(paths.final_model), learner.timesteps)

        onnx, difference = None, None
        if config.training.export_onnx:
            with session.stage("exporting"):
                onnx = paths.final_onnx
                model, normaliser = learner.actor()
                seen = samples.recorded()
                export(model, normaliser, onnx, meta(), seen)
                difference = verify(onnx, model, normaliser, recorded=seen).max_difference
                session.made("onnx", onnx, learner.timesteps)

        reward, success = learner.results
        return TrainResult(
            timesteps=learner.timesteps,
            seconds=seconds,
            steps_per_second=(learner.timesteps - before) / max(seconds, 1e-9),
            mean_reward=reward,
            success_rate=success,
            stopped=session.stopped,
            checkpoints=tuple(checkpoints.saved),
            model=paths.final_model,
            onnx=onnx,
            onnx_difference=difference,
            notes=tuple(learner.summary()),
            details=learner.details(),
        )


def _evaluation(
    config: TrainConfig,
    scenario: Scenario,
    settings: EnvSettings,
    session: RunSession,
    stop: StopRequest,
    save: Callable[[Path], Path],
    make_env: EnvFactory,
) -> EvaluationCallback | None:
    """Return what evaluates the policy while it learns; None when the settings ask for nothing."""
    given = config.evaluation
    if given.every == 0:
        return None
    higher = {metric.name: metric.higher_is_better for metric in scenario.metrics}
    plan = EvaluationPlan(
        every=given.every,
        episodes=given.episodes,
        metric=given.metric,
        higher_is_better=higher.get(given.metric, True),
        patience=given.patience,
        seed=given.seed,
    )
    unseen = evaluation_settings(settings, plan)
    return EvaluationCallback(
        plan,
        lambda: make_env(unseen, "async"),
        lambda: save(session.paths.best_model),
        stop.ask,
        session,
    )


def _learn(
    learner: Learner,
    config: TrainConfig,
    extra: list[BaseCallback],
    stop: StopRequest,
    log: Logger,
    session: RunSession,
) -> None:
    total = config.training.timesteps
    if learner.timesteps >= total:
        logger.warning(
            "%s steps are done already, of %s; raise --timesteps to train on",
            f"{learner.timesteps:,}",
            f"{total:,}",
        )
        return
    progress = ProgressCallback(total, session)
    callbacks = [*extra, progress, StopCallback(stop)]
    actions = config.actions
    if actions.log_std_final is not None:
        callbacks.append(ExplorationCallback(actions.log_std_init, actions.log_std_final, total))
    try:
        learner.learn(callbacks, log, resumed=config.training.resume)
    finally:
        progress.close()


@contextlib.contextmanager
def _saved_on_failure(
    learner: Learner, save: Callable[[Path], Path], paths: RunPaths, failures: RestartsCallback
) -> Iterator[None]:
    """Leave a checkpoint and what is known behind when the engine fails for good."""
    try:
        yield
    except (EngineError, ProtocolError) as error:
        failures.write_last(error)
        if learner.timesteps > 0:
            saved = save(paths.step_model(learner.timesteps))
            logger.warning("saved %s; go on with --resume", saved)
        raise


def _require_inputs(inputs: Sequence[Path], paths: RunPaths) -> None:
    """Refuse files that are missing, or that the run would move away or write over."""
    for path in inputs:
        if not path.is_file():
            raise ModelError(f"no model at {path}")
        if path.resolve() in (paths.final_model.resolve(), paths.final_onnx.resolve()):
            raise ModelError(
                f"the run would replace {path}, which it learns from; choose another "
                "--experiment_name"
            )


def _require_exportable(env: VecEnv) -> None:
    observation_parts(env.observation_space)
    action_layout(env.action_space)


def _open_log(session: RunSession, config: TrainConfig) -> Logger:
    paths = session.paths
    settings = config.public_dict()
    names = config.training.track
    trackers = make_trackers(names, paths.experiment, session.id, paths.logs, settings)
    return Logger(str(paths.logs), [*trackers, JsonLinesOutput(MetricsWriter(paths.metrics))])


def _tell_changes(paths: RunPaths, config: TrainConfig) -> None:
    """Say in which settings a resumed run differs from the part before."""
    try:
        saved = TrainConfig.from_dict(json.loads(paths.config.read_text(encoding="utf-8")))
    except (OSError, ValueError, ConfigError):
        return
    for line in resume_changes(saved.public_dict(), config.public_dict()):
        logger.info("changed for this part: %s", line)


def _announce(config: TrainConfig, settings: EnvSettings, learner: Learner) -> None:
    logger.info(
        "training %s: %d agents in %d engine(s), arenas %s, %s steps, seed %d",
        config.experiment_name,
        learner.env.num_envs,
        settings.num_envs,
        settings.isolation,
        f"{config.training.timesteps:,}",
        config.seed,
    )
    logger.info("%s", learner.describe())
