"""A regression check as text, Markdown and JUnit XML."""

from __future__ import annotations

import math

from rl_training.evaluation.report_parts import Direction
from rl_training.gate.limit_check import LimitResult
from rl_training.gate.message_check import MessageChange
from rl_training.gate.regression import MetricVerdict, RegressionCheck, Verdict
from rl_training.reporting import table as tables
from rl_training.reporting.junit import Case, junit
from rl_training.reporting.table import Table

_HEAD = ("metric", "better", "baseline", "current", "worse by", "p", "verdict")
_WORDS: dict[Verdict, str] = {
    "ok": "ok",
    "tolerated": "ok, worse within the tolerance",
    "chance": "ok, may be chance",
    "worse": "WORSE",
    "missing": "MISSING",
    "errors": "NEW",
    "over": "OVER",
}
_ARROWS: dict[Direction, str] = {"higher": "higher", "lower": "lower", "either": "unchanged"}
_SHOWN = 5


def table(check: RegressionCheck) -> Table:
    """Return a row for each verdict; those that fail are marked."""
    return Table(
        _HEAD,
        tuple(_row(each) for each in check.verdicts),
        marked=frozenset(i for i, each in enumerate(check.verdicts) if each.fails),
        numbers=frozenset({2, 3, 4, 5}),
    )


def as_text(check: RegressionCheck) -> str:
    """Return the table for a terminal, the notes, and a last line that says how it ended."""
    notes = [f"note: {note}" for note in check.notes]
    return "\n".join([*tables.as_text(table(check)), *notes, conclusion(check)])


def as_markdown(check: RegressionCheck) -> str:
    """Return the same as Markdown."""
    lines = [tables.as_markdown(table(check)), ""]
    lines += [f"- {note}" for note in check.notes]
    return "\n".join([*lines, "", conclusion(check), ""])


def as_junit(check: RegressionCheck) -> str:
    """Return JUnit XML: a test case for each metric, failed where it became worse."""
    cases = [Case(each.metric, reason(each) if each.fails else None) for each in check.verdicts]
    return junit("regression", cases, {"tolerance": check.tolerance, "alpha": check.alpha})


def conclusion(check: RegressionCheck) -> str:
    """Return the last line: passed, or what became worse."""
    failed = [reason(each) for each in check.verdicts if each.fails]
    if not failed:
        return f"passed: nothing is worse by more than {check.tolerance:.0%} beyond chance"
    return "failed: " + "; ".join(failed)


def reason(verdict: MetricVerdict) -> str:
    """Return why a metric fails, in one clause."""
    comparison = verdict.comparison
    if verdict.messages is not None:
        return _news(verdict.messages)
    if verdict.limit is not None:
        return _over(verdict.limit)
    if comparison is None:
        return f"{verdict.metric} is in the baseline and not in the current report"
    return (
        f"{verdict.metric} went from {comparison.baseline:.4g} to {comparison.current:.4g}, "
        f"{_share(comparison.worsening)} worse (p {comparison.p_value:.4f})"
    )


def _news(change: MessageChange) -> str:
    """Return the new messages, each with how often it came."""
    told = [
        each.text if each.count is None else f"{each.text} ({each.count} times)"
        for each in change.new[:_SHOWN]
    ]
    if len(change.new) > _SHOWN:
        told.append(f"and {len(change.new) - _SHOWN} more")
    return (
        f"{change.kind}: {change.now}, {change.before} in the baseline; new are: {'; '.join(told)}"
    )


def _over(limit: LimitResult) -> str:
    if limit.value is None:
        return f"{limit.name} was not measured: evaluate with --performance"
    return f"{limit.name} is {limit.value:.4g}, over its limit of {limit.limit:g}"


def _row(verdict: MetricVerdict) -> tuple[str, ...]:
    comparison, better = verdict.comparison, _ARROWS[verdict.direction]
    word = _WORDS[verdict.verdict]
    if verdict.messages is not None:
        change = verdict.messages
        return (verdict.metric, better, str(change.before), str(change.now), "", "", word)
    if verdict.limit is not None:
        value = verdict.limit.value
        now = "" if value is None else f"{value:.4g}"
        return (verdict.metric, f"at most {verdict.limit.limit:g}", "", now, "", "", word)
    if comparison is None:
        return (verdict.metric, better, "", "", "", "", word)
    return (
        verdict.metric,
        better,
        f"{comparison.baseline:.4g}",
        f"{comparison.current:.4g}",
        _share(comparison.worsening),
        f"{comparison.p_value:.4f}",
        word,
    )


def _share(worsening: float) -> str:
    return "from 0" if math.isinf(worsening) and worsening > 0 else f"{worsening + 0.0:.1%}"
