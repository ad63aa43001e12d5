"""Episodes for the stages of `--mode all`: collected into a file, or played to see how good."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rl_training.config import TrainConfig
from rl_training.config.modes import RANDOM
from rl_training.config.parameter_plan import evaluation_parameters
from rl_training.data.trajectory import Trajectory
from rl_training.envs.settings import EnvSettings
from rl_training.evaluation.evaluate import play_settings
from rl_training.evaluation.request import EvaluationRequest
from rl_training.play.collecting.collector import DataCollector
from rl_training.runs.progress import Progress
from rl_training.scenarios import get_scenario

MakeEnv = Callable[[EnvSettings, Any], Any]


def play_episodes(
    config: TrainConfig,
    model: str,
    episodes: int,
    make_env: MakeEnv,
    *,
    seed: int,
    output: Path | None = None,
) -> Sequence[Trajectory]:
    """Play until there are so many episodes; those that a file holds already count.

    Args:
        config: which game, in how many engines, with which parameters.
        model: a .zip or .onnx file, or `RANDOM`.
        episodes: how many.
        make_env: makes the environment.
        seed: which ones.
        output: a file that they are appended to as they end; None: they are kept in memory.

    Raises:
        HarnessError: the model or the engine cannot be used; what had ended is in the file.
    """
    settings = _settings(config, model, episodes)
    parameters = evaluation_parameters(config)

    def make() -> Any:
        env = make_env(settings, config.environment.vec_env)
        if parameters:
            env.set_parameters(dict(parameters))
        return env

    progress = Progress(episodes, unit="episode")
    with DataCollector(
        make,
        output,
        resume=True,
        seed=seed,
        meta={"scenario": config.scenario},
        on_episode=progress.update,
    ) as collector:
        try:
            return collector.collect_episodes(episodes, None if model == RANDOM else model)
        finally:
            progress.close()


def told_of(episodes: Sequence[Trajectory]) -> str:
    """Return in a few words how good episodes are: "success 96 % of 50, mean reward 3.2"."""
    known = [one.success for one in episodes if one.success is not None]
    reward = f"mean reward {np.mean([one.rewards.sum() for one in episodes]):.2f}"
    if not known:
        return f"{reward} of {len(episodes)} episodes"
    return f"success {100.0 * sum(known) / len(known):.0f} % of {len(known)}, {reward}"


def _settings(config: TrainConfig, model: str, episodes: int) -> EnvSettings:
    given = config.environment
    request = EvaluationRequest(
        model=Path(model),
        scenario=config.scenario,
        episodes=episodes,
        seed=config.seed,
        num_envs=given.num_envs,
        arenas=given.arenas,
        godot=given.godot,
        env_path=given.env_path,
        project_path=given.project_path,
        scene_path=given.scene_path,
        port=given.port,
        timeout_s=given.timeout_s,
        simulator=given.simulator,
    )
    settings = play_settings(request, get_scenario(config.scenario))
    if settings.twin is not None:
        return settings
    return replace(
        settings,
        isolation=given.isolation,
        action_repeat=given.action_repeat or settings.action_repeat,
        max_restarts=given.max_restarts,
    )
