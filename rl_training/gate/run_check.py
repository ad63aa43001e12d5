"""Did a training of one or of several policies go as it should? Each policy has its own checks.

`gate training` and the page call it. One policy's checks are `training_check.check_training`; with
several, what belongs to learning is judged policy by policy, and called `<policy>/<check>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rl_training.errors import ConfigError, nearest
from rl_training.gate.metric_values import SEPARATOR
from rl_training.gate.thresholds import Thresholds
from rl_training.gate.training_check import TrainingCheck, check_training
from rl_training.runs.training_log import TrainingLog

POLICIES = "policies"
"""Key of a file's thresholds of single policies, by their names."""

_OF_THE_RUN = (
    "timesteps",
    "largest physics time (ms)",
    "mean physics time (ms)",
    "decisions per second",
    "engines restarted",
)


@dataclass(frozen=True)
class RunThresholds:
    """Thresholds of a run, and what differs for single policies.

    Attributes:
        run: of the run, and of every policy that learns.
        policies: name of a policy to the thresholds that differ.
    """

    run: Thresholds = field(default_factory=Thresholds)
    policies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def replace(self, changes: Mapping[str, Any]) -> RunThresholds:
        """Return a copy with `changes`, as a file holds them.

        Raises:
            ConfigError: a name is unknown, or a value is no number or out of range.
        """
        plain = {name: value for name, value in changes.items() if name != POLICIES}
        given = changes.get(POLICIES, {})
        if not isinstance(given, Mapping) or not all(
            isinstance(each, Mapping) for each in given.values()
        ):
            raise ConfigError(f"{POLICIES} must hold the thresholds of each policy by its name")
        changed = RunThresholds(self.run.replace(plain), {**self.policies, **given})
        for name in given:
            changed.of(name)
        return changed

    def of(self, policy: str) -> Thresholds:
        """Return what a policy is held to."""
        return self.run.replace(self.policies.get(policy, {}))


def check_run(log: TrainingLog, thresholds: RunThresholds) -> TrainingCheck:
    """Hold a run's logs against thresholds; of several policies, each that learned by itself.

    Raises:
        ConfigError: there are thresholds of a policy that the run does not have.
    """
    own = log.of_policies()
    for name in thresholds.policies:
        if name not in own:
            raise ConfigError(
                f"there are thresholds of the policy {name!r}, which the run does not have."
                f"{nearest(name, own)} It has: {', '.join(own) or 'one policy without a name'}"
            )
    whole = check_training(log, thresholds.run)
    if not own:
        return whole
    checks = [check for check in whole.checks if check.name in _OF_THE_RUN]
    for name, policy in own.items():
        # A frozen policy is only held to what is said of it by name.
        if not any(tag.startswith("train/") for tag in policy.tags()) and (
            name not in thresholds.policies
        ):
            continue
        judged = check_training(policy, thresholds.of(name)).checks
        checks += [
            replace(check, name=f"{name}{SEPARATOR}{check.name}")
            for check in judged
            if check.name not in _OF_THE_RUN
        ]
    return replace(whole, checks=tuple(checks))
