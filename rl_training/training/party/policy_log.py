"""The scalars of several learners in the one log of a run, each under its policy's name.

Every scalar of a learner `x` stands under `policy/x/...` with the tag that it has in a run of one
policy. What all learners log between two decisions becomes one row, at the timesteps of the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stable_baselines3.common.logger import KVWriter, Logger

from rl_training.runs.policy_tags import policy_tag


class PolicyLog:
    """Gathers the rows of the learners, and writes them with the run's own scalars.

    Args:
        log: of the run.
    """

    def __init__(self, log: Logger) -> None:
        self._log = log
        self._row: dict[str, Any] = {}
        self._excluded: dict[str, tuple[str, ...]] = {}

    @property
    def has_news(self) -> bool:
        """True when a learner has logged since the last row."""
        return bool(self._row)

    def of(self, policy: str) -> Logger:
        """Return the log of a policy's learner."""
        return Logger(None, [_Gathered(self, policy)])

    def add(self, policy: str, values: Mapping[str, Any], excluded: Mapping[str, Any]) -> None:
        """Take in what a learner logs."""
        for tag, value in values.items():
            self._row[policy_tag(policy, tag)] = value
            self._excluded[policy_tag(policy, tag)] = tuple(excluded.get(tag) or ())

    def write(self, timesteps: int) -> None:
        """Write one row: the learners' scalars, and what the run's log has recorded."""
        for tag, value in self._row.items():
            self._log.record(tag, value, exclude=self._excluded[tag])
        self._row, self._excluded = {}, {}
        self._log.dump(timesteps)


class _Gathered(KVWriter):
    """The output of one learner's log."""

    def __init__(self, log: PolicyLog, policy: str) -> None:
        self._log = log
        self._policy = policy

    def write(
        self,
        key_values: dict[str, Any],
        key_excluded: dict[str, Sequence[str]],  # type: ignore[override]
        step: int = 0,
    ) -> None:
        """Hand a row on; its timesteps are the learner's own and count for nothing here."""
        self._log.add(self._policy, key_values, key_excluded)

    def close(self) -> None:
        """There is nothing to close."""
