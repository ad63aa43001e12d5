"""The page that shows an evaluation: what came of it, against what, and how to see it again.

Called by generate_report.py. It reads what others wrote and starts no engine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rl_training.data.recording import read_recording
from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.report_parts import EpisodeRow, Run
from rl_training.evaluation.request import DETERMINISTIC
from rl_training.gate.message_check import SCRIPT_ERRORS
from rl_training.gate.regression import RegressionCheck
from rl_training.gate.training_check import TrainingCheck
from rl_training.play.players import parameters_text
from rl_training.replay.trajectories import top_view
from rl_training.reporting import regression_table, training_table
from rl_training.reporting.document import Block, Command, Folded, Heading, Picture, Text
from rl_training.reporting.drawn_table import drawn_table
from rl_training.reporting.figures import (
    comparison_figure,
    episodes_figure,
    learning_figure,
    trajectories_figure,
)
from rl_training.reporting.findings_table import findings_table
from rl_training.reporting.numbers import number
from rl_training.reporting.play_again import replay_command
from rl_training.reporting.policy_tables import opponent_table, policy_table
from rl_training.reporting.table import Table
from rl_training.runs.training_log import TrainingLog

WORST = 5
"""Episodes that are shown as the worst."""


def page(
    report: EvaluationReport,
    baseline: EvaluationReport | None = None,
    check: RegressionCheck | None = None,
    training: tuple[TrainingLog, TrainingCheck] | None = None,
    recordings: Mapping[int, Path] | None = None,
    maps: Sequence[Block] = (),
) -> list[Block]:
    """Return the page's blocks in their order.

    Args:
        report: of `evaluate_model.py`.
        baseline: another; given together with `check`.
        check: the report against it.
        training: the logs of the policy's training, and their check.
        recordings: number of an episode to its recording.
        maps: where agents were (`ratings_page.heat_maps`).

    Raises:
        RecordingError: a recording is damaged.
    """
    recordings = recordings or {}
    blocks: list[Block] = [Heading(f"{report.scenario}: evaluation", 1)]
    if check is not None:
        text = f"Against the baseline: {regression_table.conclusion(check)}."
        blocks.append(Text(text, strong=True, good=check.passed))
    if training is not None:
        text = f"Training: {training_table.conclusion(training[1])}."
        blocks.append(Text(text, strong=True, good=training[1].passed))
    blocks += [Text(_what(report)), _results(report), *_policies(report), *_messages(report)]
    found = findings_table(report)
    if found is not None:
        blocks += [Heading("What the game found wrong with itself"), found]
    blocks += _drawn(report)
    blocks += [Heading("Episodes"), _episodes(report)]
    blocks += _worst(report, recordings)
    blocks += [*_trajectories(report, recordings), *maps]
    if check is not None and baseline is not None:
        blocks += _comparison(report, baseline, check)
    if training is not None:
        blocks += _training(*training)
    return [*blocks, *_run(report), Heading("Made with"), _made_with(report)]


def worst_episodes(report: EvaluationReport, count: int = WORST) -> list[EpisodeRow]:
    """Return the episodes with the lowest returns, the worst first."""
    return sorted(report.episodes, key=lambda row: (row.episode_return, row.episode))[:count]


def _what(report: EvaluationReport) -> str:
    how = "inside the engine" if report.was_in_engine else "through Python"
    if report.actions != DETERMINISTIC:
        how += f" with {report.actions} actions"
    parameters = parameters_text(report.parameters)
    told = f" Environment parameters: {parameters}." if parameters else ""
    return (
        f"{report.num_episodes} episodes of seed {report.seed}, played {how} by "
        f"{report.model} in {report.wall_time_s:.1f} s.{told}"
    )


def _results(report: EvaluationReport) -> Table:
    rows = [
        ("mean reward", number(report.mean_reward), _interval(report.mean_reward_ci95)),
        ("standard deviation", number(report.std_reward), ""),
        (
            "interquartile mean",
            number(report.interquartile_mean_reward),
            _interval(report.interquartile_mean_reward_ci95),
        ),
        (
            "mean decisions an episode",
            number(report.mean_episode_length),
            _interval(report.mean_episode_length_ci95),
        ),
    ]
    if report.success_rate is not None and report.success_rate_ci95 is not None:
        low, high = report.success_rate_ci95
        rows.append(("success rate", f"{report.success_rate:.1%}", f"{low:.1%} to {high:.1%}"))
    # The metric that is the success rate stands there already.
    said = {info.name for info in report.metric_info if info.is_success}
    rows += [
        (
            f"{each.name}, {each.unit}" if each.unit else each.name,
            number(each.mean),
            _interval(each.ci95),
        )
        for each in report.metric_results
        if each.name not in said
    ]
    times = [row.times for row in report.episodes if row.times is not None]
    means = [each.physics_ms_mean for each in times if each.physics_ms_mean is not None]
    largest = [each.physics_ms_max for each in times if each.physics_ms_max is not None]
    if means and largest:
        mean = sum(means) / len(means)
        rows.append(("physics tick, ms (all arenas of an engine)", number(mean), ""))
        rows.append(("longest physics tick, ms", number(max(largest)), ""))
    return Table(("", "value", "95 % interval"), tuple(rows), numbers=frozenset({1, 2}))


def _policies(report: EvaluationReport) -> list[Block]:
    blocks: list[Block] = []
    if len(report.policies) > 1:
        told = (
            "The figures above are over all agents together; in a zero-sum game they cancel out. "
            "Each policy on its own:"
        )
        blocks = [Heading("Policies"), Text(told), policy_table(report)]
    opponents = opponent_table(report)
    if opponents is not None:
        told = "Agents of the same arenas that others played, when an episode ended beside them:"
        blocks += [Heading("Opponents"), Text(told), opponents]
    return blocks


def _drawn(report: EvaluationReport) -> list[Block]:
    table = drawn_table(report)
    if table is None:
        return []
    told = "Episodes by the parameters that were drawn for them:"
    return [Heading("By what was drawn"), Text(told), table]


def _messages(report: EvaluationReport) -> list[Block]:
    """Return what the engine complained of, each message with how often it came."""
    if report.engine_errors is None:
        return []
    rows = [
        (kind, "" if each.count is None else str(each.count), each.text)
        for kind, found in report.engine_errors.kinds().items()
        for each in found.messages
    ]
    if not rows:
        return []
    failed = frozenset(i for i, row in enumerate(rows) if row[0] == SCRIPT_ERRORS)
    table = Table(("kind", "times", "message"), tuple(rows), failed, frozenset({1}))
    return [Heading("Errors and warnings of the engine"), table]


def _episodes(report: EvaluationReport) -> Picture:
    caption = "Every episode, by its number"
    return Picture("episodes", caption, *episodes_figure(report.episodes))


def _worst(report: EvaluationReport, recordings: Mapping[int, Path]) -> list[Block]:
    rows = worst_episodes(report)
    names = list(rows[0].metrics)
    several = len(report.policies) > 1
    head = ("episode", "seed", "return", "decisions", "end", *(["policy"] if several else []))
    texts = frozenset(range(4, len(head)))
    head = (*head, *names)
    table = Table(
        head,
        tuple(
            (
                str(row.episode),
                str(row.seed),
                number(row.episode_return),
                str(row.length),
                _outcome(row),
                *([row.policy] if several else []),
                *(number(row.metrics[n]) if n in row.metrics else "" for n in names),
            )
            for row in rows
        ),
        numbers=frozenset(range(len(head))) - texts,
    )
    blocks: list[Block] = [Heading(f"The worst {len(rows)} episodes"), table]
    lines = []
    for row in rows:
        recording = recordings.get(row.episode)
        lines.append(f"# episode {row.episode}\n{replay_command(report, row, recording)}")
    told = "To play them again (--viz shows them, --video films them):"
    if not all(row.episode in recordings for row in rows):
        told = "To record them, for replay_episode.py:"
    return [*blocks, Text(told), Command("\n".join(lines))]


def _trajectories(report: EvaluationReport, recordings: Mapping[int, Path]) -> list[Block]:
    """Return the worst episodes and the best one from above, of those that were recorded."""
    rows = worst_episodes(report)
    best = max(report.episodes, key=lambda row: row.episode_return)
    views = []
    for row in [*rows, *([] if best in rows else [best])]:
        path = recordings.get(row.episode)
        view = None if path is None else top_view(read_recording(path))
        if view is not None:
            kind = "the best" if row is best else _outcome(row)
            title = f"episode {row.episode}: {kind}, return {number(row.episode_return)}"
            views.append((title, row.success, view))
    if not views:
        return []
    caption = (
        "From above: from the circle on, paler first, leaps (teleports) dotted; what stands in "
        "the way is grey"
    )
    return [Heading("Where it went"), Picture("trajectories", caption, *trajectories_figure(views))]


def _comparison(
    report: EvaluationReport, baseline: EvaluationReport, check: RegressionCheck
) -> list[Block]:
    blocks: list[Block] = [Heading("Against the baseline")]
    source = f"The baseline is {baseline.num_episodes} episodes of {baseline.model}"
    if baseline.provenance is not None:
        source += f", written {baseline.provenance.written:%Y-%m-%d %H:%M %Z}"
    blocks += [
        Text(f"{source}."),
        regression_table.table(check),
        *(Text(f"Note: {note}.") for note in check.notes),
    ]
    return [
        *blocks,
        Picture(
            "comparison",
            "Left: returns against the baseline's. Right: by how much each metric is worse; "
            "what is beyond the dashed line fails when it is not chance",
            *comparison_figure(report, baseline, check),
        ),
    ]


def _training(log: TrainingLog, check: TrainingCheck) -> list[Block]:
    blocks: list[Block] = [
        Heading(f"Training: {log.experiment}"),
        training_table.table(check),
    ]
    curves = learning_figure(log)
    if curves is not None:
        caption = "Learning curves over timesteps (rolling means over 100 episodes)"
        blocks.append(Picture("learning", caption, *curves))
    return blocks


def _made_with(report: EvaluationReport) -> Table:
    rows = [("Godot", report.engine or "unknown"), ("commit", report.commit)]
    return Table(("", "version"), (*rows, *report.versions.items()))


def _run(report: EvaluationReport) -> list[Block]:
    """Return which training runs the policies came from; settings only where they are known."""
    runs = {**({"": report.run} if report.run is not None else {}), **report.runs}
    if not runs:
        return []
    tables = [
        Folded(f"Settings of the run{f' of {name}' if name else ''}", _run_table(run))
        for name, run in runs.items()
    ]
    return [Heading("Trained by"), *tables]


def _run_table(run: Run) -> Table:
    rows = [
        ("experiment", run.experiment),
        ("algorithm", run.algorithm),
        ("timesteps", f"{run.timesteps:,}" if run.timesteps else ""),
        ("seed", "" if run.seed is None else str(run.seed)),
        ("commit", run.commit),
        ("settings, SHA-256", run.config_sha256[:16]),
        *((name, json.dumps(value)) for name, value in run.config.items()),
    ]
    told = tuple((name, value) for name, value in rows if value not in ("", '""', "null"))
    return Table(("", "value"), told)


def _outcome(row: EpisodeRow) -> str:
    end = "time over" if row.truncated else "ended"
    outcome = {True: "success", False: "no success", None: ""}[row.success]
    return ", ".join(part for part in (outcome, end) if part)


def _interval(interval: Sequence[float] | None) -> str:
    if interval is None:
        return ""
    return f"{number(interval[0])} to {number(interval[1])}"
