"""`--mode all` from its settings to the table of what was made; stages that are finished are kept.

Called by `commands/train_modes.py`. It trains nothing itself: `stages` does.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rl_training.algorithms.sb3_learner import limit_threads
from rl_training.algorithms.world_model.parts import models
from rl_training.config import TrainConfig
from rl_training.envs.factory import make_simulation
from rl_training.errors import UsageError
from rl_training.studies.all_modes.playing import MakeEnv
from rl_training.studies.all_modes.record import FAILED, STOPPED, Record, StageResult
from rl_training.studies.all_modes.stages import DREAMER, STAGES, WORLD_MODEL, Work
from rl_training.training.configuration import GivenSettings, run_paths

logger = logging.getLogger(__name__)

ALL = tuple(STAGES)
_TAUGHT = ("bc", "td3_bc", "dagger", "distillation", "dreamer")
_LENGTHS = ("episodes", "epochs", "timesteps")


def run_stages(
    given: GivenSettings,
    stages: Sequence[str] = ALL,
    make_env: MakeEnv = make_simulation,
    on_end: Callable[[Record], None] | None = None,
) -> Record:
    """Run stages in their order; a stop by a signal ends it cleanly after what was going on.

    Args:
        given: what the user gave; `training.resume` goes on with an earlier call.
        stages: names, of those that are to run.
        make_env: makes environments.
        on_end: told what was made, also where a stage failed or was stopped.

    Returns:
        What was made; `finished` of the last stage is False when a signal came.

    Raises:
        UsageError: an earlier call left its files here and it is not to be resumed, or torchrl is
            not installed.
        HarnessError: a stage failed; the ones before it are recorded.
        KeyboardInterrupt: a signal came outside of learning; what was reached is recorded.
    """
    work = _prepared(given, make_env)
    if WORLD_MODEL in stages or DREAMER in stages:
        models()
    limit_threads(work.base.training.torch_threads)
    try:
        for number, name in enumerate(stages, 1):
            place = f"stage {number} of {len(stages)}, {name}"
            known = work.record.stages.get(name)
            if known is not None and _is_done(work, known):
                logger.info("%s: finished before, skipped", place)
                work.record.stages[name] = replace(known, skipped=True)
                continue
            logger.info("%s", place)
            if not _done(work, name):
                break
    finally:
        if on_end is not None:
            on_end(work.record)
    return work.record


def _done(work: Work, name: str) -> bool:
    """Run a stage and record it; return whether it was finished."""
    began, word = time.monotonic(), FAILED
    result = None
    try:
        result = STAGES[name](work)
    except KeyboardInterrupt:
        word = STOPPED
        raise
    finally:
        if result is None:
            seconds = time.monotonic() - began
            work.record.add(StageResult(name, (), seconds, word, {}, finished=False))
    work.record.add(result)
    return result.finished


def folder_of(base: TrainConfig) -> Path:
    """Return where the stages keep data, world model and record."""
    return run_paths(base).root / "stages" / base.experiment_name


def _base(given: GivenSettings) -> TrainConfig:
    # What there is to resume is looked for stage by stage.
    flags = {path: value for path, value in given.flags.items() if path != "training.resume"}
    return replace(given, flags=flags).resolved().config


def _prepared(given: GivenSettings, make_env: MakeEnv) -> Work:
    base, wanted = _base(given), given.flags.get("training.resume")
    resumed = bool(wanted and wanted[1])
    name = base.algorithm.name
    if name in _TAUGHT:
        raise UsageError(
            f"--algorithm is how the stage policy learns by playing; {name} is another stage's"
        )
    if base.policies.names:
        raise UsageError("--mode all trains one policy; leave out the section policies")
    folder = folder_of(base)
    record = Record(folder / "stages.json")
    if not resumed and folder.is_dir() and any(folder.iterdir()):
        raise UsageError(
            f"{folder} holds an earlier run of {base.experiment_name}: go on with --resume, or "
            "choose another --experiment_name"
        )
    folder.mkdir(parents=True, exist_ok=True)
    return Work(given, given.stages(), base, folder, record, make_env, resumed)


def _is_done(work: Work, known: StageResult) -> bool:
    """Return whether a recorded stage need not go on: its files are there, and no more is asked."""
    if not known.finished or not all(Path(path).exists() for path in known.made[:1]):
        return False
    asked = _asked(work, known)
    longer = any(asked.get(key, 0) > known.settings.get(key, 0) for key in _LENGTHS)
    if not longer and any(known.settings.get(key) != value for key, value in asked.items()):
        logger.warning(
            "%s was made with other settings than those given now, and is kept; choose another "
            "--experiment_name for a new one",
            known.stage,
        )
    return not longer


def _asked(work: Work, known: StageResult) -> Mapping[str, Any]:
    """Return what a recorded stage is asked for now, as far as that is compared."""
    section = {"collection": work.settings.collection, WORLD_MODEL: work.settings.world_model}
    if known.stage in section:
        return section[known.stage].to_dict()
    algorithm = known.settings["algorithm"]["name"]
    config = work.config(known.stage, algorithm, {"training.resume": False})
    return {"timesteps": config.training.timesteps, "network": config.network.to_dict()}
