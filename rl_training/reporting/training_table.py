"""A check of a training run as text, Markdown and JUnit XML."""

from __future__ import annotations

from rl_training.gate.training_check import Check, TrainingCheck
from rl_training.reporting import table as tables
from rl_training.reporting.junit import Case, junit
from rl_training.reporting.numbers import number
from rl_training.reporting.table import Table

_HEAD = ("check", "value", "limit", "verdict")


def table(check: TrainingCheck) -> Table:
    """Return a row for each check; those that fail are marked."""
    return Table(
        _HEAD,
        tuple(_row(each) for each in check.checks),
        marked=frozenset(i for i, each in enumerate(check.checks) if not each.passed),
        numbers=frozenset({1, 2}),
    )


def as_text(check: TrainingCheck) -> str:
    """Return the table for a terminal and a last line that says how it ended."""
    return "\n".join([*tables.as_text(table(check)), conclusion(check)])


def as_markdown(check: TrainingCheck) -> str:
    """Return the same as Markdown."""
    return "\n".join([tables.as_markdown(table(check)), "", conclusion(check), ""])


def as_junit(check: TrainingCheck) -> str:
    """Return JUnit XML: a test case for each check; one without a limit is skipped."""
    cases = [
        Case(
            each.name,
            failure=None if each.passed else _clause(each),
            skipped="no limit was given" if each.limit is None else None,
            properties={} if each.value is None else {"value": each.value},
        )
        for each in check.checks
    ]
    properties = {"experiment": check.experiment, "timesteps": check.timesteps}
    return junit("training", cases, properties)


def conclusion(check: TrainingCheck) -> str:
    """Return the last line: passed, or what failed."""
    failed = [_clause(each) for each in check.checks if not each.passed]
    if not failed:
        return f"passed: {check.experiment}, {check.timesteps:,} timesteps"
    return "failed: " + "; ".join(failed)


def _clause(check: Check) -> str:
    found = _number(check.value) or "unknown"
    reason = f" ({check.reason})" if check.reason else ""
    return f"{check.name} is {found}, the limit is {_number(check.limit)}{reason}"


def _row(check: Check) -> tuple[str, ...]:
    if check.passed:
        verdict = "shown only" if check.limit is None else "ok"
        if check.value is None:
            verdict = check.reason
    else:
        verdict = "FAILED: " + check.reason if check.reason else "FAILED"
    return (check.name, _number(check.value), _number(check.limit), verdict)


def _number(value: float | None) -> str:
    return "" if value is None else number(value)
