"""The stages of `--mode all`. Each takes what earlier ones made, and returns what it made itself.

`run` calls them in their order. Every policy that comes out is played on the same unseen episodes.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rl_training.algorithms.dreamer.beginning import OtherModelError
from rl_training.config import TrainConfig
from rl_training.config.modes import StageSettings
from rl_training.data.readers import read_all
from rl_training.errors import ModelError
from rl_training.runs.paths import RunPaths
from rl_training.studies.all_modes.playing import MakeEnv, play_episodes, told_of
from rl_training.studies.all_modes.record import STOPPED, Record, StageResult
from rl_training.studies.world_model_run import run_world_model
from rl_training.training.configuration import GivenSettings, run_paths
from rl_training.training.pipeline import train

logger = logging.getLogger(__name__)

COLLECTION, WORLD_MODEL, POLICY, DREAMER, IMITATION = (
    *("collection", "world_model", "policy", "dreamer", "imitation"),
)
_DEMONSTRATIONS_SEED = 500_000
"""Added to the run's seed: the trained policy's demonstrations are of other episodes."""
_BOTH, _COLLECTION = "both", "collection"


@dataclass(frozen=True)
class Work:
    """What all stages share.

    Attributes:
        given: what the user gave.
        settings: of the stages.
        base: the policy's settings, which say game, engines and seed.
        folder: of data and the world model.
        record: of what was made.
        make_env: makes environments.
        resumed: go on with what is there.
    """

    given: GivenSettings
    settings: StageSettings
    base: TrainConfig
    folder: Path
    record: Record
    make_env: MakeEnv
    resumed: bool

    def made(self, stage: str) -> str:
        """Return the first file that a finished stage made."""
        return self.record.stages[stage].made[0]

    def config(self, stage: str, algorithm: str, changes: Mapping[str, Any]) -> TrainConfig:
        """Return the settings of a stage that trains.

        Args:
            stage: its name.
            algorithm: how it learns.
            changes: dotted path to what the stage needs, above all that the user gave.
        """
        name = f"{self.base.experiment_name}_{stage}"
        above: dict[str, Any] = {
            "algorithm.name": algorithm,
            "experiment_name": name,
            "training.resume": self.resumed and self._can_resume(name),
            **changes,
        }
        if stage != POLICY:
            above.update({"training.start_from": None, "training.start_log_std": None})
        return self.given.resolved(self.base.algorithm.name, above).config

    def _can_resume(self, name: str) -> bool:
        try:
            RunPaths(name, run_paths(self.base).root).resume_point()
        except ModelError:
            return False
        return True


Stage = Callable[[Work], StageResult]


def collect(work: Work) -> StageResult:
    """Collect the episodes that the world model, Dreamer and offline learners learn from."""
    wanted, began = work.settings.collection, time.monotonic()
    data = work.folder / "collection.traj"
    found = play_episodes(
        work.base, wanted.policy, wanted.episodes, work.make_env, seed=work.base.seed, output=data
    )
    decisions = sum(len(one) for one in found)
    result = f"{len(found):,} episodes, {decisions:,} decisions; {told_of(found)}"
    return StageResult(COLLECTION, (str(data),), time.monotonic() - began, result, wanted.to_dict())


def world_model(work: Work) -> StageResult:
    """Train a world model on what was collected."""
    wanted, began = work.settings.world_model, time.monotonic()
    made = run_world_model(
        read_all([work.made(COLLECTION)]),
        work.folder,
        wanted.plain(),
        wanted.epochs,
        seed=work.base.seed,
        on_epoch=lambda one: logger.info(
            "epoch %d: loss %.3f%s",
            one.number,
            one.training["loss"],
            f", validation {one.validation['loss']:.3f}" if one.validation else "",
        ),
    )
    for line in made.told:
        logger.info("%s", line)
    result = f"{made.updates:,} gradient steps; {made.told[0]}"
    files = (str(made.model), str(made.page))
    return StageResult(WORLD_MODEL, files, time.monotonic() - began, result, wanted.to_dict())


def policy(work: Work) -> StageResult:
    """Train a policy by playing."""
    config = work.config(POLICY, work.base.algorithm.name, {})
    return _trained(work, POLICY, config, time.monotonic())


def dreamer(work: Work) -> StageResult:
    """Train Dreamer, beginning with the world model and what was collected."""
    began = time.monotonic()
    changes: dict[str, Any] = {"algorithm.demonstrations": [work.made(COLLECTION)]}
    if work.settings.dreamer.learning_starts is None:
        changes["algorithm.learning_starts"] = 0
    model = {"algorithm.world_model": work.made(WORLD_MODEL)}
    try:
        config = work.config(DREAMER, DREAMER, changes | model)
        return _trained(work, DREAMER, config, began)
    except OtherModelError as error:
        logger.warning("Dreamer begins with a world model of its own: %s", error)
        return _trained(work, DREAMER, work.config(DREAMER, DREAMER, changes), began)


def imitation(work: Work) -> StageResult:
    """Let the trained policy give demonstrations, and learn from them."""
    wanted, began = work.settings.imitation, time.monotonic()
    source = wanted.source or (_BOTH if wanted.algorithm == "td3_bc" else POLICY)
    data = []
    if source in (_COLLECTION, _BOTH):
        data.append(work.made(COLLECTION))
    if source in (POLICY, _BOTH):
        file = work.folder / "demonstrations.traj"
        seed = work.base.seed + _DEMONSTRATIONS_SEED
        shown = play_episodes(
            work.base, work.made(POLICY), wanted.episodes, work.make_env, seed=seed, output=file
        )
        logger.info("demonstrations of the policy: %s", told_of(shown))
        data.append(str(file))
    changes: dict[str, Any] = {"algorithm.demonstrations": data}
    if work.base.algorithm.name == "recurrent_ppo" and wanted.algorithm == "bc":
        # What a memory decided is learned by a memory.
        changes["algorithm.use_sequences"] = True
    config = work.config(IMITATION, wanted.algorithm, changes)
    return _trained(work, IMITATION, config, began)


STAGES: Mapping[str, Stage] = {
    COLLECTION: collect,
    WORLD_MODEL: world_model,
    POLICY: policy,
    DREAMER: dreamer,
    IMITATION: imitation,
}
"""In their order."""


def _trained(work: Work, stage: str, config: TrainConfig, began: float) -> StageResult:
    result = train(config, work.make_env)
    for line in result.summary().splitlines():
        logger.info("%s", line)
    files = tuple(str(path) for path in (result.model, result.onnx) if path is not None)
    settings = {
        "algorithm": config.algorithm.to_dict(),
        "network": config.network.to_dict(),
        "timesteps": config.training.timesteps,
    }
    done = f"{config.algorithm.name}, {result.timesteps:,} timesteps"
    if result.stopped or result.asked_to_stop:
        seconds = time.monotonic() - began
        return StageResult(stage, files, seconds, f"{STOPPED}: {done}", settings, finished=False)
    judged = config.evaluation
    shown = play_episodes(
        config, str(result.model), judged.episodes, work.make_env, seed=judged.seed
    )
    seconds = time.monotonic() - began
    return StageResult(stage, files, seconds, f"{done}; {told_of(shown)}", settings)
