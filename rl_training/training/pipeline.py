"""One training run, from its settings to a model that ships; its stages in order.

The environment is made from a picklable `EnvSettings`; tests give another factory and need no
engine.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger, configure
from stable_baselines3.common.vec_env import VecEnv, VecMonitor

from rl_training.algorithms.ppo import load_model, make_model, normalise
from rl_training.arena_check.check import require_equal_arenas
from rl_training.checkpoints.checkpoint import (
    CheckpointMeta,
    read_callbacks,
    read_meta,
    read_recorded,
    save_checkpoint,
)
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.config import TrainConfig
from rl_training.envs.factory import make_vec_env
from rl_training.envs.settings import EnvSettings
from rl_training.errors import EngineError, HarnessError, ProtocolError
from rl_training.policy_export.layout import action_layout, observation_parts
from rl_training.policy_export.onnx_export import export
from rl_training.policy_export.verify import verify
from rl_training.runs.artefacts import Kind
from rl_training.runs.atomic import disk_errors, remove_temporaries
from rl_training.runs.lock import run_lock
from rl_training.runs.metrics import MetricsWriter
from rl_training.runs.paths import RunPaths, default_root
from rl_training.runs.session import RunSession, open_run
from rl_training.scenarios import get_scenario
from rl_training.training.arguments import save_config
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
    recent_results,
)
from rl_training.training.control_callback import ControlCallback
from rl_training.training.environment import env_settings
from rl_training.training.scene_facts import ObservationSamples, observation_names, scene_facts
from rl_training.training.stop import StopRequest
from rl_training.training.watch.watch_callback import WatchCallback

logger = logging.getLogger(__name__)

_EPISODES = "episodes"

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
        lines.append(f"model: {self.model}")
        if self.onnx is not None:
            lines.append(f"ONNX:  {self.onnx} (differs by at most {self.onnx_difference:.1e})")
        return "\n".join(lines)


def train(config: TrainConfig, make_env: EnvFactory = make_vec_env) -> TrainResult:
    """Train, save, export and verify.

    Args:
        config: the run.
        make_env: makes the environment from its settings and the kind of `config.vec_env`.

    Raises:
        HarnessError: a setting cannot be met, the engine failed, or the exported model is wrong.
            A run that had begun leaves a checkpoint behind to resume from.
    """
    scenario = get_scenario(config.scenario)
    paths = RunPaths(config.experiment_name, Path(config.run_root or default_root()))
    start = paths.resume_point() if config.resume else None
    settings = env_settings(config, scenario)
    with contextlib.ExitStack() as stack:
        stack.enter_context(run_lock(paths))
        if config.check_arenas and start is None and make_env is make_vec_env:
            require_equal_arenas(settings)
        monitored = VecMonitor(make_env(settings, config.vec_env))
        stack.callback(monitored.close)
        if config.export_onnx:
            _require_exportable(monitored)
        normalised = normalise(monitored, config.ppo)
        env = normalised or monitored
        names, facts = observation_names(monitored), scene_facts(monitored)
        remove_temporaries(paths.models, paths.experiment)

        session = stack.enter_context(
            open_run(
                paths,
                resume=config.resume,
                total=config.timesteps,
                algorithm="ppo",
                scenario=config.scenario,
                locked=True,
            )
        )
        if start is None:
            model = make_model(env, config.ppo, config.seed, config.timesteps)
        else:
            model = load_model(start, env, config.ppo, config.seed, config.timesteps)
            logger.info("going on from %s at %s steps", start.name, f"{model.num_timesteps:,}")
        save_config(paths, config)
        log = _open_log(paths)
        stack.callback(log.close)
        model.set_logger(log)
        _announce(config, settings, env, model)

        episodes, samples = EpisodeMetricsCallback(), ObservationSamples()
        failures = RestartsCallback(
            lambda: getattr(monitored.unwrapped, "restarts", ()), paths.engine_failures
        )
        if start is not None:
            remembered = read_callbacks(start)
            episodes.restore(remembered.get(_EPISODES, {}))
            samples.restore(read_recorded(start))
            failures.before = read_meta(start).restarts

        def meta() -> CheckpointMeta:
            return _meta(config, model, names, facts, failures.total)

        def save(path: Path, kind: Kind = "checkpoint") -> Path:
            normaliser = None if normalised is None else Normaliser.of(normalised)
            remembered = {_EPISODES: episodes.state()}
            save_checkpoint(path, model, normaliser, meta(), remembered, samples.recorded())
            return session.made(kind, path, model.num_timesteps)

        # Until here Ctrl-C just ends the script: there is nothing to save yet.
        stop = stack.enter_context(StopRequest())
        before, started = model.num_timesteps, time.monotonic()
        checkpoints = CheckpointCallback(
            config.save_frequency, lambda done: save(paths.step_model(done))
        )
        with disk_errors(paths.logs), _saved_on_failure(model, save, paths, failures):
            times = TickTimesCallback(getattr(monitored.unwrapped, "tick_times", list))
            control = ControlCallback(
                session, stop, lambda: save(paths.step_model(model.num_timesteps))
            )
            watch = WatchCallback(paths.observations)
            extra = [checkpoints, episodes, failures, samples, times, AbsentCallback()]
            extra += [control, watch]
            _learn(model, config, extra, stop, session, resumed=start is not None)
        seconds = time.monotonic() - started
        session.stopped = stop.requested and model.num_timesteps < config.timesteps
        session.writer.update(stage="saving", timesteps=model.num_timesteps)
        save(paths.final_model, "final")

        onnx, difference = None, None
        if config.export_onnx:
            session.writer.update(stage="exporting")
            onnx = paths.final_onnx
            normaliser = None if normalised is None else Normaliser.of(normalised)
            seen = samples.recorded()
            export(model, normaliser, onnx, meta(), seen)
            difference = verify(onnx, model, normaliser, recorded=seen).max_difference
            session.made("onnx", onnx, model.num_timesteps)

        reward, success = recent_results(model)
        return TrainResult(
            timesteps=model.num_timesteps,
            seconds=seconds,
            steps_per_second=(model.num_timesteps - before) / max(seconds, 1e-9),
            mean_reward=reward,
            success_rate=success,
            stopped=stop.requested and model.num_timesteps < config.timesteps,
            checkpoints=tuple(checkpoints.saved),
            model=paths.final_model,
            onnx=onnx,
            onnx_difference=difference,
        )


def _learn(
    model: PPO,
    config: TrainConfig,
    extra: list[BaseCallback],
    stop: StopRequest,
    session: RunSession,
    *,
    resumed: bool,
) -> None:
    remaining = config.timesteps - model.num_timesteps
    if remaining <= 0:
        logger.warning(
            "%s steps are done already, of %s; raise --timesteps to train on",
            f"{model.num_timesteps:,}",
            f"{config.timesteps:,}",
        )
        return
    progress = ProgressCallback(config.timesteps, session)
    callbacks = [*extra, progress, StopCallback(stop)]
    if config.ppo.log_std_final is not None:
        callbacks.append(
            ExplorationCallback(config.ppo.log_std_init, config.ppo.log_std_final, config.timesteps)
        )
    try:
        # SB3 adds the timesteps done to what it is told when the count is not reset.
        model.learn(remaining, callback=list(callbacks), reset_num_timesteps=not resumed)
    except ValueError as error:
        if all(bool(weights.isfinite().all()) for weights in model.policy.parameters()):
            raise
        raise HarnessError(
            "training diverged: the policy's weights are NaN; lower --learning_rate or raise "
            "--batch_size and start from an earlier checkpoint"
        ) from error
    finally:
        progress.close()


@contextlib.contextmanager
def _saved_on_failure(
    model: PPO, save: Callable[[Path], Path], paths: RunPaths, failures: RestartsCallback
) -> Iterator[None]:
    """Leave a checkpoint and what is known behind when the engine fails for good."""
    try:
        yield
    except (EngineError, ProtocolError) as error:
        failures.write_last(error)
        if model.num_timesteps > 0:
            saved = save(paths.step_model(model.num_timesteps))
            logger.warning("saved %s; go on with --resume", saved)
        raise


def _require_exportable(env: VecEnv) -> None:
    observation_parts(env.observation_space)
    action_layout(env.action_space)


def _open_log(paths: RunPaths) -> Logger:
    log = configure(str(paths.logs), ["tensorboard"])
    log.output_formats.append(JsonLinesOutput(MetricsWriter(paths.metrics)))
    return log


def _meta(
    config: TrainConfig,
    model: PPO,
    names: dict[str, list[str]],
    facts: dict[str, Any],
    restarts: int,
) -> CheckpointMeta:
    return CheckpointMeta(
        algorithm="PPO",
        scenario=config.scenario,
        seed=config.seed,
        timesteps=model.num_timesteps,
        config={**config.to_dict(), "token": ""},
        restarts=restarts,
        observation_names=names,
        scene=facts,
    )


def _announce(config: TrainConfig, settings: EnvSettings, env: VecEnv, model: PPO) -> None:
    logger.info(
        "training %s: %d agents in %d engine(s), arenas %s, %s steps, seed %d",
        config.experiment_name,
        env.num_envs,
        settings.num_envs,
        settings.isolation,
        f"{config.timesteps:,}",
        config.seed,
    )
    logger.info(
        "PPO: rollouts of %d x %d decisions, batches of %d, %d epochs",
        model.n_steps,
        env.num_envs,
        model.batch_size,
        model.n_epochs,
    )
