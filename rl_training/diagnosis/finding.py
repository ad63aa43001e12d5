"""What a check found, as a value, a table and JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["ok", "warning", "failed", "skipped"]

_WIDTH = 100
_FORMAT = 1


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's answer.

    Attributes:
        check: what was looked at.
        status: "ok"; "warning": training runs but may not learn; "failed": it does not run;
            "skipped": could not be looked at.
        detail: what was found.
        remedy: what to do; empty when all is well.
    """

    check: str
    status: Status
    detail: str
    remedy: str = ""


def ok(check: str, detail: str) -> Finding:
    """Return a finding that needs nothing done."""
    return Finding(check, "ok", detail)


def skipped(check: str, why: str) -> Finding:
    """Return a finding for what could not be looked at."""
    return Finding(check, "skipped", why)


def exit_code(findings: Sequence[Finding]) -> int:
    """Return 1 when a check failed, else 0."""
    return int(any(finding.status == "failed" for finding in findings))


def to_text(findings: Sequence[Finding]) -> str:
    """Return a table for people, and its sum in the last line."""
    width = max(len(finding.check) for finding in findings)
    indent = " " * (width + 11)
    lines = []
    for finding in findings:
        head = f"{finding.status:8} {finding.check:{width}}  "
        lines += textwrap.wrap(
            head + finding.detail, _WIDTH, subsequent_indent=indent, break_long_words=False
        )
        if finding.remedy:
            lines += textwrap.wrap(
                "-> " + finding.remedy,
                _WIDTH,
                initial_indent=indent,
                subsequent_indent=indent + "   ",
                break_long_words=False,
            )
    counts = [
        f"{sum(finding.status == status for finding in findings)} {status}"
        for status in ("ok", "warning", "failed", "skipped")
    ]
    return "\n".join([*lines, "", ", ".join(counts)])


def as_data(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return {"format": 1, "failed": bool, "findings": [{check, status, detail, remedy}]}."""
    return {
        "format": _FORMAT,
        "failed": bool(exit_code(findings)),
        "findings": [asdict(finding) for finding in findings],
    }
