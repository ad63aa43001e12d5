"""The JSON report of an evaluation; the same shape whoever played the episodes."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.engine.log_messages import EngineMessages
from rl_training.play.episodes import Episode
from rl_training.play.statistics import (
    Statistic,
    bootstrap_interval,
    interquartile_mean,
    mean,
    wilson_interval,
)
from rl_training.runs.atomic import write_text
from rl_training.runs.provenance import commit, versions
from rl_training.scenarios import Scenario

logger = logging.getLogger(__name__)

FORMAT = 1
"""Version of the report: 1 since 0.1.0."""

PYTHON = "python"
IN_ENGINE = "in_engine"


@dataclass(frozen=True)
class Evaluation:
    """What was played, how, and what came of it.

    Attributes:
        scenario: the scenario.
        model: the model's file.
        mode: `PYTHON` or `IN_ENGINE`.
        seed: of the evaluation.
        episodes: by rising index, at least one.
        wall_time_s: seconds of playing, engines' start included.
        engine: version of Godot; empty when unknown.
        game: which game, where it is not this repository: `env_path`, `project_path` and
            `scene_path`, as they were given.
        messages: errors and warnings in the engines' logs; None: unknown.
    """

    scenario: Scenario
    model: Path
    mode: str
    seed: int
    episodes: tuple[Episode, ...]
    wall_time_s: float
    engine: str = ""
    game: Mapping[str, str] = field(default_factory=dict)
    messages: EngineMessages | None = None


def build_report(evaluation: Evaluation) -> dict[str, Any]:
    """Return the report as a dictionary that JSON can hold.

    Metrics are at the top level under their own names (means over the episodes), with the share of
    episodes without any as `zero_<metric>_rate` for those that should be low and count.
    """
    episodes, messages = evaluation.episodes, evaluation.messages
    returns = np.array([episode.episode_return for episode in episodes])
    lengths = np.array([float(episode.length) for episode in episodes])
    report: dict[str, Any] = {
        "format": FORMAT,
        "scenario": evaluation.scenario.name,
        "model": str(evaluation.model),
        "mode": evaluation.mode,
        "seed": evaluation.seed,
        "num_episodes": len(episodes),
        "mean_reward": float(np.mean(returns)),
        "std_reward": float(np.std(returns)),
        "mean_reward_ci95": _interval(returns),
        "interquartile_mean_reward": float(interquartile_mean(returns)),
        "interquartile_mean_reward_ci95": _interval(returns, interquartile_mean),
        "mean_episode_length": float(np.mean(lengths)),
        "mean_episode_length_ci95": _interval(lengths),
        "terminated_rate": float(np.mean([episode.terminated for episode in episodes])),
        "truncated_rate": float(np.mean([episode.truncated for episode in episodes])),
        **_success(episodes),
        **_metrics(evaluation.scenario, episodes),
        "directions": _directions(evaluation.scenario),
        "reward_terms": _means([episode.reward_terms for episode in episodes]),
        "wall_time_s": round(evaluation.wall_time_s, 3),
        "engine": evaluation.engine,
        "game": dict(evaluation.game),
        "commit": commit(),
        "versions": versions(),
        **({} if messages is None else {"engine_errors": messages.to_dict()}),
        "episodes": [_row(episode) for episode in episodes],
    }
    return report


def save_report(report: dict[str, Any], path: Path) -> None:
    """Write the report, whole or not at all.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    write_text(path, json.dumps(report, indent=1, allow_nan=False) + "\n")


def summary(report: dict[str, Any]) -> str:
    """Return the report in a few lines of text."""
    low, high = report["mean_reward_ci95"]
    lines = [
        f"{report['num_episodes']} episodes of {report['scenario']} ({report['mode']}), "
        f"seed {report['seed']}, {report['wall_time_s']:.1f} s",
        f"mean reward    {report['mean_reward']:.3f} +- {report['std_reward']:.3f}  "
        f"(95 % interval {low:.3f} to {high:.3f})",
        f"mean length    {report['mean_episode_length']:.1f} decisions",
    ]
    if report["success_rate"] is not None:
        low, high = report["success_rate_ci95"]
        lines.append(
            f"success rate   {100 * report['success_rate']:.1f} %  "
            f"(95 % interval {100 * low:.1f} to {100 * high:.1f} %)"
        )
    lines += [f"{name:14} {value:.3f}" for name, value in report["metrics"].items()]
    errors = report.get("engine_errors", {})
    for name, found in (
        ("script errors", errors),
        ("pushed errors", errors.get("pushed_errors", {})),
        ("warnings", errors.get("pushed_warnings", {})),
    ):
        if found.get("count", 0):
            lines.append(f"{name:14} {found['count']}, the first: {found['first']}")
    return "\n".join(lines)


def episode_line(episode: Episode) -> str:
    """Return one line of text on an episode."""
    outcome = {True: "success", False: "failure", None: ""}[episode.success]
    end = "time over" if episode.truncated else "ended"
    metrics = "  ".join(f"{name} {value:g}" for name, value in episode.metrics.items())
    return (
        f"episode {episode.index:4d}  return {episode.episode_return:9.3f}  "
        f"{episode.length:5d} decisions  {end:9}  {outcome:7}  {metrics}"
    ).rstrip()


def _success(episodes: Sequence[Episode]) -> dict[str, Any]:
    known = [episode.success for episode in episodes if episode.success is not None]
    if not known:
        return {"success_rate": None, "success_rate_ci95": None}
    interval = wilson_interval(sum(known), len(known))
    return {
        "success_rate": sum(known) / len(known),
        "success_rate_ci95": [interval.low, interval.high],
    }


def _metrics(scenario: Scenario, episodes: Sequence[Episode]) -> dict[str, Any]:
    means = _means([episode.metrics for episode in episodes])
    declared = {metric.name: metric for metric in scenario.metrics}
    for name in declared:
        if name not in means:
            logger.warning("the scene does not report the metric %r of its scenario", name)
    zero_rates = {
        f"zero_{name}_rate": float(
            np.mean([episode.metrics[name] == 0 for episode in episodes if name in episode.metrics])
        )
        for name, metric in declared.items()
        if name in means and not metric.higher_is_better and not metric.unit
    }
    values = {
        name: [row.metrics[name] for row in episodes if name in row.metrics] for name in means
    }
    for rate in zero_rates:
        metric = rate.removeprefix("zero_").removesuffix("_rate")
        values[rate] = [float(value == 0) for value in values[metric]]
    intervals = {name: _metric_interval(each) for name, each in values.items()}
    flat = {name: value for name, value in means.items() if name != scenario.success_metric}
    metrics = {**means, **zero_rates}
    return {**flat, **zero_rates, "metrics": metrics, "metrics_ci95": intervals}


def _metric_interval(values: Sequence[float]) -> list[float]:
    if all(value in (0.0, 1.0) for value in values):
        share = wilson_interval(int(sum(values)), len(values))
        return [share.low, share.high]
    return _interval(values)


def _interval(
    values: Sequence[float] | NDArray[np.float64], statistic: Statistic = mean
) -> list[float]:
    interval = bootstrap_interval(values, statistic)
    return [interval.low, interval.high]


def _directions(scenario: Scenario) -> dict[str, str]:
    """Return what is better in each metric, where that is known: "higher" or "lower"."""
    directions = {"mean_reward": "higher", "success_rate": "higher"}
    if scenario.shorter_is_better is not None:
        directions["mean_episode_length"] = "lower" if scenario.shorter_is_better else "higher"
    for metric in scenario.metrics:
        directions[metric.name] = "higher" if metric.higher_is_better else "lower"
        if not metric.higher_is_better and not metric.unit:
            directions[f"zero_{metric.name}_rate"] = "higher"
    return directions


def _means(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: float(np.mean([row[name] for row in rows if name in row])) for name in names}


def _row(episode: Episode) -> dict[str, Any]:
    row = asdict(episode)
    row["episode"], row["return"] = row.pop("index"), row.pop("episode_return")
    order = ("episode", "seed", "return", "length", "terminated", "truncated", "success")
    optional = {key: row[key] for key in ("times", "recording") if row[key]}
    return {**{key: row[key] for key in order}, "metrics": row["metrics"], **optional}
