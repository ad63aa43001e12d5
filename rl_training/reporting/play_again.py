"""How to see an episode of a report again: its recording, and the command to paste."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.report_parts import EpisodeRow
from rl_training.evaluation.request import DETERMINISTIC
from rl_training.invocation import program
from rl_training.runs.shell import command_line


def find_recordings(report: EvaluationReport, folder: Path | None = None) -> dict[int, Path]:
    """Return the recordings of a report's episodes that exist, by the episodes' numbers.

    Args:
        report: its rows tell where the recordings were written.
        folder: where they are now; None: still there.
    """
    found: dict[int, Path] = {}
    for row in report.episodes:
        path = Path(row.recording)
        if folder is not None:
            # Agents of one arena share the recording of the first.
            path = folder / (path.name or f"episode_{row.episode:06d}_{row.seed}.replay")
        if path.is_file():
            found[row.episode] = path
    return found


def replay_command(report: EvaluationReport, row: EpisodeRow, recording: Path | None) -> str:
    """Return what shows an episode again, from the working directory.

    Where it was not recorded, the evaluation's first episodes up to it are played and recorded.
    """
    game = {} if report.game is None else report.game.model_dump(exclude_none=True)
    if recording is not None:
        words = [*program(), "replay", str(recording)]
        # The recording tells the scene.
        return command_line([*words, *_flags(game, "env_path", "project_path")])
    words = [*program(), "evaluate"]
    models = [f"{name}={file}" for name, file in report.models.items()] or [report.model]
    words += [word for model in models for word in ("--model", model)]
    for name, value in report.parameters.items():
        words += ["--parameter", f"{name}={value}"]
    words += _flags(game, "env_path", "project_path", "scene_path")
    words += ["--scenario", report.scenario, "--seed", str(report.seed)]
    words += ["--episodes", str(row.episode + 1)]
    if report.was_in_engine:
        words.append("--in_engine")
    if report.actions != DETERMINISTIC:
        words += ["--actions", report.actions]
    return command_line([*words, "--record", "recordings"])


def _flags(game: Mapping[str, str], *names: str) -> list[str]:
    return [word for name in names if name in game for word in (f"--{name}", game[name])]
