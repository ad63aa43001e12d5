"""Which training run a model came from, as far as its file and what lies beside it tell.

A checkpoint tells its run itself. An exported policy tells part of it in its certificate; the rest
is in the run's own `config.json`, where the policy still lies in the run's `models/`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rl_training.checkpoints.checkpoint import read_meta
from rl_training.evaluation.report_parts import Run
from rl_training.policy_export.certificate import read_certificate
from rl_training.redaction import without_secrets
from rl_training.runs.paths import RunPaths

_FILE = re.compile(r"(?P<experiment>.+)_(?:final|best|step_\d+)")


def run_of(model: Path) -> Run | None:
    """Return the run that made a model; None when nothing tells it.

    Args:
        model: a .zip or .onnx file.

    Raises:
        ModelError: the file is damaged.
    """
    found = _from_checkpoint(model) if model.suffix == ".zip" else _from_certificate(model)
    if found is None:
        return None
    clean = without_secrets(found.pop("config"))
    return Run(**found, config=clean, config_sha256=config_sha256(clean) if clean else "")


def config_sha256(config: Mapping[str, Any]) -> str:
    """Return the SHA-256 of settings as canonical JSON: sorted keys, no spaces, secrets blanked."""
    text = json.dumps(without_secrets(config), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _from_checkpoint(model: Path) -> dict[str, Any] | None:
    meta = read_meta(model)
    if not meta.config and not meta.timesteps:
        return None
    return {
        "experiment": str(meta.config.get("experiment_name") or _experiment(model)),
        "timesteps": meta.timesteps,
        "seed": meta.seed,
        "algorithm": meta.algorithm,
        "scenario": meta.scenario,
        "commit": meta.commit,
        "config": meta.config,
    }


def _from_certificate(model: Path) -> dict[str, Any] | None:
    certificate = read_certificate(model)
    config = _settings_beside(model)
    if certificate is None and not config:
        return None
    found: dict[str, Any] = {"experiment": _experiment(model) if config else "", "config": config}
    if isinstance(config.get("seed"), int):
        found["seed"] = config["seed"]
    if certificate is not None:
        found |= {
            "timesteps": certificate.timesteps,
            "algorithm": str(certificate.settings.get("algorithm", "")),
            "scenario": certificate.scenario,
            "commit": certificate.commit,
        }
    return found


def _experiment(model: Path) -> str:
    match = _FILE.fullmatch(model.stem)
    return match["experiment"] if match else ""


def _settings_beside(model: Path) -> dict[str, Any]:
    """Return the settings of the run in whose `models/` the file lies; empty when it lies alone."""
    experiment = _experiment(model)
    if not experiment or model.resolve().parent.name != "models":
        return {}
    try:
        path = RunPaths(experiment, model.resolve().parents[1]).config
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
