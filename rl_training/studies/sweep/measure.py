"""One variant of the sweep, trained and evaluated; and the files of what is known so far.

Called by `spacetime-rl study sweep`.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.request import EvaluationRequest
from rl_training.runs.atomic import write_text
from rl_training.runs.metrics import read_metrics
from rl_training.runs.paths import RunPaths
from rl_training.studies.sweep.ppo_sweep import (
    Sweep,
    SweepRow,
    Variant,
    curve,
    evaluated,
    plot_curves,
    render,
)
from rl_training.training.configuration import default_config
from rl_training.training.pipeline import train

_PLOT = "images/ppo_sweep.png"


def measure_variant(sweep: Sweep, variant: Variant, seed: int, godot: str | None) -> SweepRow:
    """Train from nothing in a temporary folder, then play the exported policy in the engine.

    Raises:
        KeyboardInterrupt: training was stopped by a signal.
    """
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_sweep_") as folder:
        config = default_config(sweep.scenario)
        config = config.replace(
            {
                "experiment_name": "sweep",
                "run_root": folder,
                "timesteps": sweep.timesteps,
                "save_frequency": sweep.timesteps,
                "num_envs": sweep.num_envs,
                "arenas": max(1, round(sweep.arenas * variant.agents_factor)),
                "seed": seed,
                "godot": godot,
                "ppo": dict(variant.ppo),
            }
        )
        started = time.time()
        result = train(config)
        if result.stopped:
            raise KeyboardInterrupt
        assert result.onnx is not None, "export is on by default"
        report = evaluate(
            EvaluationRequest(
                model=result.onnx,
                scenario=sweep.scenario,
                episodes=sweep.episodes,
                in_engine=True,
                godot=godot,
            )
        )
        metrics = read_metrics(RunPaths("sweep", Path(folder)).metrics)
    return SweepRow(
        variant=variant.name,
        seed=seed,
        timesteps=result.timesteps,
        seconds=round(result.seconds, 2),
        evaluation=evaluated(report),
        curve=curve(metrics, started),
    )


def write_sweep(sweep: Sweep, json_path: Path | None, markdown: Path | None) -> None:
    """Write the files that were asked for; the picture goes beside the Markdown."""
    if json_path is not None:
        write_text(json_path, sweep.to_json())
    if markdown is not None:
        plot_curves(sweep, markdown.parent / _PLOT)
        earlier = markdown.read_text(encoding="utf-8") if markdown.is_file() else ""
        write_text(markdown, render(sweep, earlier, _PLOT))
