"""An evaluation's report as JUnit XML: an episode is a test case."""

from __future__ import annotations

from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.report_parts import EpisodeRow
from rl_training.evaluation.report_results import Results
from rl_training.reporting.junit import Case, junit


def as_junit(report: EvaluationReport) -> str:
    """Return a test suite with a case for each episode.

    An episode that did not succeed failed; where the scene does not tell success it is skipped.
    """
    known = {
        "scenario": report.scenario,
        "model": report.model,
        "mode": report.mode,
        "seed": report.seed,
        "num_episodes": report.num_episodes,
        "mean_reward": report.mean_reward,
        "std_reward": report.std_reward,
        "mean_episode_length": report.mean_episode_length,
        "success_rate": report.success_rate,
        "actions": report.actions,
        "engine": report.engine,
        "commit": report.commit,
    }
    properties: dict[str, object] = {k: value for k, value in known.items() if value is not None}
    if report.engine_errors is not None:
        for kind, found in report.engine_errors.kinds().items():
            properties[kind] = found.count
    properties |= {f"parameter {name}": value for name, value in report.parameters.items()}
    properties |= report.metrics
    if len(report.policies) > 1:
        for policy, results in report.policies.items():
            properties |= _of_policy(policy, results, report.models.get(policy))
    return junit(report.scenario, [_case(row) for row in report.episodes], properties)


def _of_policy(policy: str, results: Results, model: str | None) -> dict[str, object]:
    """Return a policy's numbers by the names that the gate gives them, `<policy>/<metric>`."""
    known: dict[str, object] = {
        "model": model,
        "num_episodes": results.num_episodes,
        "mean_reward": results.mean_reward,
        "mean_episode_length": results.mean_episode_length,
        "success_rate": results.success_rate,
        **results.metrics,
    }
    return {f"{policy}/{name}": value for name, value in known.items() if value is not None}


def _case(row: EpisodeRow) -> Case:
    values: dict[str, object] = {"return": row.episode_return, "length": row.length, **row.metrics}
    if row.times is not None:
        values |= row.times.model_dump(exclude_none=True)
    if row.policy:
        values |= {"agent": row.agent, "policy": row.policy}
    values |= {f"parameter {name}": value for name, value in row.parameters.items()}
    end = "its time was over" if row.truncated else "it ended"
    return Case(
        f"episode {row.episode} (seed {row.seed})",
        failure=f"no success: {end} after {row.length} decisions, return {row.episode_return:.4g}"
        if row.success is False
        else None,
        skipped="the scene does not tell success" if row.success is None else None,
        properties=values,
    )
