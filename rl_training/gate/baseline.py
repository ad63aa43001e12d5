"""A baseline: a report, and where it came from."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from rl_training.errors import UsageError
from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.report_parts import KeptModel, Provenance, Run
from rl_training.play.players import Given, Players
from rl_training.runs.atomic import atomic_path
from rl_training.runs.paths import policy_file


def write_baseline(
    report: EvaluationReport,
    path: Path,
    training: str = "",
    model: Given | Players = None,
    limits: Mapping[str, float] | None = None,
) -> None:
    """Write a report as a baseline, with `provenance`.

    What tells where things lay on this machine (`game`, `recording` of rows, paths among the run's
    settings) is left out.

    Args:
        report: of an evaluation.
        path: the baseline's file.
        training: the command; empty: that of the baseline that is replaced, if there is one.
        model: an .onnx file, or one for each group, copied to where the baseline is; None: none is
            kept.
        limits: what `check_regression` holds later reports to; None: those of the baseline that is
            replaced, if there is one.

    Raises:
        UsageError: there is no such model, or no such group.
        StorageError: the folder cannot be written, or the disk is full.
    """
    players = Players.of(model)
    if players.groups:
        players.require_known(report.policies, every=False)
    for file in players.files:
        if not file.is_file():
            raise UsageError(f"no model at {file}")
    kept = None if players.others is None else _keep(players.others, path.with_suffix(""))
    of_groups = {
        name: _keep(file, path.with_suffix("").with_name(f"{path.stem}.{policy_file(name)}"))
        for name, file in players.groups.items()
        if file is not None
    }
    provenance = Provenance(
        written=datetime.now(timezone.utc).replace(microsecond=0),
        training=training or _earlier_training(path),
        model=None if kept is None else kept.file,
        model_sha256=None if kept is None else kept.sha256,
        models=of_groups,
        limits=dict(_earlier_limits(path) if limits is None else limits),
    )
    models = report.models | {name: each.file for name, each in of_groups.items()}
    baseline = report.model_copy(
        update={
            "provenance": provenance,
            "model": _model_text(report, kept, models),
            "models": models,
            "game": None,
            "run": None if report.run is None else _portable(report.run),
            "runs": {name: _portable(run) for name, run in report.runs.items()},
            "episodes": tuple(row.model_copy(update={"recording": ""}) for row in report.episodes),
        }
    )
    baseline.save(path)


def _model_text(report: EvaluationReport, kept: KeptModel | None, models: Mapping[str, str]) -> str:
    if kept is not None:
        return kept.file
    return ", ".join(f"{name}={file}" for name, file in models.items()) or report.model


def _keep(model: Path, beside: Path) -> KeptModel:
    """Copy a model to where the baseline is, under its name with the model's suffix."""
    kept = beside.with_name(beside.name + model.suffix)
    if kept.resolve() != model.resolve():
        with atomic_path(kept) as temporary:
            shutil.copyfile(model, temporary)
    return KeptModel(file=kept.name, sha256=hashlib.sha256(kept.read_bytes()).hexdigest())


def _earlier_training(path: Path) -> str:
    try:
        provenance = EvaluationReport.load(path, "baseline").provenance
    except UsageError:
        return ""
    return "" if provenance is None else provenance.training


def _earlier_limits(path: Path) -> Mapping[str, float]:
    try:
        provenance = EvaluationReport.load(path, "baseline").provenance
    except UsageError:
        return {}
    return {} if provenance is None else provenance.limits


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
