"""The page that shows an evaluation: what came of it, against what, and how to see it again.

Called by generate_report.py. It reads what others wrote and starts no engine.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rl_training.data.recording import read_recording
from rl_training.evaluation.report import IN_ENGINE
from rl_training.gate.regression import FAILING, RegressionCheck
from rl_training.gate.training_check import TrainingCheck
from rl_training.invocation import program
from rl_training.replay.trajectories import top_view
from rl_training.reporting import regression_table, training_table
from rl_training.reporting.document import Block, Command, Heading, Picture, Table, Text
from rl_training.reporting.figures import (
    comparison_figure,
    episodes_figure,
    learning_figure,
    trajectories_figure,
)
from rl_training.runs.training_log import TrainingLog

WORST = 5
"""Episodes that are shown as the worst."""

Row = Mapping[str, Any]
Report = Mapping[str, Any]


def page(
    report: Report,
    baseline: Report | None = None,
    check: RegressionCheck | None = None,
    training: tuple[TrainingLog, TrainingCheck] | None = None,
    recordings: Mapping[int, Path] | None = None,
) -> list[Block]:
    """Return the page's blocks in their order.

    Args:
        report: of `evaluate_model.py`.
        baseline: another; given together with `check`.
        check: the report against it.
        training: the logs of the policy's training, and their check.
        recordings: number of an episode to its recording.

    Raises:
        RecordingError: a recording is damaged.
    """
    recordings = recordings or {}
    blocks: list[Block] = [Heading(f"{report['scenario']}: evaluation", 1)]
    if check is not None:
        text = f"Against the baseline: {regression_table.conclusion(check)}."
        blocks.append(Text(text, strong=True, good=check.passed))
    if training is not None:
        text = f"Training: {training_table.conclusion(training[1])}."
        blocks.append(Text(text, strong=True, good=training[1].passed))
    blocks += [Text(_what(report)), _results(report)]
    blocks += [Heading("Episodes"), _episodes(report)]
    blocks += _worst(report, recordings)
    blocks += _trajectories(report, recordings)
    if check is not None and baseline is not None:
        blocks += _comparison(report, baseline, check)
    if training is not None:
        blocks += _training(*training)
    return [*blocks, Heading("Made with"), _made_with(report)]


def find_recordings(report: Report, folder: Path | None = None) -> dict[int, Path]:
    """Return the recordings of a report's episodes that exist, by the episodes' numbers.

    Args:
        report: its rows tell where the recordings were written.
        folder: where they are now; None: still there.
    """
    found: dict[int, Path] = {}
    for row in report["episodes"]:
        path = Path(row.get("recording", ""))
        if folder is not None:
            path = folder / f"episode_{row['episode']:06d}_{row['seed']}.replay"
        if path.is_file():
            found[row["episode"]] = path
    return found


def worst_episodes(report: Report, count: int = WORST) -> list[Row]:
    """Return the episodes with the lowest returns, the worst first."""
    return sorted(report["episodes"], key=lambda row: (row["return"], row["episode"]))[:count]


def replay_command(report: Report, row: Row, recording: Path | None) -> str:
    """Return what shows an episode again, from the working directory.

    Where it was not recorded, the evaluation's first episodes up to it are played and recorded.
    """
    game = report.get("game", {})
    if recording is not None:
        words = [*program(), "replay", str(recording)]
        # The recording tells the scene.
        return shlex.join([*words, *_flags(game, "env_path", "project_path")])
    words = [*program(), "evaluate", "--model", str(report["model"])]
    words += _flags(game, "env_path", "project_path", "scene_path")
    words += ["--scenario", str(report["scenario"]), "--seed", str(report["seed"])]
    words += ["--episodes", str(row["episode"] + 1)]
    if report["mode"] == IN_ENGINE:
        words.append("--in_engine")
    return shlex.join([*words, "--record", "recordings"])


def _flags(game: Mapping[str, str], *names: str) -> list[str]:
    return [word for name in names if name in game for word in (f"--{name}", game[name])]


def _what(report: Report) -> str:
    how = "inside the engine" if report["mode"] == IN_ENGINE else "through Python"
    return (
        f"{report['num_episodes']} episodes of seed {report['seed']}, played {how} by "
        f"{report['model']} in {report['wall_time_s']:.1f} s."
    )


def _results(report: Report) -> Table:
    rows = [
        ("mean reward", _number(report["mean_reward"]), _interval(report["mean_reward_ci95"])),
        ("standard deviation", _number(report["std_reward"]), ""),
        *(
            (label, _number(report[name]), _interval(report.get(f"{name}_ci95")))
            for label, name in (
                ("interquartile mean", "interquartile_mean_reward"),
                ("mean decisions an episode", "mean_episode_length"),
            )
        ),
    ]
    if report["success_rate"] is not None:
        share = f"{report['success_rate']:.1%}"
        low, high = report["success_rate_ci95"]
        rows.append(("success rate", share, f"{low:.1%} to {high:.1%}"))
    # The metric that is the success rate stands there already.
    metrics = {n: value for n, value in report["metrics"].items() if n in report}
    intervals = report.get("metrics_ci95", {})
    rows += [
        (name, _number(value), _interval(intervals.get(name))) for name, value in metrics.items()
    ]
    times = [row["times"] for row in report["episodes"] if "physics_ms_max" in row.get("times", {})]
    if times:
        mean = sum(each["physics_ms_mean"] for each in times) / len(times)
        largest = max(each["physics_ms_max"] for each in times)
        rows.append(("physics tick, ms (all arenas of an engine)", _number(mean), ""))
        rows.append(("longest physics tick, ms", _number(largest), ""))
    return Table(("", "value", "95 % interval"), tuple(rows), numbers=frozenset({1, 2}))


def _episodes(report: Report) -> Picture:
    caption = "Every episode, by its number"
    return Picture("episodes", caption, episodes_figure(report["episodes"]))


def _worst(report: Report, recordings: Mapping[int, Path]) -> list[Block]:
    rows = worst_episodes(report)
    names = list(rows[0]["metrics"])
    head = ("episode", "seed", "return", "decisions", "end", *names)
    table = Table(
        head,
        tuple(
            (
                str(row["episode"]),
                str(row["seed"]),
                _number(row["return"]),
                str(row["length"]),
                _outcome(row),
                *(_number(row["metrics"][n]) if n in row["metrics"] else "" for n in names),
            )
            for row in rows
        ),
        numbers=frozenset(range(len(head))) - {4},
    )
    blocks: list[Block] = [Heading(f"The worst {len(rows)} episodes"), table]
    lines = []
    for row in rows:
        recording = recordings.get(row["episode"])
        lines.append(f"# episode {row['episode']}\n{replay_command(report, row, recording)}")
    told = "To play them again (--viz shows them, --video films them):"
    if not all(row["episode"] in recordings for row in rows):
        told = "To record them, for replay_episode.py:"
    return [*blocks, Text(told), Command("\n".join(lines))]


def _trajectories(report: Report, recordings: Mapping[int, Path]) -> list[Block]:
    """Return the worst episodes and the best one from above, of those that were recorded."""
    rows = worst_episodes(report)
    best = max(report["episodes"], key=lambda row: row["return"])
    views = []
    for row in [*rows, *([] if best in rows else [best])]:
        path = recordings.get(row["episode"])
        view = None if path is None else top_view(read_recording(path))
        if view is not None:
            kind = "the best" if row is best else _outcome(row)
            title = f"episode {row['episode']}: {kind}, return {_number(row['return'])}"
            views.append((title, row["success"], view))
    if not views:
        return []
    caption = (
        "From above: from the circle on, paler first, leaps (teleports) dotted; what stands in "
        "the way is grey"
    )
    return [Heading("Where it went"), Picture("trajectories", caption, trajectories_figure(views))]


def _comparison(report: Report, baseline: Report, check: RegressionCheck) -> list[Block]:
    head, *rows = regression_table.table(check)
    failing = [i for i, finding in enumerate(check.findings) if finding.verdict in FAILING]
    blocks: list[Block] = [Heading("Against the baseline")]
    written = baseline.get("provenance", {}).get("written", "")
    source = f"The baseline is {baseline['num_episodes']} episodes of {baseline['model']}"
    source += f", written {written}." if written else "."
    blocks += [
        Text(source),
        Table(head, tuple(rows), frozenset(failing), frozenset({2, 3, 4, 5})),
        *(Text(f"Note: {note}.") for note in check.notes),
    ]
    return [
        *blocks,
        Picture(
            "comparison",
            "Left: returns against the baseline's. Right: by how much each metric is worse; "
            "what is beyond the dashed line fails when it is not chance",
            comparison_figure(report, baseline, check),
        ),
    ]


def _training(log: TrainingLog, check: TrainingCheck) -> list[Block]:
    head, *rows = training_table.table(check)
    failing = [i for i, each in enumerate(check.checks) if not each.passed]
    blocks: list[Block] = [
        Heading(f"Training: {log.experiment}"),
        Table(head, tuple(rows), frozenset(failing), frozenset({1, 2})),
    ]
    curves = learning_figure(log)
    if curves is not None:
        caption = "Learning curves over timesteps (rolling means over 100 episodes)"
        blocks.append(Picture("learning", caption, curves))
    return blocks


def _made_with(report: Report) -> Table:
    rows = [("Godot", report["engine"] or "unknown"), ("commit", report["commit"])]
    return Table(("", "version"), (*rows, *report["versions"].items()))


def _outcome(row: Row) -> str:
    end = "time over" if row["truncated"] else "ended"
    outcome = {True: "success", False: "no success", None: ""}[row["success"]]
    return ", ".join(part for part in (outcome, end) if part)


def _interval(interval: Sequence[float] | None) -> str:
    if interval is None:
        return ""
    return f"{_number(interval[0])} to {_number(interval[1])}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"
