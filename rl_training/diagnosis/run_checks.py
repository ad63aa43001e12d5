"""Why is a run not learning? Its logs, as findings of the doctor.

Called by `spacetime-rl doctor --experiment_name NAME`. It reads files; it needs no torch.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from rl_training.diagnosis.finding import Finding, ok, skipped
from rl_training.gate.thresholds import Thresholds
from rl_training.gate.training_check import Check, check_training
from rl_training.runs.paths import RunPaths
from rl_training.runs.training_log import read_training_log

_REMEDIES = {
    "timesteps": "go on with --resume, or look at train.log for why it ended",
    "exploration": "raise --ent_coef, or --log_std_final",
}
_REMEDY = "compare with a run that learned: spacetime-rl runs compare; docs/training.md"


def examine_experiment(paths: RunPaths) -> Iterator[Finding]:
    """Yield what the logs of a run say.

    Raises:
        UsageError: there is no such run, or its logs are damaged.
    """
    check = check_training(read_training_log(paths), Thresholds())
    for each in check.checks:
        yield _finding(each)
    # HINTS: the callback's hints (rl_training.training.hints) of the same run belong here.


def _finding(check: Check) -> Finding:
    name = f"run: {check.name}"
    if check.value is None:
        return skipped(name, check.reason or "was not logged")
    value = "not finite" if not math.isfinite(check.value) else f"{check.value:.4g}"
    if check.passed:
        return ok(name, value)
    remedy = _REMEDIES.get(check.name, _REMEDY)
    return Finding(name, "warning", f"{value}: {check.reason}", remedy)
