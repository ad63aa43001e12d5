"""Learners that keep what was collected, in a file beside their checkpoints.

Base of the off-policy learners and of Dreamer, which say how their replay is written and read.
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rl_training.algorithms.sb3_learner import SB3Learner
from rl_training.checkpoints.checkpoint import CheckpointMeta
from rl_training.checkpoints.normaliser import Observation
from rl_training.checkpoints.replay_buffer import buffer_path

logger = logging.getLogger(__name__)


class ReplayLearner(SB3Learner):
    """What learners with a replay share; its setting is `save_replay_buffer`."""

    @abstractmethod
    def load_replay(self, path: Path) -> str | None:
        """Take over what `save_replay` wrote.

        Returns:
            What the replay holds now, in words; None: there is no file.

        Raises:
            ModelError: the file is damaged, or of another scene.
        """

    @abstractmethod
    def save_replay(self, path: Path) -> None:
        """Write the replay, whole or not at all.

        Raises:
            StorageError: the folder cannot be written, or the disk is full.
        """

    @abstractmethod
    def without_replay(self) -> str:
        """Begin with an empty replay in a resumed run; return what follows, in words."""

    def restore(self, start: Path) -> None:
        """See `SB3Learner`. The replay comes from the file beside the checkpoint."""
        super().restore(start)
        held = self.load_replay(buffer_path(start))
        if held is None:
            follows = self.without_replay()
            logger.warning("the replay buffer was not saved with %s: %s", start.name, follows)
        else:
            logger.info("the replay buffer holds %s", held)

    def save(
        self,
        path: Path,
        meta: CheckpointMeta,
        callbacks: Mapping[str, Any],
        recorded: Observation | None,
    ) -> None:
        """See `Learner`. One replay stands beside all checkpoints of a run, the newest."""
        super().save(path, meta, callbacks, recorded)
        settings: Any = self._config.algorithm
        if settings.save_replay_buffer:
            self.save_replay(buffer_path(path))
