"""Writes milestones while a run learns: at the first end of an update after every interval.

Made by the pipeline where `training.milestone_interval` is set. What a milestone is on the disk:
`runs.milestones`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import KVWriter

from rl_training.checkpoints.shapes import layer_widths, shapes_of
from rl_training.config import TrainConfig
from rl_training.runs.milestones import (
    Milestone,
    MilestoneMeta,
    list_milestones,
    millions,
    phase_folder,
    rewrite_meta,
    write_milestone,
)
from rl_training.runs.paths import RunPaths
from rl_training.runs.policy_tags import policy_tag
from rl_training.runs.provenance import commit
from rl_training.training.milestones.rating import Place
from rl_training.training.party.party import Party

logger = logging.getLogger(__name__)

_ENTROPY, _KL, _RATING = "train/entropy_loss", "train/approx_kl", "rating/"
_LEAST = 1_000  # timesteps that a milestone out of turn is named by


class MilestoneWriter(BaseCallback):
    """Writes milestones.

    Args:
        config: the run.
        paths: of the run.
        party: who learns.
        phase: returns the phase that the run is in.
        save: writes the checkpoint of the run to a path.
        restarts: returns how many engines failed until now.
        rate: places a milestone on a ladder; None: they are not rated.

    Attributes:
        on_made: called with every new milestone.
    """

    def __init__(
        self,
        config: TrainConfig,
        paths: RunPaths,
        party: Party,
        phase: Callable[[], str],
        save: Callable[[Path], Path],
        restarts: Callable[[], int],
        rate: Callable[[Milestone], Place | None] | None = None,
    ) -> None:
        super().__init__()
        self.on_made: Callable[[Milestone], object] = lambda _: None
        self.numbers = NewestNumbers()
        self._config = config
        self._interval = config.training.milestone_interval
        self._paths = paths
        self._party = party
        self._phase = phase
        self._save = save
        self._restarts = restarts
        self._rate = rate
        self._made_at = 0
        self._began = time.monotonic()

    def _on_training_start(self) -> None:
        self._made_at = self.num_timesteps
        self._began = time.monotonic()

    def _on_rollout_start(self) -> None:
        self._write_when_due()

    def _on_training_end(self) -> None:
        self._write_when_due()

    def _on_step(self) -> bool:
        return True

    def make_now(self) -> Milestone:
        """Write a milestone out of turn."""
        done = self.model.num_timesteps
        return self._write(done // _LEAST * _LEAST or done)

    def _write_when_due(self) -> None:
        done = self.model.num_timesteps
        if done // self._interval > self._made_at // self._interval:
            self._made_at = done
            self._write(done // self._interval * self._interval)

    def _write(self, named_by: int) -> Milestone:
        phase = phase_folder(self._phase())
        meta = self._meta(f"{phase}/{millions(named_by)}", phase)
        made = write_milestone(self._paths, meta, self._fill)
        logger.info("milestone %s at %s steps", made.name, f"{meta.timesteps:,}")
        made = self._rated(made)
        self.on_made(made)
        return made

    def _rated(self, made: Milestone) -> Milestone:
        # It stands before it is rated: an interrupted rating costs no snapshot.
        place = None if self._rate is None else self._rate(made)
        if place is None:
            return made
        for tag, value in place.rating.items():
            self.logger.record(tag, value)
        told = replace(made.meta, rating=place.rating, ladder=place.ladder)
        return rewrite_meta(made, told)

    def _fill(self, folder: Path) -> None:
        # Names of policies and of the file are those that `Milestone` reads.
        unnamed = Milestone(folder, MilestoneMeta("", "", 0, "", 0.0))
        self._save(unnamed.checkpoint)
        several = len(self._party.pupils) > 1
        for pupil in self._party.pupils:
            pupil.export(unnamed.onnx(pupil.name if several else ""), self._restarts())

    def _meta(self, name: str, phase: str) -> MilestoneMeta:
        reward, success = self._party.results
        now = {**self.numbers.newest, **_numbers(self.logger.name_to_value)}
        several = len(self._party.pupils) > 1
        entropy, kl, shapes = {}, {}, {}
        for pupil in self._party.pupils:
            key = pupil.name if several else ""
            found = shapes_of(pupil.learner.actor().model)
            shapes[key] = {
                "algorithm": found.algorithm,
                "observation": found.observation,
                "actions": found.actions,
                "policy": layer_widths(found.policy),
                "critic": layer_widths(found.critic),
            }
            loss = now.get(policy_tag(key, _ENTROPY) if several else _ENTROPY)
            if loss is not None:
                entropy[key] = -loss
            divergence = now.get(policy_tag(key, _KL) if several else _KL)
            if divergence is not None:
                kl[key] = divergence
        return MilestoneMeta(
            name=name,
            phase=phase,
            timesteps=self._party.timesteps,
            time=datetime.now(timezone.utc).isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - self._began, 1),
            reward=reward,
            success_rate=success,
            entropy=entropy,
            kl=kl,
            rating=self._logged_rating(now),
            shapes=shapes,
            commit=commit(),
            config=self._config.public_dict(),
        )

    def _logged_rating(self, now: Mapping[str, float]) -> dict[str, float]:
        # What was logged of the milestone before is not this one's.
        if self._rate is not None:
            return {}
        return {tag: value for tag, value in now.items() if tag.startswith(_RATING)}


class NewestNumbers(KVWriter):
    """An output of the run's log that keeps the newest of what milestones tell.

    Attributes:
        newest: tag to number.
    """

    def __init__(self) -> None:
        self.newest: dict[str, float] = {}

    def write(
        self,
        key_values: dict[str, Any],
        key_excluded: dict[str, tuple[str, ...]],
        step: int = 0,
    ) -> None:
        """Take what is told of one row."""
        self.newest |= _numbers(key_values)

    def close(self) -> None:
        """There is nothing to close."""


def phase_of(config: TrainConfig, lessons: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the phase that a run is in: "Phase2-BronzeSkills1".

    Args:
        config: the run; its `training.phase` counts first.
        lessons: how the curriculum stands, by parameter (`Curriculum.status`); the parameter
            "phase" counts, else the first one.
    """
    if config.training.phase:
        return config.training.phase
    told = lessons.get("phase") or next(iter(lessons.values()), None)
    if told is None:
        return f"Phase1-{config.scenario}"
    name, number = str(told["name"]), told["lesson"]
    return f"Phase{number}" if name == str(number) else f"Phase{number}-{name}"


def known_milestones(paths: RunPaths) -> list[tuple[str, int]]:
    """Return the milestones of a run, the oldest first, with their timesteps."""
    return [(each.name, each.meta.timesteps) for each in list_milestones(paths)]


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    wanted = (_ENTROPY, _KL)
    return {
        tag: float(value)
        for tag, value in values.items()
        if (tag.startswith(_RATING) or tag.endswith(wanted))
        and isinstance(value, (int, float, np.floating))
        and np.isfinite(value)
    }
