"""Did this training go as it should? Check by check, from the run's logs."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from rl_training.config import log_std_bound
from rl_training.gate.thresholds import Thresholds
from rl_training.runs.training_log import TrainingLog

WINDOW = 5
"""Updates whose median is judged, since one alone may be an outlier."""

LEARNING_SHARE = 0.1
"""Share of the largest learning rate below which little change is expected."""

_MUST_BE_FINITE = ("rollout/ep_rew_mean", "train/approx_kl")
Series = list[tuple[int, float]]


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        name: what is judged.
        value: what was found; None: nothing was logged.
        limit: what it is held to; None: it is only shown.
        passed: whether it holds.
        reason: why not, or what the value is.
    """

    name: str
    value: float | None
    limit: float | None
    passed: bool
    reason: str = ""


@dataclass(frozen=True)
class TrainingCheck:
    """All checks of a run.

    Attributes:
        experiment: name of the run.
        timesteps: that it did.
        checks: in a fixed order.
    """

    experiment: str
    timesteps: int
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether all hold."""
        return all(check.passed for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold; a value that is not finite becomes null."""
        data: dict[str, Any] = {"passed": self.passed, **asdict(self)}
        for check in data["checks"]:
            if check["value"] is not None and not math.isfinite(check["value"]):
                check["value"] = None
        return data


def check_training(log: TrainingLog, thresholds: Thresholds) -> TrainingCheck:
    """Hold a run's logs against thresholds; of several policies, the learning of each."""
    policies = log.of_policies()
    reward = _last(log.series("rollout/ep_rew_mean"))
    success = _last(log.series("rollout/success_rate"))
    physics = _largest(log.series("engine/physics_ms_max"))
    mean_physics = _largest(log.series("engine/physics_ms_mean"))
    checks = (
        _finished(log, thresholds),
        *([] if policies else [_finite(log)]),
        _at_least("final reward", reward, thresholds.min_reward, "no episode has ended"),
        _at_least(
            "success rate",
            success,
            thresholds.min_success_rate,
            "no episode has ended, or the scene tells none",
        ),
        *([] if policies else _learning(log, thresholds)),
        _at_most("largest physics time (ms)", physics, thresholds.max_physics_time),
        _at_most("mean physics time (ms)", mean_physics, thresholds.max_mean_physics_time),
        _at_least("decisions per second", _last(log.series("time/fps")), thresholds.min_fps),
        _at_most(
            "engines restarted", _last(log.series("engine/restarts")), thresholds.max_restarts
        ),
    )
    for name, own in policies.items():
        found = (_finite(own), *_learning(own, thresholds))
        checks += tuple(replace(check, name=f"{name}: {check.name}") for check in found)
    return TrainingCheck(log.experiment, log.timesteps, checks)


def _learning(log: TrainingLog, thresholds: Thresholds) -> tuple[Check, ...]:
    """Judge the updates of one policy."""
    return (
        _kl_blow_up(log, thresholds),
        _kl_collapse(log, thresholds),
        _exploration(log, thresholds),
    )


def _finished(log: TrainingLog, thresholds: Thresholds) -> Check:
    limit = thresholds.min_timesteps
    if limit is None:
        limit = log.config.get("training", {}).get("timesteps")
    return _at_least(
        "timesteps", float(log.timesteps), limit, failing="the run ended before its time"
    )


def _finite(log: TrainingLog) -> Check:
    # Not all of train/: SB3's explained variance is NaN where all returns are equal.
    watched = [tag for tag in log.tags() if tag in _MUST_BE_FINITE or _is_loss(tag)]
    bad = [(step, tag) for tag in watched for step, value in log.series(tag) if _bad(value)]
    if not bad:
        return Check("losses that are NaN", 0.0, 0.0, True)
    step, tag = min(bad)
    reason = f"{tag} is NaN or infinite from timestep {step:,} on"
    return Check("losses that are NaN", float(len(bad)), 0.0, False, reason)


def _kl_blow_up(log: TrainingLog, thresholds: Thresholds) -> Check:
    medians = _medians(log.series("train/approx_kl"))
    step, value = max(medians, key=lambda point: point[1], default=(0, None))
    failing = f"updates too large at {step:,}"
    return _at_most("largest KL of an update", value, thresholds.max_kl, failing, required=False)


def _kl_collapse(log: TrainingLog, thresholds: Thresholds) -> Check:
    """While the rate is not near its end, an update that changes nothing teaches nothing."""
    rates = dict(log.series("train/learning_rate"))
    least_rate = LEARNING_SHARE * max((r for r in rates.values() if not _bad(r)), default=0.0)
    learning = [
        (step, kl)
        for step, kl in log.series("train/approx_kl")
        if rates.get(step, math.inf) >= least_rate
    ]
    step, value = min(_medians(learning), key=lambda point: point[1], default=(0, None))
    return _at_least(
        "smallest KL of an update",
        value,
        thresholds.min_kl,
        failing=f"the policy stood still at {step:,}",
        required=False,
    )


def _exploration(log: TrainingLog, thresholds: Thresholds) -> Check:
    deviations = _medians(log.series("train/std"))
    if not deviations:
        return _entropy(log, thresholds)
    name = "smallest deviation of actions"
    limits = [(_least_deviation(log, thresholds, step), step, value) for step, value in deviations]
    judged = [(limit, step, value) for limit, step, value in limits if limit is not None]
    if not judged:
        return Check(name, min(value for _, value in deviations), None, True)
    limit, step, value = min(judged, key=lambda point: point[2] / max(point[0], 1e-12))
    return _at_least(name, value, limit, failing=f"exploration collapsed at {step:,}")


def _least_deviation(log: TrainingLog, thresholds: Thresholds, step: int) -> float | None:
    least = thresholds.min_std
    actions = log.config.get("actions", {})
    timesteps = log.config.get("training", {}).get("timesteps")
    if least is None or actions.get("log_std_final") is None or not timesteps:
        return least
    # Noise that the run takes away itself is no collapse.
    share = step / float(timesteps)
    bound = log_std_bound(float(actions["log_std_init"]), float(actions["log_std_final"]), share)
    return min(least, 0.5 * math.exp(bound))


def _entropy(log: TrainingLog, thresholds: Thresholds) -> Check:
    """Entropy of discrete actions, which is never below 0."""
    name = "smallest share of entropy"
    entropies = _medians([(step, -loss) for step, loss in log.series("train/entropy_loss")])
    most = max((value for _, value in entropies), default=0.0)
    if most <= 0.0:
        return Check(name, None, thresholds.min_entropy_share, True, "no update was logged")
    step, value = min(entropies, key=lambda point: point[1])
    failing = f"exploration collapsed at {step:,}"
    return _at_least(name, value / most, thresholds.min_entropy_share, failing=failing)


def _medians(series: Series) -> Series:
    """Return the running medians of finite values; one for a run that is shorter than a window."""
    finite = [(step, value) for step, value in series if not _bad(value)]
    count = max(1, len(finite) - WINDOW + 1)
    windows = [finite[first : first + WINDOW] for first in range(count)] if finite else []
    return [(each[-1][0], statistics.median(value for _, value in each)) for each in windows]


def _is_loss(tag: str) -> bool:
    return tag.startswith("train/") and "loss" in tag


def _bad(value: float) -> bool:
    return not math.isfinite(value)


def _last(series: Series) -> float | None:
    return series[-1][1] if series else None


def _largest(series: Series) -> float | None:
    return max((value for _, value in _known(series)), default=None)


def _known(series: Series) -> Iterable[tuple[int, float]]:
    return (point for point in series if not _bad(point[1]))


def _at_least(
    name: str,
    value: float | None,
    limit: float | None,
    missing: str = "nothing was logged",
    failing: str = "",
    required: bool = True,
) -> Check:
    """Judge a value that should be large; one that is required and missing fails."""
    if value is None:
        return Check(name, None, limit, limit is None or not required, missing)
    passed = limit is None or value >= limit
    return Check(name, value, limit, passed, "" if passed else failing)


def _at_most(
    name: str,
    value: float | None,
    limit: float | None,
    failing: str = "",
    required: bool = True,
) -> Check:
    """Judge a value that should be small; one that is required and missing fails."""
    if value is None:
        return Check(name, None, limit, limit is None or not required, "nothing was logged")
    passed = limit is None or value <= limit
    return Check(name, value, limit, passed, "" if passed else failing)
