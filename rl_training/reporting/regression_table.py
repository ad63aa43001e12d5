"""A regression check as text, Markdown and JUnit XML."""

from __future__ import annotations

import math

from rl_training.gate.comparison import Direction
from rl_training.gate.regression import FAILING, Finding, RegressionCheck, Verdict
from rl_training.reporting.junit import Case, junit
from rl_training.reporting.verdict_table import aligned, markdown

_HEAD = ("metric", "better", "baseline", "current", "worse by", "p", "verdict")
_WORDS: dict[Verdict, str] = {
    "ok": "ok",
    "tolerated": "ok, worse within the tolerance",
    "chance": "ok, may be chance",
    "worse": "WORSE",
    "missing": "MISSING",
    "errors": "SCRIPT ERRORS",
}
_ARROWS: dict[Direction, str] = {"higher": "higher", "lower": "lower", "either": "unchanged"}


def table(check: RegressionCheck) -> list[tuple[str, ...]]:
    """Return the table's rows, its head first."""
    return [_HEAD, *(_row(finding) for finding in check.findings)]


def as_text(check: RegressionCheck) -> str:
    """Return the table for a terminal, the notes, and a last line that says how it ended."""
    notes = [f"note: {note}" for note in check.notes]
    return "\n".join([*aligned(table(check)), *notes, conclusion(check)])


def as_markdown(check: RegressionCheck) -> str:
    """Return the same as Markdown."""
    failed = [finding.verdict in FAILING for finding in check.findings]
    lines = [*markdown(table(check), failed), ""]
    lines += [f"- {note}" for note in check.notes]
    return "\n".join([*lines, "", conclusion(check), ""])


def as_junit(check: RegressionCheck) -> str:
    """Return JUnit XML: a test case for each metric, failed where it became worse."""
    cases = [
        Case(finding.metric, reason(finding) if finding.verdict in FAILING else None)
        for finding in check.findings
    ]
    return junit("regression", cases, {"tolerance": check.tolerance, "alpha": check.alpha})


def conclusion(check: RegressionCheck) -> str:
    """Return the last line: passed, or what became worse."""
    failed = [reason(finding) for finding in check.findings if finding.verdict in FAILING]
    if not failed:
        return f"passed: nothing is worse by more than {check.tolerance:.0%} beyond chance"
    return "failed: " + "; ".join(failed)


def reason(finding: Finding) -> str:
    """Return why a metric fails, in one clause."""
    comparison = finding.comparison
    if finding.errors is not None:
        before, now, first = finding.errors
        return f"scripts failed {now} times, {before} in the baseline; the first new one: {first}"
    if comparison is None:
        return f"{finding.metric} is in the baseline and not in the current report"
    return (
        f"{finding.metric} went from {comparison.baseline:.4g} to {comparison.current:.4g}, "
        f"{_share(comparison.worsening)} worse (p {comparison.p_value:.4f})"
    )


def _row(finding: Finding) -> tuple[str, ...]:
    comparison = finding.comparison
    if finding.errors is not None:
        before, now, _ = finding.errors
        better, word = _ARROWS[finding.direction], _WORDS[finding.verdict]
        return (finding.metric, better, str(before), str(now), "", "", word)
    if comparison is None:
        return (finding.metric, _ARROWS[finding.direction], "", "", "", "", "MISSING")
    return (
        finding.metric,
        _ARROWS[finding.direction],
        f"{comparison.baseline:.4g}",
        f"{comparison.current:.4g}",
        _share(comparison.worsening),
        f"{comparison.p_value:.4f}",
        _WORDS[finding.verdict],
    )


def _share(worsening: float) -> str:
    return "from 0" if math.isinf(worsening) and worsening > 0 else f"{worsening + 0.0:.1%}"
