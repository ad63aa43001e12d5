"""What the game found wrong with itself in an evaluation (RLFindings), as a table.

Called by the page and by the text of a report.
"""

from __future__ import annotations

from rl_training.evaluation.report import EvaluationReport
from rl_training.reporting.table import Table

_SHOWN = 50


def findings_table(report: EvaluationReport) -> Table | None:
    """Return a row for each kind and message, the most frequent first; None: there was nothing."""
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for row in report.episodes:
        for each in row.findings:
            places = found.setdefault((each.kind, each.message), [])
            places.append((row.episode, each.decision))
    if not found:
        return None
    ordered = sorted(found.items(), key=lambda each: (-len(each[1]), each[0]))[:_SHOWN]
    return Table(
        ("kind", "message", "episodes", "first in episode", "at decision"),
        tuple(
            (kind, message, str(len({e for e, _ in places})), *map(str, min(places)))
            for (kind, message), places in ordered
        ),
        numbers=frozenset({2, 3, 4}),
    )
