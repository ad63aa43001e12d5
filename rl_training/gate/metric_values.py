"""Every number of a report that the gate judges, episode by episode. Pure functions of a report."""

from __future__ import annotations

from collections.abc import Callable

from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.report_parts import EpisodeRow
from rl_training.evaluation.report_results import Results

Values = dict[int, float]
"""What an episode was drawn from (its seed) to a metric's value."""

SEPARATOR = "/"
"""Between a policy's name and a metric's."""


def metric_values(results: Results) -> dict[str, Values]:
    """Return the metrics that every episode tells: name to values.

    The names are those of the report's top level: `mean_reward`, `mean_episode_length`,
    `success_rate`, the scenario's metrics, and their zero rates.
    """
    rows = results.rows()
    metrics, zero_rates = results.measured()
    getters: dict[str, Callable[[EpisodeRow], float | None]] = {
        "mean_reward": lambda row: row.episode_return,
        "mean_episode_length": lambda row: row.length,
        "success_rate": lambda row: row.success,
    }
    for info in metrics:
        # The metric that says success is `success_rate`.
        if not info.is_success:
            getters[info.name] = _Metric(info.name)
    for info in zero_rates:
        getters[info.zero_rate_name] = _Zero(info.name)
    values: dict[str, Values] = {}
    for name, get in getters.items():
        found = {row.seed: float(value) for row in rows if (value := get(row)) is not None}
        if len(found) == len(rows):
            values[name] = found
    return values


def metric_groups(report: EvaluationReport) -> dict[str, dict[str, Values]]:
    """Return the metrics by groups over the same episodes: all together, or policy by policy.

    With several policies the mean over all says little (in a zero-sum game it is 0), so each one is
    a group of its own and its metrics are called `<policy>/<metric>`.

    Returns:
        Policy's name (empty: all episodes) to name of a metric to its values.
    """
    if len(report.policies) < 2:
        return {"": metric_values(report)}
    return {
        policy: {
            f"{policy}{SEPARATOR}{name}": values for name, values in metric_values(results).items()
        }
        for policy, results in report.policies.items()
    }


def metric_of(name: str, policy: str) -> str:
    """Return the metric's own name, without the policy's."""
    return name.removeprefix(f"{policy}{SEPARATOR}") if policy else name


class _Metric:
    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, row: EpisodeRow) -> float | None:
        return row.metrics.get(self._name)


class _Zero(_Metric):
    def __call__(self, row: EpisodeRow) -> float | None:
        value = super().__call__(row)
        return None if value is None else float(value == 0)
