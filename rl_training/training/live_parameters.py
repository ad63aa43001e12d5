"""Which parameters of a learner may change in mid-run, and how.

Called by `ControlCallback` for the command "set". A change holds until the end of this part of the
run: a resumed one takes its settings again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm

from rl_training.algorithms.sb3_learner import constant
from rl_training.config import nearest
from rl_training.errors import ConfigError


@dataclass(frozen=True)
class _Parameter:
    """A parameter that may change.

    Attributes:
        low: smallest value.
        high: largest value.
        low_counts: `low` itself is allowed.
        whole: it is a whole number.
        schedule: the learner keeps it as a function of the share of the run that remains.
    """

    low: float = 0.0
    high: float = float("inf")
    low_counts: bool = True
    whole: bool = False
    schedule: bool = False


_PARAMETERS: dict[str, _Parameter] = {
    "learning_rate": _Parameter(high=1.0, low_counts=False, schedule=True),
    "clip_range": _Parameter(low_counts=False, schedule=True),
    "ent_coef": _Parameter(),
    "vf_coef": _Parameter(),
    "max_grad_norm": _Parameter(low_counts=False),
    "target_kl": _Parameter(low_counts=False),
    "n_epochs": _Parameter(low=1, whole=True),
    "gradient_steps": _Parameter(low=1, whole=True),
    "tau": _Parameter(high=1.0, low_counts=False),
}


def changeable(model: BaseAlgorithm) -> tuple[str, ...]:
    """Return the names of the parameters of this learner that may change."""
    return tuple(name for name in _PARAMETERS if _has(model, name))


def change_parameter(model: BaseAlgorithm, name: str, value: Any) -> str:
    """Change a parameter from the next update on.

    Args:
        model: the learner.
        name: one of `changeable`.
        value: a number. A learning rate or clip range that fell over the run is constant then.

    Returns:
        What was changed, for people: "learning_rate: 0.001 -> 0.0001".

    Raises:
        ConfigError: the parameter may not change, or the value is out of range.
    """
    number = require_change(model, name, value)
    rule = _PARAMETERS[name]
    before = getattr(model, name)
    if rule.schedule:
        setattr(model, "lr_schedule" if name == "learning_rate" else name, constant(number))
    if not rule.schedule or name == "learning_rate":
        setattr(model, name, number)
    shown = before if isinstance(before, (int, float)) else "its schedule"
    return f"{name}: {shown} -> {number}"


def require_change(model: BaseAlgorithm, name: str, value: Any) -> float | int:
    """Return the number that a parameter would be set to.

    Raises:
        ConfigError: the parameter may not change, or the value is out of range.
    """
    known = changeable(model)
    if name not in known:
        raise ConfigError(
            f"{name!r} cannot change in mid-run.{nearest(name, known)} These can: "
            f"{', '.join(known)}"
        )
    return _number(name, value, _PARAMETERS[name])


def _has(model: BaseAlgorithm, name: str) -> bool:
    if name == "ent_coef" and getattr(model, "ent_coef_optimizer", None) is not None:
        return False  # the learner tunes it by itself
    if name == "ent_coef" and hasattr(model, "ent_coef_tensor"):
        return False  # what counts is a tensor that was made of it
    return hasattr(model, name)


def _number(name: str, value: Any, rule: _Parameter) -> float | int:
    good = isinstance(value, (int, float)) and not isinstance(value, bool)
    good = good and rule.low <= value <= rule.high and value < float("inf")
    good = good and (rule.low_counts or value > rule.low)
    good = good and (not rule.whole or int(value) == value)
    if not good:
        kind = "a whole number" if rule.whole else "a number"
        bound = "at least" if rule.low_counts else "greater than"
        most = "" if rule.high == float("inf") else f" and at most {rule.high:g}"
        raise ConfigError(f"{name} must be {kind} {bound} {rule.low:g}{most}; found {value!r}")
    return int(value) if rule.whole else float(value)
