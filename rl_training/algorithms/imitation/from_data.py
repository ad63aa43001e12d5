"""What learners from recorded play share: their model is another learner's, which they feed.

Base of behavioural cloning and of `algorithms/offline`. The scene gives the spaces, and is not
played unless evaluations are asked for. It takes no gradient step itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rl_training.algorithms.learner import Actor, Learner
from rl_training.algorithms.sb3_learner import SB3Learner
from rl_training.checkpoints.checkpoint import CheckpointMeta
from rl_training.checkpoints.normaliser import Observation
from rl_training.config import TrainConfig


class DataLearner(Learner):
    """Learns from data in the model of an inner learner.

    Args:
        inner: whose model it is; checkpoints, exports and evaluations are its own.
        config: the run.
    """

    def __init__(self, inner: SB3Learner, config: TrainConfig) -> None:
        self._inner = inner
        self._config = config
        self.env = inner.env

    @classmethod
    def inputs(cls, config: TrainConfig) -> Sequence[Path]:
        """See `Learner`: what the run begins with."""
        return SB3Learner.inputs(config)

    def restore(self, start: Path) -> None:
        """See `Learner`. The data is read anew."""
        self._inner.restore(start)

    def begin_from(self, start: Path) -> None:
        """See `Learner`."""
        self._inner.begin_from(start)

    def actor(self) -> Actor:
        """See `Learner`."""
        return self._inner.actor()

    def save(
        self,
        path: Path,
        meta: CheckpointMeta,
        callbacks: Mapping[str, Any],
        recorded: Observation | None,
    ) -> None:
        """See `Learner`."""
        self._inner.save(path, meta, callbacks, recorded)

    @property
    def timesteps(self) -> int:
        """Recorded decisions that were learned from until now, each time it was."""
        return self._inner.timesteps

    @property
    def results(self) -> tuple[float | None, float | None]:
        """See `Learner`; nothing was played."""
        return None, None

    @property
    def config(self) -> TrainConfig:
        """See `Learner`."""
        return self._config
