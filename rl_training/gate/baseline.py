"""A baseline: a report, and where it came from."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from rl_training.errors import UsageError
from rl_training.runs.atomic import atomic_path, write_text


def write_baseline(
    report: Mapping[str, Any], path: Path, training: str = "", model: Path | None = None
) -> None:
    """Write a report as a baseline, with `provenance`.

    Provenance holds `written` (UTC, ISO 8601), `training` (the command that made the model),
    `model` (file name of the policy beside the baseline) and `model_sha256`. What tells where
    things lay on this machine (`game`, `recording` of rows) is left out.

    Args:
        report: of `evaluate_model.py`.
        path: the baseline's file.
        training: the command; empty: that of the baseline that is replaced, if there is one.
        model: an .onnx file, copied to where the baseline is; None: none is kept.

    Raises:
        UsageError: there is no such model.
        StorageError: the folder cannot be written, or the disk is full.
    """
    provenance: dict[str, Any] = {
        "written": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "training": training or _earlier(path).get("training", ""),
    }
    data = {key: value for key, value in report.items() if key != "game"}
    data["episodes"] = [
        {key: value for key, value in row.items() if key != "recording"}
        for row in report["episodes"]
    ]
    if model is not None:
        if not model.is_file():
            raise UsageError(f"no model at {model}")
        kept = path.with_suffix(model.suffix)
        if kept.resolve() != model.resolve():
            with atomic_path(kept) as temporary:
                shutil.copyfile(model, temporary)
        provenance["model"] = kept.name
        provenance["model_sha256"] = hashlib.sha256(kept.read_bytes()).hexdigest()
        data["model"] = kept.name
    data.pop("provenance", None)
    write_text(path, json.dumps({"provenance": provenance, **data}, indent=1) + "\n")


def _earlier(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["provenance"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}
