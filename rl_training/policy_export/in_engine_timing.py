"""How long ONNX policies take in the engine's own runner, measured against each other.

Called by `evaluation/model_comparison.py`. It starts one engine on
`addons/godot_rl/inference/time_onnx_files.gd`, bounded in time; outputs are compared elsewhere
(`in_engine_check.py`).
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rl_training.engine.binary import EngineBinary, read_version
from rl_training.engine.project import ensure_imported
from rl_training.errors import ModelError, ProjectError
from rl_training.policy_export.engine_script import ask_script
from rl_training.project_files import our_project

TIMER = "addons/godot_rl/inference/time_onnx_files.gd"

BATCHES = (1, 16)
ROUNDS = 15
ROUND_US = 3000.0
"""About how long one model's forwards of one batch size run in each round, microseconds."""


@dataclass(frozen=True)
class EngineTiming:
    """What one model takes; medians over the rounds.

    Attributes:
        error: why the engine cannot time it; empty: it could, and only then the rest is filled.
        load_ms: time of a load whose kernels are compiled already, milliseconds.
        forward_us: batch size to the time of one forward of the whole batch, microseconds.
    """

    error: str = ""
    load_ms: float | None = None
    forward_us: dict[int, float] | None = None


def time_in_engine(
    models: Sequence[Path],
    engine: Path,
    batches: Sequence[int] = BATCHES,
    rounds: int = ROUNDS,
    timeout_s: float = 60.0,
    project: Path | None = None,
) -> tuple[EngineTiming, ...]:
    """Time the models in one engine; they take turns in every round.

    Args:
        models: .onnx files.
        engine: a Godot engine binary.
        batches: how many observations a forward gets, each at least 1.
        rounds: at least 1.
        timeout_s: seconds for the engine.
        project: a Godot project that carries the addon; None: ours.

    Returns:
        One timing for each model, in order.

    Raises:
        ModelError: a file is missing.
        ProjectError: the project does not carry the addon's script.
        EngineDiedError: the engine ended without an answer.
        EngineTimeoutError: the engine did not answer in time.
    """
    for model in models:
        if not model.is_file():
            raise ModelError(f"no model at {model}")
    project = project or our_project()
    if not (project / TIMER).is_file():
        raise ProjectError(f"{project} does not carry {TIMER}; name a project that does")
    version = read_version(engine)
    ensure_imported(EngineBinary(path=engine, version=version, source="timing"), project)
    request = {
        "models": [str(model.resolve()) for model in models],
        "batches": list(batches),
        "rounds": rounds,
        "round_us": ROUND_US,
    }
    answer = ask_script(TIMER, request, engine, project, timeout_s, "time the models")
    return tuple(_timing(row) for row in answer["models"])


def _timing(row: dict[str, Any]) -> EngineTiming:
    if row["error"]:
        return EngineTiming(error=row["error"])
    return EngineTiming(
        load_ms=statistics.median(row["load_ms"]),
        forward_us={
            int(batch): statistics.median(times) for batch, times in row["forward_us"].items()
        },
    )
