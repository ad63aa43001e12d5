"""From a run's settings and its environment to the callback that hands out levels.

Called by the pipeline.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rl_training.config import TrainConfig
from rl_training.config.curriculum import LevelSettings
from rl_training.config.sections import EvaluationSettings
from rl_training.errors import ConfigError
from rl_training.runs.seeds import episode_seed
from rl_training.training.levels.advantages import EpisodeAdvantages
from rl_training.training.levels.callback import LevelsCallback
from rl_training.training.levels.learnability import Learnability
from rl_training.training.levels.regret import Regret
from rl_training.training.levels.samplers import LevelSampler, Uniform
from rl_training.training.levels.stream import LevelStream

_RANDOM_STREAM = 0x4C564C53
_HALF_LIVES = 20  # of a run


def make_levels(config: TrainConfig, env: Any, models: Sequence[Any]) -> LevelsCallback | None:
    """Return what chooses the episodes of a run; None when every episode is a fresh one.

    Args:
        config: the run.
        env: of all engines.
        models: of the learners.

    Raises:
        ConfigError: the environment takes no levels, or the learner has no advantages to score by.
    """
    given = config.levels
    if given.sampler == "fresh":
        return None
    if not hasattr(env, "set_levels"):
        raise ConfigError(
            f"levels.sampler is {given.sampler}, and this environment takes no levels: it needs a "
            "game with addons/godot_rl; choose fresh"
        )
    sampler = make_sampler(given, config)
    rollout = max((int(getattr(model, "n_steps", 1)) for model in models), default=1)
    advantages: EpisodeAdvantages | None = None
    if sampler.needs_scores:
        buffer = getattr(models[0], "rollout_buffer", None) if len(models) == 1 else None
        if buffer is None:
            raise ConfigError(
                "levels.sampler regret scores by the advantages of a rollout, which "
                + (
                    f"{config.algorithm.name} has none of"
                    if len(models) == 1
                    else f"{len(models)} policies that learn do not share"
                )
                + "; choose learnability or uniform"
            )
        advantages = EpisodeAdvantages(buffer.n_envs, given.score)
    arenas = sorted({arena for group in env.groups.values() for arena in group.arenas})
    return LevelsCallback(sampler, env, arenas, advantages=advantages, rollout=rollout)


def make_sampler(given: LevelSettings, config: TrainConfig) -> LevelSampler:
    """Return the sampler that the settings name, which is not fresh.

    Args:
        given: the settings.
        config: the run, for its seed, its length and the evaluations' seed.
    """
    seed = config.seed if given.seed is None else given.seed
    reserved = {config.evaluation.seed, EvaluationSettings().seed}
    stream = LevelStream(seed, sorted(reserved))
    half_life = given.half_life or max(1.0, config.training.timesteps / _HALF_LIVES)
    random = episode_seed(config.seed, _RANDOM_STREAM)
    common = (stream, given.count, half_life, random)
    if given.sampler == "uniform":
        return Uniform(*common)
    if given.sampler == "learnability":
        return Learnability(*common, given.share, given.best)
    return Regret(*common, given.share, given.temperature, given.staleness)
