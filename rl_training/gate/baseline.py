"""A baseline: a report, and where it came from."""

from __future__ import annotations

import hashlib
import shutil
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from rl_training.errors import UsageError
from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.report_parts import Provenance, Run
from rl_training.runs.atomic import atomic_path


def write_baseline(
    report: EvaluationReport, path: Path, training: str = "", model: Path | None = None
) -> None:
    """Write a report as a baseline, with `provenance`.

    What tells where things lay on this machine (`game`, `recording` of rows, paths among the run's
    settings) is left out.

    Args:
        report: of an evaluation.
        path: the baseline's file.
        training: the command; empty: that of the baseline that is replaced, if there is one.
        model: an .onnx file, copied to where the baseline is; None: none is kept.

    Raises:
        UsageError: there is no such model.
        StorageError: the folder cannot be written, or the disk is full.
    """
    kept, digest = None, None
    if model is not None:
        if not model.is_file():
            raise UsageError(f"no model at {model}")
        kept = path.with_suffix(model.suffix)
        if kept.resolve() != model.resolve():
            with atomic_path(kept) as temporary:
                shutil.copyfile(model, temporary)
        digest = hashlib.sha256(kept.read_bytes()).hexdigest()
    provenance = Provenance(
        written=datetime.now(timezone.utc).replace(microsecond=0),
        training=training or _earlier_training(path),
        model=None if kept is None else kept.name,
        model_sha256=digest,
    )
    baseline = report.model_copy(
        update={
            "provenance": provenance,
            "model": report.model if kept is None else kept.name,
            "game": None,
            "run": None if report.run is None else _portable(report.run),
            "runs": {name: _portable(run) for name, run in report.runs.items()},
            "episodes": tuple(row.model_copy(update={"recording": ""}) for row in report.episodes),
        }
    )
    baseline.save(path)


def _earlier_training(path: Path) -> str:
    try:
        provenance = EvaluationReport.load(path, "baseline").provenance
    except UsageError:
        return ""
    return "" if provenance is None else provenance.training


def _portable(run: Run) -> Run:
    """Return the run without the paths of this machine; its hash stays that of all settings."""
    return run.model_copy(update={"config": _without_paths(run.config)})


def _without_paths(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: each for name, each in value.items() if not _is_absolute(each)}
        return {name: _without_paths(each) for name, each in kept.items()}
    if isinstance(value, list):
        return [_without_paths(each) for each in value if not _is_absolute(each)]
    return value


def _is_absolute(value: Any) -> bool:
    return isinstance(value, str) and (
        PurePosixPath(value).is_absolute() or PureWindowsPath(value).is_absolute()
    )
