"""An evaluation's report as JUnit XML: an episode is a test case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rl_training.reporting.junit import Case, junit

_PROPERTIES = (
    *("scenario", "model", "mode", "seed", "num_episodes", "mean_reward", "std_reward"),
    *("mean_episode_length", "success_rate", "engine", "commit"),
)


def as_junit(report: Mapping[str, Any]) -> str:
    """Return a test suite with a case for each episode.

    An episode that did not succeed failed; where the scene does not tell success it is skipped.

    Args:
        report: see `report.build_report`.
    """
    properties = {name: report[name] for name in _PROPERTIES if report[name] is not None}
    cases = [_case(row) for row in report["episodes"]]
    return junit(str(report["scenario"]), cases, {**properties, **report["metrics"]})


def _case(row: Mapping[str, Any]) -> Case:
    values = {"return": row["return"], "length": row["length"], **row["metrics"]}
    values |= row.get("times", {})
    end = "its time was over" if row["truncated"] else "it ended"
    return Case(
        f"episode {row['episode']} (seed {row['seed']})",
        failure=f"no success: {end} after {row['length']} decisions, return {row['return']:.4g}"
        if row["success"] is False
        else None,
        skipped="the scene does not tell success" if row["success"] is None else None,
        properties=values,
    )
