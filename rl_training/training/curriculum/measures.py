"""What a lesson is judged by: from the name in the configuration to a number.

Called by `lessons`. Three kinds: what each episode tells (the mean over the lesson's own episodes
counts), what the run logs, and how far the run is. Nothing here keeps a value.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rl_training.errors import ConfigError, nearest
from rl_training.runs.policy_tags import policy_tag

SUCCESS, REWARD, LENGTH, PROGRESS = "success_rate", "mean_reward", "mean_length", "progress"
OF_EPISODES = (SUCCESS, REWARD, LENGTH)
METRIC, TERM = "episode/", "reward/"
_EVALUATION = "eval/"

Kind = Literal["episodes", "logged", "progress"]


@dataclass(frozen=True)
class Measure:
    """What a lesson is judged by.

    Attributes:
        name: as the configuration has it.
        kind: "episodes": each tells a value, and their mean counts; "logged": the newest value that
            the run has logged; "progress": the share of the run's timesteps, in [0, 1].
        key: of episodes: success_rate, mean_reward, mean_length, episode/<metric> or
            reward/<term>; of what is logged: its tag in the run's log.
        policy: whose episodes count; None: those of all that learn.
    """

    name: str
    kind: Kind
    key: str
    policy: str | None = None

    def counts(self, policy: str) -> bool:
        """Return whether episodes of a policy count."""
        return self.policy is None or self.policy == policy


def read_measure(name: str, policies: Sequence[str]) -> Measure:
    """Return what a name means.

    Args:
        name: of the configuration. A policy's name and "/" may stand before it.
        policies: names of those that learn; [""] where there is one without a name.

    Raises:
        ConfigError: it names a policy that does not learn.
    """
    owners = [each for each in policies if each and name.startswith(f"{each}/")]
    policy = max(owners, key=len, default=None)
    rest = name if policy is None else name[len(policy) + 1 :]
    if rest == PROGRESS:
        return Measure(name, "progress", PROGRESS)
    if rest in OF_EPISODES or rest.startswith((METRIC, TERM)):
        return Measure(name, "episodes", rest, policy)
    if "/" not in rest:
        return Measure(name, "episodes", f"{METRIC}{rest}", policy)
    owner, _, own = rest.partition("/")
    if own in OF_EPISODES and not rest.startswith((_EVALUATION, "rollout/", "rating/")):
        shown = ", ".join(each for each in policies if each) or "there is one, without a name"
        raise ConfigError(
            f"the measure {name!r} is of {owner!r}, which does not learn."
            f"{nearest(owner, policies)} These do: {shown}"
        )
    tag = rest if policy is None or len(policies) == 1 else policy_tag(policy, rest)
    return Measure(name, "logged", tag)


def is_of_evaluation(measure: Measure) -> bool:
    """Return whether only evaluations in training log it."""
    return measure.kind == "logged" and (
        measure.key.startswith(_EVALUATION) or f"/{_EVALUATION}" in measure.key
    )


def told_by(info: Mapping[str, Any], key: str) -> float | None:
    """Return what an episode tells; None when it does not tell this.

    Args:
        info: of the episode's last decision, with SB3's "episode".
        key: `Measure.key` of a measure of episodes.
    """
    value: Any = None
    if key == SUCCESS:
        value = info.get("is_success")
    elif key in (REWARD, LENGTH):
        value = (info.get("episode") or {}).get("r" if key == REWARD else "l")
    else:
        numbers = info.get("metrics" if key.startswith(METRIC) else "reward_terms")
        value = numbers.get(key.partition("/")[2]) if isinstance(numbers, Mapping) else None
    try:
        number = math.nan if value is None else float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def tellable(info: Mapping[str, Any]) -> Collection[str]:
    """Return the names of all measures that an episode tells, for messages."""
    names = [key for key in OF_EPISODES if told_by(info, key) is not None]
    for place, prefix in (("metrics", ""), ("reward_terms", TERM)):
        numbers = info.get(place)
        names += [f"{prefix}{name}" for name in numbers] if isinstance(numbers, Mapping) else []
    return names
