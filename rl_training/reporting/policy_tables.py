"""What each policy of a report came to, and the opponents that others played, as tables.

Text and pages show them: over all agents together a zero-sum game comes to 0.
"""

from __future__ import annotations

import statistics

from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.report_parts import OpponentRow
from rl_training.evaluation.report_results import Results
from rl_training.reporting.table import Table


def policy_table(report: EvaluationReport) -> Table:
    """Return what each policy came to, a row a policy; its model where groups have their own."""
    metrics = [each.name for each in report.metric_results]
    tells_success = report.success_rate is not None
    rows = [
        (
            name,
            *([report.models.get(name, "")] if report.models else []),
            str(results.num_episodes),
            f"{results.mean_reward:.3f}",
            "{:.3f} to {:.3f}".format(*results.mean_reward_ci95),
            *(_success(results) if tells_success else []),
            *(
                f"{results.metrics[each]:.3f}" if each in results.metrics else ""
                for each in metrics
            ),
        )
        for name, results in report.policies.items()
    ]
    texts = 2 if report.models else 1
    head = (
        *(("policy", "model") if report.models else ("policy",)),
        *("episodes", "mean reward", "95 % interval"),
        *(("success rate", "95 % interval") if tells_success else ()),
        *metrics,
    )
    return Table(head, tuple(rows), numbers=frozenset(range(texts, len(head))))


def opponent_table(report: EvaluationReport) -> Table | None:
    """Return what the agents came to that others played, a row a policy; None: there were none.

    Groups that have episodes of their own in the report are among its policies.
    """
    found: dict[tuple[str, str], list[OpponentRow]] = {}
    for row in report.episodes:
        for each in row.opponents:
            if each.group not in report.policies:
                found.setdefault((each.group, each.policy), []).append(each)
    if not found:
        return None
    rows = tuple(
        (
            group,
            policy,
            str(len(played)),
            f"{statistics.fmean(each.episode_return for each in played):.3f}",
            _rate([each.success for each in played if each.success is not None]),
        )
        for (group, policy), played in found.items()
    )
    head = ("group", "played by", "episodes", "mean reward", "success rate")
    return Table(head, rows, numbers=frozenset({2, 3, 4}))


def _success(results: Results) -> list[str]:
    if results.success_rate is None or results.success_rate_ci95 is None:
        return ["", ""]
    low, high = results.success_rate_ci95
    return [f"{100 * results.success_rate:.1f} %", f"{100 * low:.1f} to {100 * high:.1f} %"]


def _rate(told: list[bool]) -> str:
    return f"{100 * statistics.fmean(told):.1f} %" if told else ""
