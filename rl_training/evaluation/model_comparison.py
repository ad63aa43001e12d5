"""Models for one scene beside each other: size, speed, agreement, and how well they play.

Called by `compare_models.py`, `quantize_model.py` and `distill_policy.py`. The first model is the
reference: the others are compared with its actions, on observations that it met in the real scene.
Speed and play are the engine's own, with no Python in the loop, and every model plays the same
episodes.
"""

from __future__ import annotations

import dataclasses
import logging
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from stable_baselines3.common.vec_env import VecEnv

from rl_training.engine import find_engine
from rl_training.envs.factory import make_simulation
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ConfigError, ModelError
from rl_training.evaluation.action_agreement import Agreement, compare_outputs
from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.observation_recording import record_observations
from rl_training.evaluation.player_files import as_onnx
from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.request import ComparisonOptions
from rl_training.policy_export.in_engine_timing import EngineTiming, time_in_engine
from rl_training.policy_export.model_outputs import comparable
from rl_training.policy_export.verify import open_session, run_session

logger = logging.getLogger(__name__)

EnvFactory = Callable[[EnvSettings, Any], VecEnv]


@dataclass(frozen=True)
class PlayFigures:
    """Part of an in-engine evaluation's report, and how it compares with the reference's.

    Attributes:
        num_episodes: that were played.
        success_rate: None when the scene does not tell success.
        success_rate_ci95: likewise.
        mean_reward: of an episode.
        mean_reward_ci95: of it.
        mean_episode_length: decisions.
        metrics: the scene's, name to mean.
        lost: episodes in which only the reference succeeded.
        gained: episodes in which only this model succeeded.
        engine_errors: kind of the engine's messages to how many there were.
    """

    num_episodes: int
    success_rate: float | None
    success_rate_ci95: tuple[float, float] | None
    mean_reward: float
    mean_reward_ci95: tuple[float, float]
    mean_episode_length: float
    metrics: dict[str, float]
    lost: int
    gained: int
    engine_errors: dict[str, int]


@dataclass(frozen=True)
class ModelFigures:
    """What is known of one model.

    Attributes:
        label: its name in tables.
        model: its file.
        file_bytes: size of its ONNX file.
        timing: in the engine.
        agreement: with the reference; None for the reference itself, or when nothing was played.
        play: in the engine; None when nothing was played.
    """

    label: str
    model: str
    file_bytes: int
    timing: EngineTiming
    agreement: Agreement | None = None
    play: PlayFigures | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as a dictionary that JSON can hold."""
        return dataclasses.asdict(self)


def compare_models(
    models: Sequence[Path],
    options: ComparisonOptions,
    labels: Sequence[str] | None = None,
    make_env: EnvFactory = make_simulation,
) -> tuple[ModelFigures, ...]:
    """Measure the models.

    Args:
        models: .onnx or .zip files; the first is the reference.
        options: what is measured; its request's `model` and `in_engine` are not used.
        labels: names for tables; None: the files' names.
        make_env: makes the environment in which observations are recorded.

    Raises:
        HarnessError: a model, the scenario or the engine cannot be used.
    """
    names = list(labels) if labels else [path.stem for path in models]
    if len(names) != len(models):
        raise ConfigError(f"{len(names)} labels for {len(models)} models")
    request = options.request
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as folder:
        files = [_as_onnx(path, Path(folder, f"{i}.onnx")) for i, path in enumerate(models)]
        agreements: list[Agreement | None] = [None] * len(files)
        if options.play:
            logger.info("recording observations of the scene")
            agreements[1:] = _agreements(files, options, make_env)
        logger.info("timing in the engine")
        engine = find_engine(request.godot).path
        timings = time_in_engine(files, engine, timeout_s=max(60.0, request.timeout_s))
        reports: list[EvaluationReport | None] = [None] * len(files)
        if options.play:
            for index, file in enumerate(files):
                logger.info("playing %d episodes in the engine: %s", request.episodes, names[index])
                asked = dataclasses.replace(request, model=file, in_engine=True)
                reports[index] = evaluate(asked)
        return tuple(
            ModelFigures(
                label=names[index],
                model=str(models[index]),
                file_bytes=file.stat().st_size,
                timing=timings[index],
                agreement=agreements[index],
                play=_summary(reports[index], reports[0]),
            )
            for index, file in enumerate(files)
        )


def _as_onnx(path: Path, target: Path) -> Path:
    found = as_onnx(path, target)
    if not found.is_file():
        raise ModelError(f"no model at {path}")
    open_session(found)
    return found


def _agreements(
    files: Sequence[Path], options: ComparisonOptions, make_env: EnvFactory
) -> list[Agreement]:
    request = dataclasses.replace(options.request, model=files[0], in_engine=False)
    recording = record_observations(request, options.samples, make_env)
    outputs = [
        comparable(_outputs(path, recording.observations), recording.actions) for path in files
    ]
    for path, output in zip(files, outputs, strict=True):
        if output.shape != outputs[0].shape:
            raise ModelError(
                f"{path} gives {output.shape[1]} outputs, the reference {outputs[0].shape[1]}"
            )
    nvec = recording.actions.get("nvec")
    return [compare_outputs(outputs[0], one, nvec, options.tolerance) for one in outputs[1:]]


def _outputs(path: Path, observations: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
    """Run one observation at a time: dynamic int8 rounds by the largest value of the batch."""
    session = open_session(path)
    try:
        rows = [run_session(session, row[None]) for row in observations]
    except Exception as error:
        # onnxruntime's exceptions share no base class.
        size = observations.shape[1]
        raise ModelError(f"{path} does not take the scene's {size} floats: {error}") from error
    return np.concatenate(rows)


def _summary(
    report: EvaluationReport | None, reference: EvaluationReport | None
) -> PlayFigures | None:
    if report is None or reference is None:
        return None
    pairs = zip(reference.episodes, report.episodes, strict=True)
    succeeded = [(bool(one.success), bool(two.success)) for one, two in pairs]
    return PlayFigures(
        num_episodes=report.num_episodes,
        success_rate=report.success_rate,
        success_rate_ci95=report.success_rate_ci95,
        mean_reward=report.mean_reward,
        mean_reward_ci95=report.mean_reward_ci95,
        mean_episode_length=report.mean_episode_length,
        metrics=report.metrics,
        lost=sum(one and not two for one, two in succeeded),
        gained=sum(two and not one for one, two in succeeded),
        engine_errors={}
        if report.engine_errors is None
        else {kind: found.count for kind, found in report.engine_errors.kinds().items()},
    )
