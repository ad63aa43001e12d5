"""Environment parameters that a policy was trained with and an evaluation does not set.

Called by `evaluate`, which warns: a policy that learned with another setting of the player, such as
stronger smoothing, is not at its best with the scene's own. Pure functions of settings.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from rl_training.evaluation.report_parts import Run
from rl_training.scenarios import Scenario

_REWARD = "reward_"
"""What names of rewards' weights begin with: they change what is counted, not how it is played."""


def parameters_left_out(
    runs: Iterable[Run], scenario: Scenario, played: Mapping[str, object]
) -> dict[str, float]:
    """Return the numbers that the policies were trained with and that are not played.

    Left out are the scenario's own settings, weights of rewards, and what was drawn or changed in
    training: there is no one number to play with.

    Args:
        runs: that the policies came from.
        scenario: that is played.
        played: environment parameters of the evaluation, by name.

    Returns:
        Name to number, in the order of the names.
    """
    own: Any = scenario.settings.get("parameters", {})
    found: dict[str, float] = {}
    for run in runs:
        if run.scenario != scenario.name:
            continue
        parameters = run.config.get("parameters")
        for name, value in (parameters if isinstance(parameters, Mapping) else {}).items():
            if name in played or name.startswith(_REWARD) or own.get(name) == value:
                continue
            if isinstance(value, int | float) and math.isfinite(value):
                found[name] = float(value)
    return dict(sorted(found.items()))


def warning(left_out: Mapping[str, float]) -> str:
    """Return the line that names them and what to add to the command."""
    told = ", ".join(f"{name}={value:g}" for name, value in left_out.items())
    words = " ".join(f"--parameter {name}={value:g}" for name, value in left_out.items())
    return (
        f"the policy was trained with {told}; this evaluation plays the scene's own. To play it as "
        f"it was trained, add {words}"
    )
