"""Is this evaluation worse than its baseline? Metric by metric, and for a stated reason."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from rl_training.errors import ConfigError, UsageError, nearest
from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.report_parts import Direction
from rl_training.gate.limit_check import LimitResult, check_limits
from rl_training.gate.limits import DEFAULT_ALPHA as DEFAULT_ALPHA
from rl_training.gate.limits import DEFAULT_TOLERANCE as DEFAULT_TOLERANCE
from rl_training.gate.message_check import MessageChange, compare_messages
from rl_training.gate.metric_values import Values, metric_groups, metric_of
from rl_training.gate.permutation_test import Comparison, compare
from rl_training.play.players import parameters_text

Verdict = Literal["ok", "tolerated", "chance", "worse", "missing", "errors", "over"]
"""ok: not worse; tolerated: worse by less than the tolerance; chance: by more, but that may be
chance; worse: by more, and not by chance; missing: the current report lacks it; errors: the engine
told errors or warnings that it did not tell in the baseline; over: over its limit, or not measured.
The last four fail."""

FAILING: tuple[Verdict, ...] = ("worse", "missing", "errors", "over")


@dataclass(frozen=True)
class MetricVerdict:
    """What the gate says of one metric, or of one kind of the engine's messages.

    Attributes:
        metric: its name in the report, `<policy>/<metric>` where there are several policies, or
            what the messages are.
        direction: what is better.
        verdict: see `Verdict`.
        comparison: None when the current report lacks the metric, and of messages.
        messages: of messages; else None.
        limit: of a limit; else None.
    """

    metric: str
    direction: Direction
    verdict: Verdict
    comparison: Comparison | None = None
    messages: MessageChange | None = None
    limit: LimitResult | None = None

    @property
    def fails(self) -> bool:
        """Whether it fails the gate."""
        return self.verdict in FAILING


@dataclass(frozen=True)
class RegressionCheck:
    """The whole check.

    Attributes:
        verdicts: metric by metric, in the baseline's order; then the engine's messages.
        tolerance: relative worsening that is allowed.
        alpha: probability of a false alarm over all metrics together.
        notes: what a reader should know: different modes, seeds, too few episodes.
    """

    verdicts: tuple[MetricVerdict, ...]
    tolerance: float
    alpha: float
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing became worse."""
        return not any(each.fails for each in self.verdicts)

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold; an infinite worsening becomes null."""
        return {
            "passed": self.passed,
            "findings": [_as_json(each) for each in self.verdicts],
            "tolerance": self.tolerance,
            "alpha": self.alpha,
            "notes": list(self.notes),
        }


def check_regression(
    current: EvaluationReport,
    baseline: EvaluationReport,
    tolerance: float = DEFAULT_TOLERANCE,
    alpha: float = DEFAULT_ALPHA,
    metrics: Sequence[str] = (),
    directions: Mapping[str, Direction] | None = None,
    *,
    other_parameters: bool = False,
    limits: Mapping[str, float] | None = None,
) -> RegressionCheck:
    """Compare a report with its baseline.

    A metric fails when its mean is worse by more than `tolerance` of the baseline's and a test
    says that this is not chance, at `alpha` for all metrics together (`permutation_test.compare`).
    Several policies are compared one by one, each at its share of `alpha`. Errors and warnings of
    the engine that the baseline does not have fail too.

    Args:
        current: the report in question.
        baseline: what it is held against.
        tolerance: relative, > 0.
        alpha: in (0, 1).
        metrics: only these; empty: all that the baseline has.
        directions: replaces what the reports say about single metrics.
        other_parameters: compare reports whose environment parameters differ.
        limits: the most of numbers of the current report (`limit_check`); they replace those of the
            baseline's provenance, name by name.

    Raises:
        ConfigError: a value is out of range, or a metric is not known.
        UsageError: the reports are of different scenarios, parameters, or ways of acting.
    """
    if not 0.0 < tolerance < float("inf"):
        raise ConfigError(f"tolerance must be above 0; found {tolerance}")
    if not 0.0 < alpha < 1.0:
        raise ConfigError(f"alpha must be in (0, 1); found {alpha}")
    if current.scenario != baseline.scenario:
        raise UsageError(
            f"the baseline is of the scenario {baseline.scenario!r}, the current report of "
            f"{current.scenario!r}: give the reports of one scenario"
        )
    if current.parameters != baseline.parameters and not other_parameters:
        raise UsageError(
            f"the baseline was played with {_parameters(baseline)}, the current report with "
            f"{_parameters(current)}: give reports of the same parameters, or --other_parameters"
        )
    if current.actions != baseline.actions:
        raise UsageError(
            f"the baseline was played with {baseline.actions} actions, the current report with "
            f"{current.actions} ones: evaluate with --actions {baseline.actions}"
        )
    groups = metric_groups(baseline)
    found = metric_groups(current)
    _require_known(groups, [*metrics, *(directions or {})])
    verdicts: list[MetricVerdict] = []
    for policy, known in groups.items():
        chosen = {
            name: values
            for name, values in known.items()
            if not metrics or name in metrics or metric_of(name, policy) in metrics
        }
        ways = {
            name: _direction(name, metric_of(name, policy), current, baseline, directions or {})
            for name in chosen
        }
        verdicts += _judge(chosen, found.get(policy, {}), ways, tolerance, alpha, len(groups))
    changes, notes = compare_messages(current, baseline)
    verdicts += [
        MetricVerdict(each.kind, "lower", "errors" if each.new else "ok", messages=each)
        for each in changes
        # Only what there is, or was, is worth a line; script errors are always told.
        if each.before or each.now or each is changes[0]
    ]
    own = {} if baseline.provenance is None else baseline.provenance.limits
    verdicts += [
        MetricVerdict(each.name, "lower", "ok" if each.passed else "over", limit=each)
        for each in check_limits(current, {**own, **(limits or {})})
    ]
    return RegressionCheck(
        tuple(verdicts),
        tolerance,
        alpha,
        (*_notes(current, baseline, verdicts, tolerance), *notes),
    )


def _judge(
    baseline: Mapping[str, Values],
    current: Mapping[str, Values],
    ways: Mapping[str, Direction],
    tolerance: float,
    alpha: float,
    groups: int,
) -> list[MetricVerdict]:
    """Judge metrics over the same episodes, at their share of `alpha` (Bonferroni)."""
    both = [name for name in baseline if name in current]
    compared = compare(
        {name: baseline[name] for name in both},
        {name: current[name] for name in both},
        ways,
        tolerance,
        alpha / groups,
    )
    verdicts = []
    for name in baseline:
        if name not in compared:
            verdicts.append(MetricVerdict(name, ways[name], "missing"))
            continue
        one = compared[name]
        one = replace(one, p_value=min(1.0, groups * one.p_value))
        verdicts.append(MetricVerdict(name, ways[name], _verdict(one, tolerance, alpha), one))
    return verdicts


def _require_known(groups: Mapping[str, Mapping[str, Values]], asked: Sequence[str]) -> None:
    full = [name for known in groups.values() for name in known]
    plain = [metric_of(name, policy) for policy, known in groups.items() for name in known]
    for name in asked:
        if name not in full and name not in plain:
            raise ConfigError(
                f"the baseline has no metric {name!r}.{nearest(name, full)} It has: "
                f"{', '.join(full)}"
            )


def _direction(
    name: str,
    metric: str,
    current: EvaluationReport,
    baseline: EvaluationReport,
    given: Mapping[str, Direction],
) -> Direction:
    for asked in (name, metric):
        if asked in given:
            return given[asked]
    for report in (current, baseline):
        found = report.directions.get(metric)
        if found is not None:
            return found
    return "either"


def _verdict(comparison: Comparison, tolerance: float, alpha: float) -> Verdict:
    if comparison.worsening <= 0.0:
        return "ok"
    if comparison.worsening <= tolerance:
        return "tolerated"
    return "worse" if comparison.p_value < alpha else "chance"


def _notes(
    current: EvaluationReport,
    baseline: EvaluationReport,
    verdicts: Sequence[MetricVerdict],
    tolerance: float,
) -> list[str]:
    notes = []
    for name, before, now in (
        ("mode", baseline.mode, current.mode),
        ("engine", baseline.engine, current.engine),
        ("parameters", _parameters(baseline), _parameters(current)),
    ):
        if before != now:
            notes.append(f"{name}: baseline {before}, current {now}")
    compared = [each.comparison for each in verdicts if each.comparison is not None]
    if compared and not compared[0].paired:
        notes.append("the episodes differ, so they are compared as two samples, not one by one")
    blind = [
        f"{each.metric} ({each.comparison.episodes_needed:,} would do)"
        for each in verdicts
        if each.comparison is not None
        and (each.comparison.episodes_needed or 0) > each.comparison.episodes
    ]
    if blind:
        episodes = min(each.episodes for each in compared)
        notes.append(
            f"{episodes} episodes are too few to tell a worsening of {tolerance:.0%} from chance "
            f"in {', '.join(blind)}; larger ones are told"
        )
    return notes


def _parameters(report: EvaluationReport) -> str:
    return parameters_text(report.parameters) or "no parameters"


def _as_json(each: MetricVerdict) -> dict[str, Any]:
    data: dict[str, Any] = {
        "metric": each.metric,
        "direction": each.direction,
        "verdict": each.verdict,
        "comparison": None if each.comparison is None else asdict(each.comparison),
        "errors": None,
    }
    if each.comparison is not None and math.isinf(each.comparison.worsening):
        data["comparison"]["worsening"] = None
    if each.messages is not None:
        change = each.messages
        first = change.new[0].text if change.new else ""
        data["errors"] = [change.before, change.now, first]
        data["new_messages"] = [message.model_dump() for message in change.new]
    if each.limit is not None:
        data["limit"] = asdict(each.limit)
    return data
