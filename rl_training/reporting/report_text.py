"""A report, or one of its episodes, as text for a terminal."""

from __future__ import annotations

from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.request import DETERMINISTIC
from rl_training.play.episodes import Episode
from rl_training.play.players import parameters_text
from rl_training.reporting.findings_table import findings_table
from rl_training.reporting.policy_tables import opponent_table, policy_table
from rl_training.reporting.table import as_text

# `policy_name` of controllers that were given none.
_ONE_POLICY = "shared_policy"


def summary(report: EvaluationReport) -> str:
    """Return the report in a few lines of text; a line a policy where there are several."""
    low, high = report.mean_reward_ci95
    parameters = parameters_text(report.parameters)
    how = report.mode if report.actions == DETERMINISTIC else f"{report.mode}, {report.actions}"
    lines = [
        f"{report.num_episodes} episodes of {report.scenario} ({how}), "
        f"seed {report.seed}, {report.wall_time_s:.1f} s",
        *([f"parameters     {parameters}"] if parameters else []),
        f"mean reward    {report.mean_reward:.3f} +- {report.std_reward:.3f}  "
        f"(95 % interval {low:.3f} to {high:.3f})",
        f"mean length    {report.mean_episode_length:.1f} decisions",
    ]
    if report.success_rate is not None and report.success_rate_ci95 is not None:
        low, high = report.success_rate_ci95
        lines.append(
            f"success rate   {100 * report.success_rate:.1f} %  "
            f"(95 % interval {100 * low:.1f} to {100 * high:.1f} %)"
        )
    lines += [f"{each.name:14} {each.mean:.3f}" for each in report.metric_results]
    if len(report.policies) > 1:
        lines.append(
            f"{len(report.policies)} policies share these figures; in a zero-sum game they cancel "
            "out. Each on its own:"
        )
        lines += as_text(policy_table(report))
    opponents = opponent_table(report)
    if opponents is not None:
        lines.append("Agents of the same arenas that others played:")
        lines += as_text(opponents)
    found_wrong = findings_table(report)
    if found_wrong is not None:
        lines.append("What the game found wrong with itself:")
        lines += as_text(found_wrong)
    if report.engine_errors is not None:
        for name, found in report.engine_errors.kinds().items():
            if found.count:
                lines.append(f"{name:14} {found.count}, the first: {found.first}")
    return "\n".join(lines)


def episode_line(episode: Episode) -> str:
    """Return one line of text on an episode."""
    outcome = {True: "success", False: "failure", None: ""}[episode.success]
    end = "time over" if episode.truncated else "ended"
    metrics = "  ".join(f"{name} {value:g}" for name, value in episode.metrics.items())
    policy = "" if episode.agent is None else episode.agent.policy
    who = f"{policy:12}  " if policy not in ("", _ONE_POLICY) else ""
    return (
        f"episode {episode.index:4d}  {who}return {episode.episode_return:9.3f}  "
        f"{episode.length:5d} decisions  {end:9}  {outcome:7}  {metrics}"
    ).rstrip()
