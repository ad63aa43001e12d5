"""Is this evaluation worse than its baseline? Metric by metric, and for a stated reason."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from rl_training.errors import ConfigError, UsageError, nearest
from rl_training.gate.comparison import Comparison, Direction, compare
from rl_training.gate.limits import DEFAULT_ALPHA as DEFAULT_ALPHA
from rl_training.gate.limits import DEFAULT_TOLERANCE as DEFAULT_TOLERANCE

Verdict = Literal["ok", "tolerated", "chance", "worse", "missing", "errors"]
"""ok: not worse; tolerated: worse by less than the tolerance; chance: by more, but that may be
chance; worse: by more, and not by chance; missing: the current report lacks it; errors: scripts
failed that did not fail in the baseline. The last three fail."""

FAILING: tuple[Verdict, ...] = ("worse", "missing", "errors")

SCRIPT_ERRORS = "script errors"
"""Name of the finding that is no metric."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """What the check says of one metric.

    Attributes:
        metric: its name in the report.
        direction: what is better.
        verdict: see `Verdict`.
        comparison: None when the current report lacks the metric, and of script errors.
        errors: (baseline's count, current's count, the first new one) of script errors.
    """

    metric: str
    direction: Direction
    verdict: Verdict
    comparison: Comparison | None = None
    errors: tuple[int, int, str] | None = None


@dataclass(frozen=True)
class RegressionCheck:
    """The whole check.

    Attributes:
        findings: metric by metric, in the baseline's order.
        tolerance: relative worsening that is allowed.
        alpha: probability of a false alarm over all metrics together.
        notes: what a reader should know: different modes, seeds, too few episodes.
    """

    findings: tuple[Finding, ...]
    tolerance: float
    alpha: float
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing became worse."""
        return not any(finding.verdict in FAILING for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold; an infinite worsening becomes null."""
        data: dict[str, Any] = {"passed": self.passed, **asdict(self)}
        for finding in data["findings"]:
            comparison = finding["comparison"]
            if comparison is not None and math.isinf(comparison["worsening"]):
                comparison["worsening"] = None
        return data


def load_report(path: Path, what: str) -> dict[str, Any]:
    """Read a report or a baseline.

    Raises:
        UsageError: there is none, or it is not a report of `evaluate_model.py`.
    """
    if not path.is_file():
        raise UsageError(f"no {what} at {path}: evaluate_model.py --output writes one")
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(report, dict) or not report["episodes"]:
            raise ValueError("it holds no episodes")
        for row in report["episodes"]:
            float(row["return"]), int(row["length"]), int(row["seed"]), dict(row["metrics"])
    except (ValueError, KeyError, TypeError) as error:
        reason = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise UsageError(f"{path} is no report of evaluate_model.py: {reason}") from None
    return report


def check_regression(
    current: Mapping[str, Any],
    baseline: Mapping[str, Any],
    tolerance: float = DEFAULT_TOLERANCE,
    alpha: float = DEFAULT_ALPHA,
    metrics: Sequence[str] = (),
    directions: Mapping[str, Direction] | None = None,
) -> RegressionCheck:
    """Compare a report with its baseline.

    A metric fails when its mean is worse by more than `tolerance` of the baseline's and a test
    says that this is not chance, at `alpha` for all metrics together (`comparison.compare`).

    Args:
        current: a report, see `report.build_report`.
        baseline: likewise.
        tolerance: relative, > 0.
        alpha: in (0, 1).
        metrics: only these; empty: all that the baseline has.
        directions: replaces what the reports say about single metrics.

    Raises:
        ConfigError: a value is out of range, or a metric is not known.
        UsageError: the reports are of different scenarios.
    """
    if not 0.0 < tolerance < float("inf"):
        raise ConfigError(f"tolerance must be above 0; found {tolerance}")
    if not 0.0 < alpha < 1.0:
        raise ConfigError(f"alpha must be in (0, 1); found {alpha}")
    if current["scenario"] != baseline["scenario"]:
        raise UsageError(
            f"the baseline is of the scenario {baseline['scenario']!r}, the current report of "
            f"{current['scenario']!r}: give the reports of one scenario"
        )
    known = metric_values(baseline)
    for name in [*metrics, *(directions or {})]:
        if name not in known:
            raise ConfigError(
                f"the baseline has no metric {name!r}.{nearest(name, known)} It has: "
                f"{', '.join(known)}"
            )
    found = metric_values(current)
    chosen = [name for name in known if not metrics or name in metrics]
    ways = {name: _direction(name, current, baseline, directions or {}) for name in chosen}
    both = [name for name in chosen if name in found]
    compared = compare(
        {name: known[name] for name in both},
        {name: found[name] for name in both},
        ways,
        tolerance,
        alpha,
    )
    findings = []
    for name in chosen:
        if name not in compared:
            findings.append(Finding(name, ways[name], "missing"))
            continue
        verdict = _verdict(compared[name], tolerance, alpha)
        findings.append(Finding(name, ways[name], verdict, compared[name]))
    findings += _script_errors(current, baseline)
    return RegressionCheck(
        tuple(findings), tolerance, alpha, tuple(_notes(current, baseline, findings, tolerance))
    )


def metric_values(report: Mapping[str, Any]) -> dict[str, dict[Any, float]]:
    """Return every metric of a report: name to (episode's seed to value).

    The names are those of the report's top level: `mean_reward`, `mean_episode_length`,
    `success_rate`, the scenario's metrics, and `zero_<metric>_rate`.
    """
    rows: list[Row] = report["episodes"]
    getters: dict[str, Callable[[Row], Any]] = {
        "mean_reward": lambda row: row["return"],
        "mean_episode_length": lambda row: row["length"],
        "success_rate": lambda row: row.get("success"),
    }
    for name in report.get("metrics", {}):
        if name.startswith("zero_") and name.endswith("_rate"):
            getters[name] = _Zero(name[len("zero_") : -len("_rate")])
        elif name in report:
            getters[name] = _Metric(name)
    values = {}
    for name, get in getters.items():
        pairs = {row["seed"]: get(row) for row in rows}
        if all(value is not None for value in pairs.values()):
            values[name] = {key: float(value) for key, value in pairs.items()}
    return values


def _script_errors(current: Mapping[str, Any], baseline: Mapping[str, Any]) -> list[Finding]:
    """Return the finding on run-time errors of scripts; none for reports that do not tell.

    A script that fails returns null and the game goes on, wrong, perhaps easier: numbers may even
    improve.
    """
    told = current.get("engine_errors")
    if told is None:
        return []
    before = baseline.get("engine_errors") or {}
    known = {_without_line(text) for text in before.get("texts", ())}
    fresh = [text for text in told["texts"] if _without_line(text) not in known]
    return [
        Finding(
            SCRIPT_ERRORS,
            "lower",
            "errors" if fresh else "ok",
            errors=(int(before.get("count", 0)), int(told["count"]), fresh[0] if fresh else ""),
        )
    ]


def _without_line(text: str) -> str:
    """Return an error's text without line numbers, which move when a script is edited above."""
    return re.sub(r":\d+\)", ")", text)


@dataclass(frozen=True)
class _Metric:
    name: str

    def __call__(self, row: Row) -> Any:
        return row["metrics"].get(self.name)


@dataclass(frozen=True)
class _Zero:
    name: str

    def __call__(self, row: Row) -> Any:
        value = row["metrics"].get(self.name)
        return None if value is None else value == 0


def _direction(
    name: str,
    current: Mapping[str, Any],
    baseline: Mapping[str, Any],
    given: Mapping[str, Direction],
) -> Direction:
    if name in given:
        return given[name]
    for report in (current, baseline):
        found: Direction | None = report.get("directions", {}).get(name)
        if found is not None:
            return found
    return "higher" if name in ("mean_reward", "success_rate") else "either"


def _verdict(comparison: Comparison, tolerance: float, alpha: float) -> Verdict:
    if comparison.worsening <= 0.0:
        return "ok"
    if comparison.worsening <= tolerance:
        return "tolerated"
    return "worse" if comparison.p_value < alpha else "chance"


def _notes(
    current: Mapping[str, Any],
    baseline: Mapping[str, Any],
    findings: Sequence[Finding],
    tolerance: float,
) -> list[str]:
    notes = []
    for key in ("mode", "engine"):
        if current.get(key) != baseline.get(key):
            notes.append(f"{key}: baseline {baseline.get(key)}, current {current.get(key)}")
    compared = [each.comparison for each in findings if each.comparison is not None]
    if compared and not compared[0].paired:
        notes.append("the episodes differ, so they are compared as two samples, not one by one")
    blind = [
        f"{finding.metric} ({finding.comparison.episodes_needed:,} would do)"
        for finding in findings
        if finding.comparison is not None
        and (finding.comparison.episodes_needed or 0) > finding.comparison.episodes
    ]
    if blind:
        episodes = min(each.episodes for each in compared)
        notes.append(
            f"{episodes} episodes are too few to tell a worsening of {tolerance:.0%} from chance "
            f"in {', '.join(blind)}; larger ones are told"
        )
    return notes
