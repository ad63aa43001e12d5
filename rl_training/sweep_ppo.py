#!/usr/bin/env python3
"""Train a scenario with one PPO setting changed at a time; write a table and a picture."""

from __future__ import annotations

import logging
import shlex
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import Parser, configure_logging, run_main

if TYPE_CHECKING:
    from rl_training.studies.sweep.ppo_sweep import Sweep, SweepRow, Variant

logger = logging.getLogger(__name__)

_PLOT = "images/ppo_sweep.png"
_AGENTS = 128


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, train and evaluate every variant, write the files after each."""
    from rl_training.config import default_num_envs

    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("--scenario", default="vr_locomotion", metavar="NAME", help="what is learned")
    add("--timesteps", type=int, default=300_000, metavar="N", help="decisions of every run")
    add("--seeds", type=int, nargs="+", default=[0], metavar="N", help="of the runs")
    add("--episodes", type=int, default=100, metavar="N", help="of every evaluation")
    add("--num_envs", type=int, default=default_num_envs(), metavar="N", help="engine processes")
    add("--arenas", type=int, metavar="N", help="copies of the scene in each; about 128 in total")
    add("--only", nargs="+", default=[], metavar="NAME", help="measure only these variants")
    add("--resume", action="store_true", help="keep what --json holds, measure the rest")
    add("--godot", metavar="PATH", help="engine binary; found or installed if absent")
    add("--json", type=Path, metavar="PATH", help="write the result")
    add("--markdown", type=Path, metavar="PATH", help="write the table; the picture goes beside it")
    given = parser.parse_args(argv)
    configure_logging()

    from rl_training.engine import find_engine
    from rl_training.errors import ConfigError
    from rl_training.studies.benchmark.machine import describe_machine
    from rl_training.studies.sweep.ppo_sweep import Sweep, choose, render

    for name in ("timesteps", "episodes", "num_envs"):
        if getattr(given, name) < 1:
            raise ConfigError(f"{name} must be at least 1; found {getattr(given, name)}")
    words = sys.argv[1:] if argv is None else argv
    sweep = Sweep(
        command=shlex.join(["sweep_ppo.py", *words]),
        machine=describe_machine(find_engine(given.godot)),
        scenario=given.scenario,
        timesteps=given.timesteps,
        episodes=given.episodes,
        num_envs=given.num_envs,
        arenas=given.arenas or max(1, _AGENTS // given.num_envs),
    )
    if given.resume and given.json is not None and given.json.is_file():
        sweep.take_rows(given.json.read_text(encoding="utf-8"))
    variants = choose(given.only)
    for seed in given.seeds:
        for variant in variants:
            if sweep.find(variant.name, seed) is None:
                logger.info("variant %s, seed %d", variant.name, seed)
                sweep.rows.append(_measure(sweep, variant, seed, given.godot))
                _write(sweep, given.json, given.markdown)
    print(render(sweep))
    return 0


def _measure(sweep: Sweep, variant: Variant, seed: int, godot: str | None) -> SweepRow:
    """Train from nothing in a temporary folder, then play the exported policy in the engine.

    Raises:
        KeyboardInterrupt: training was stopped by a signal.
    """
    from rl_training.evaluation.evaluate import evaluate
    from rl_training.evaluation.request import EvaluationRequest
    from rl_training.runs.metrics import read_metrics
    from rl_training.runs.paths import RunPaths
    from rl_training.studies.sweep.ppo_sweep import SweepRow, curve, evaluated
    from rl_training.training.arguments import training_config
    from rl_training.training.pipeline import train

    with tempfile.TemporaryDirectory(prefix="spacetime_rl_sweep_") as folder:
        config = training_config([], sweep.scenario, "")
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
                "ppo": config.ppo.replace(dict(variant.ppo)),
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


def _write(sweep: Sweep, json_path: Path | None, markdown: Path | None) -> None:
    from rl_training.runs.atomic import write_text
    from rl_training.studies.sweep.ppo_sweep import plot_curves, render

    if json_path is not None:
        write_text(json_path, sweep.to_json())
    if markdown is not None:
        plot_curves(sweep, markdown.parent / _PLOT)
        earlier = markdown.read_text(encoding="utf-8") if markdown.is_file() else ""
        write_text(markdown, render(sweep, earlier, _PLOT))


if __name__ == "__main__":
    sys.exit(run_main(main))
