"""Stages of a run that are the same however many policies learn: inputs, log, what is said."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from stable_baselines3.common.logger import HumanOutputFormat, KVWriter, Logger

from rl_training.algorithms.registry import learner_class
from rl_training.config import TrainConfig
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ConfigError, ModelError
from rl_training.runs.metrics import MetricsWriter
from rl_training.runs.paths import RunPaths
from rl_training.runs.session import RunSession
from rl_training.runs.settings_diff import resume_changes
from rl_training.training.callbacks import JsonLinesOutput
from rl_training.training.party.party import Party
from rl_training.training.tracking import make_trackers

logger = logging.getLogger(__name__)


def require_inputs(config: TrainConfig, paths: RunPaths) -> None:
    """Refuse files to learn from or to play against that are missing, or that the run replaces.

    Raises:
        ModelError: there is one.
    """
    for path in _inputs(config):
        if not path.is_file():
            raise ModelError(f"no model at {path}")
        replaced = [paths.final_model, paths.final_onnx, paths.best_model]
        if path.resolve() in [each.resolve() for each in replaced]:
            raise ModelError(
                f"the run would replace {path}, which it learns from; choose another "
                "--experiment_name"
            )


def _inputs(config: TrainConfig) -> Sequence[Path]:
    found = list(learner_class(config.algorithm.name).inputs(config))
    for name, policy in config.policies.items():
        if policy.model is not None:
            found.append(Path(policy.model))
        elif policy.algorithm is not None:
            own = config.for_policy(name)
            found += learner_class(own.algorithm.name).inputs(own)
    return found


def open_log(session: RunSession, config: TrainConfig) -> Logger:
    """Return the run's log: metrics.jsonl and the trackers that the settings name.

    With debug lines wanted (`train --verbose`), every rollout's figures go to stderr as well.
    """
    paths = session.paths
    settings = config.public_dict()
    names = config.training.track
    trackers = make_trackers(names, paths.experiment, session.id, paths.logs, settings)
    outputs: list[KVWriter] = [*trackers, JsonLinesOutput(MetricsWriter(paths.metrics))]
    if logger.isEnabledFor(logging.DEBUG):
        outputs.append(HumanOutputFormat(sys.stderr))
    return Logger(str(paths.logs), outputs)


def begin_from(party: Party, start: Path) -> None:
    """Begin a new run with the policy of a checkpoint.

    Raises:
        ConfigError: several policies learn, or the algorithm cannot.
        ModelError: the file does not fit.
    """
    if len(party.pupils) > 1:
        raise ConfigError(
            "training.start_from begins one policy, and several learn here: leave it out"
        )
    party.pupils[0].learner.begin_from(start)
    logger.info("beginning with the policy of %s", start)


def tell_changes(paths: RunPaths, config: TrainConfig) -> None:
    """Say in which settings a resumed run differs from the part before."""
    try:
        saved = TrainConfig.from_dict(json.loads(paths.config.read_text(encoding="utf-8")))
    except (OSError, ValueError, ConfigError):
        return
    for line in resume_changes(saved.public_dict(), config.public_dict()):
        logger.info("changed for this part: %s", line)


def announce(config: TrainConfig, settings: EnvSettings, party: Party) -> None:
    """Say what is trained, and how each policy learns."""
    where = f"{settings.num_envs} engine(s), arenas {settings.isolation}"
    logger.info(
        "training %s: %d agents in %s, %s steps, seed %d",
        config.experiment_name,
        party.num_agents,
        where if settings.twin is None else "NumPy worlds",
        f"{config.training.timesteps:,}",
        config.seed,
    )
    for line in party.describe():
        logger.info("%s", line)
