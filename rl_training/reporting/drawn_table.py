"""What an evaluation came to by the values that were drawn for a parameter, as a table.

A mean over all draws hides where a policy fails; pages show it by parts of the range.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.report_parts import EpisodeRow
from rl_training.reporting.table import Table

PARTS = 4
"""Into so many parts, with as many episodes each, the drawn values are cut."""
MOST_VALUES = 6
"""So many different values have a row each."""
LEAST_EPISODES = 8
"""With fewer episodes parts of them say nothing."""


def drawn_table(report: EvaluationReport) -> Table | None:
    """Return a row for each part of what each sampler drew; None: nothing was drawn, or too little.

    Columns: parameter, what was drawn, episodes, success rate and mean reward with their 95 %
    intervals. A few different values have a row each.
    """
    tells_success = report.success_rate is not None
    rows = [
        (name, label, *_results(report.with_episodes(episodes), tells_success))
        for name, given in report.parameters.items()
        if isinstance(given, str)
        for label, episodes in _parts(report.episodes, name)
    ]
    if not rows:
        return None
    head = (
        *("parameter", "drawn", "episodes"),
        *(("success rate", "95 % interval") if tells_success else ()),
        *("mean reward", "95 % interval"),
    )
    return Table(head, tuple(rows), numbers=frozenset(range(2, len(head))))


def _parts(episodes: Sequence[EpisodeRow], name: str) -> list[tuple[str, list[EpisodeRow]]]:
    told = sorted(
        (row for row in episodes if name in row.parameters), key=lambda row: row.parameters[name]
    )
    values = list(dict.fromkeys(row.parameters[name] for row in told))
    if len(told) < LEAST_EPISODES or len(values) < 2:
        return []
    if len(values) <= MOST_VALUES:
        return [
            (f"{value:g}", [row for row in told if row.parameters[name] == value])
            for value in values
        ]
    ends = [round(part * len(told) / PARTS) for part in range(PARTS + 1)]
    parts = [told[first:last] for first, last in itertools.pairwise(ends)]
    return [
        (f"{part[0].parameters[name]:.4g} to {part[-1].parameters[name]:.4g}", part)
        for part in parts
    ]


def _results(report: EvaluationReport, tells_success: bool) -> tuple[str, ...]:
    success: tuple[str, ...] = ()
    if tells_success:
        rate, interval = report.success_rate, report.success_rate_ci95
        success = ("", "")
        if rate is not None and interval is not None:
            success = (f"{rate:.1%}", f"{interval[0]:.1%} to {interval[1]:.1%}")
    reward = "{:.3f} to {:.3f}".format(*report.mean_reward_ci95)
    return (str(report.num_episodes), *success, f"{report.mean_reward:.3f}", reward)
