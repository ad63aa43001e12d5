"""Checks of a run from its logs: whether it is sound, and why it may not be learning.

Called by `spacetime-rl doctor --experiment_name NAME`. The hints are those that the run itself
tells while it lives.
"""

from __future__ import annotations

import math
from dataclasses import replace

from rl_training.diagnosis.finding import Finding, ok, skipped
from rl_training.gate.thresholds import Thresholds
from rl_training.gate.training_check import Check, check_training
from rl_training.runs.hints import RunFacts, find_hints
from rl_training.runs.hints.facts import read_facts, read_policies_facts
from rl_training.runs.hints.hint import REWARD, SUCCESS, WATCH
from rl_training.runs.paths import RunPaths
from rl_training.runs.status import read_status
from rl_training.runs.training_log import read_training_log

_REMEDIES = {
    "timesteps": "go on with --resume, or look at train.log for why it ended",
    "exploration": "raise --ent_coef, or --log_std_final",
}
_REMEDY = "compare with a run that learned: spacetime-rl runs compare; docs/training.md"


def examine_run(paths: RunPaths) -> list[Finding]:
    """Examine a run, finished or not.

    Raises:
        UsageError: there is no such run, it logged nothing, or a file is damaged.
    """
    whole, policies = read_facts(paths), read_policies_facts(paths)
    findings = [ok("run", _summary(paths, int(whole.last("timesteps") or 0)))]
    status = read_status(paths.status)
    if status is not None and status.stage in ("failed", "dead"):
        why = status.message or "its process is gone and left no word"
        findings.append(Finding("end", "failed", why, "correct it, then go on with --resume"))
    checks = check_training(read_training_log(paths), Thresholds()).checks
    findings += [_finding(each) for each in checks]
    for name, facts in (policies or {"": whole}).items():
        findings += [_of(name, each) for each in _learning(facts)]
    return findings


def _learning(facts: RunFacts) -> list[Finding]:
    """Return why a policy may not be learning."""
    findings: list[Finding] = []
    if not facts.tags(WATCH):
        findings.append(
            Finding(
                "watch",
                "skipped",
                "the run was not watched: ends of episodes, observations and copies are unknown",
            )
        )
    hints = find_hints(facts)
    findings += [Finding(hint.name, "warning", hint.detail, hint.remedy) for hint in hints]
    if not hints:
        words = []
        for tag, name in ((REWARD, "reward"), (SUCCESS, "success")):
            series = facts.series(tag)
            if series:
                words.append(f"{name} {series[0]:.3g} -> {series[-1]:.3g}")
        findings.append(ok("learning", "nothing stands out; " + (", ".join(words) or "no episode")))
    return findings


def _of(policy: str, finding: Finding) -> Finding:
    return replace(finding, check=f"{policy}: {finding.check}") if policy else finding


def _summary(paths: RunPaths, timesteps: int) -> str:
    status = read_status(paths.status)
    stage = "" if status is None else f", {status.stage}"
    return f"{paths.experiment}: {timesteps:,} steps{stage}"


def _finding(check: Check) -> Finding:
    name = f"run: {check.name}"
    if check.value is None:
        return skipped(name, check.reason or "was not logged")
    value = "not finite" if not math.isfinite(check.value) else f"{check.value:.4g}"
    if check.passed:
        return ok(name, value)
    remedy = _REMEDIES.get(check.name, _REMEDY)
    return Finding(name, "warning", f"{value}: {check.reason}", remedy)
