"""Dreamer in the one pipeline: `--set algorithm.name=dreamer`."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, cast

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from rl_training.algorithms.dreamer.beginning import fill_replay, take_world_model
from rl_training.algorithms.dreamer.dreamer import Dreamer
from rl_training.algorithms.replay_learner import ReplayLearner
from rl_training.algorithms.world_model.layout import Layout
from rl_training.algorithms.world_model.parts import models
from rl_training.checkpoints.checkpoint import CheckpointMeta
from rl_training.checkpoints.normaliser import Observation
from rl_training.config import TrainConfig
from rl_training.config.algorithms import AlgorithmSettings
from rl_training.config.dreamer import DreamerSettings
from rl_training.data.readers import read_all
from rl_training.errors import ActionSpaceError, ModelError

logger = logging.getLogger(__name__)

_FIXED = ("size", "state_dim", "hidden_dim", "unimix")
"""Settings that make the networks: a resumed run cannot change them."""


class DreamerLearner(ReplayLearner):
    """A policy that learns in the imagination of a world model."""

    settings: ClassVar[type[AlgorithmSettings]] = DreamerSettings

    def kind(self) -> type[BaseAlgorithm]:
        """See `SB3Learner`."""
        return Dreamer

    def changeable(self) -> dict[str, Any]:
        """See `SB3Learner`."""
        return {"learning_rate": self.rate(), "settings": self._given().to_dict()}

    def policy_kwargs(self) -> dict[str, Any]:
        """See `SB3Learner`: sizes are Dreamer's own."""
        given = self._given()
        made_by = {name: getattr(given, name) for name in _FIXED}
        return {"net_arch": list(self._config.network.net_arch), "made_by": made_by}

    def prepared(self, env: VecEnv) -> VecEnv:
        """See `SB3Learner`.

        Raises:
            ActionSpaceError: the spaces are of a kind that no world model takes.
            UsageError: torchrl is not installed.
        """
        models()
        try:
            Layout.of_spaces(env.observation_space, env.action_space)
        except ModelError as error:
            raise ActionSpaceError(str(error)) from error
        return env

    @classmethod
    def inputs(cls, config: TrainConfig) -> Sequence[Path]:
        """See `Learner`: what the run begins with."""
        given = cast(DreamerSettings, config.algorithm)
        more = [] if given.world_model is None else [Path(given.world_model)]
        return [*super().inputs(config), *more]

    def make(self) -> BaseAlgorithm:
        """See `SB3Learner`. A world model and recorded episodes are taken over."""
        model = cast(Dreamer, super().make())
        given = self._given()
        if self._config.training.resume:
            return model
        if given.world_model is not None:
            take_world_model(model, Path(given.world_model))
            logger.info("the world model begins with %s", given.world_model)
        if given.demonstrations:
            rows = fill_replay(model, read_all(given.demonstrations))
            logger.info("the replay begins with %s recorded observations", f"{rows:,}")
        return model

    def restore(self, start: Path) -> None:
        """See `ReplayLearner`."""
        super().restore(start)
        model = cast(Dreamer, self.model)
        for name in _FIXED:
            before, wanted = getattr(model.policy.settings, name), getattr(self._given(), name)
            if before != wanted:
                raise ModelError(
                    f"{start} has algorithm.{name} {before!r}, the settings ask for {wanted!r}: it "
                    "cannot change in a resumed run"
                )

    def load_replay(self, path: Path) -> str | None:
        """See `ReplayLearner`."""
        replay = cast(Dreamer, self.model).replay
        return f"{len(replay):,} observations" if replay.load(path) else None

    def save_replay(self, path: Path) -> None:
        """See `ReplayLearner`."""
        cast(Dreamer, self.model).replay.save(path, self.timesteps)

    def without_replay(self) -> str:
        """See `ReplayLearner`."""
        return "it fills anew"

    def save(
        self,
        path: Path,
        meta: CheckpointMeta,
        callbacks: Mapping[str, Any],
        recorded: Observation | None,
    ) -> None:
        """See `ReplayLearner`. A thread that learns holds still."""
        with cast(Dreamer, self.model).paused():
            super().save(path, meta, callbacks, recorded)

    def describe(self) -> str:
        """See `Learner`."""
        given = self._given()
        weights = sum(one.numel() for one in self.model.policy.parameters())
        when = "beside collecting" if given.learning == "parallel" else "in turns"
        return (
            f"DREAMER {given.size}: {weights:,} weights, {given.batch_size} sequences of "
            f"{given.sequence_length} per gradient step, {given.train_ratio:g} observations "
            f"replayed for each collected one, {when}"
        )

    def _given(self) -> DreamerSettings:
        return cast(DreamerSettings, self._config.algorithm)
