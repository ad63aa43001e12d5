"""A report, or one of its episodes, as text for a terminal."""

from __future__ import annotations

from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.report_results import Results
from rl_training.play.episodes import Episode
from rl_training.reporting.table import Table, as_text


def summary(report: EvaluationReport) -> str:
    """Return the report in a few lines of text; a line a policy where there are several."""
    low, high = report.mean_reward_ci95
    lines = [
        f"{report.num_episodes} episodes of {report.scenario} ({report.mode}), "
        f"seed {report.seed}, {report.wall_time_s:.1f} s",
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
    if report.engine_errors is not None:
        for name, found in report.engine_errors.kinds().items():
            if found.count:
                lines.append(f"{name:14} {found.count}, the first: {found.first}")
    return "\n".join(lines)


def policy_table(report: EvaluationReport) -> Table:
    """Return what each policy came to, a row a policy."""
    metrics = [each.name for each in report.metric_results]
    tells_success = report.success_rate is not None
    head: tuple[str, ...] = ("policy", "episodes", "mean reward", "95 % interval")
    rows = [
        (
            name,
            str(results.num_episodes),
            f"{results.mean_reward:.3f}",
            "{:.3f} to {:.3f}".format(*results.mean_reward_ci95),
            *([_share(results)] if tells_success else []),
            *(
                f"{results.metrics[each]:.3f}" if each in results.metrics else ""
                for each in metrics
            ),
        )
        for name, results in report.policies.items()
    ]
    head = (*head, *(["success rate"] if tells_success else []), *metrics)
    return Table(head, tuple(rows), numbers=frozenset(range(1, len(head))))


def episode_line(episode: Episode) -> str:
    """Return one line of text on an episode."""
    outcome = {True: "success", False: "failure", None: ""}[episode.success]
    end = "time over" if episode.truncated else "ended"
    metrics = "  ".join(f"{name} {value:g}" for name, value in episode.metrics.items())
    return (
        f"episode {episode.index:4d}  return {episode.episode_return:9.3f}  "
        f"{episode.length:5d} decisions  {end:9}  {outcome:7}  {metrics}"
    ).rstrip()


def _share(results: Results) -> str:
    return "" if results.success_rate is None else f"{100 * results.success_rate:.1f} %"
