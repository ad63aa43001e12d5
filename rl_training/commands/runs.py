"""`spacetime-rl runs`: list training runs, show and compare them, tell a living one what to do."""

from __future__ import annotations

import argparse
import json
from typing import Any

from rl_training.commands import flags
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser


def list_(argv: list[str] | None = None) -> int:
    """List training runs, the one that wrote last at the end."""
    parser = Parser(list_.__doc__ or "")
    flags.add(parser, "run_root", "json")
    given = parser.parse_args(argv)

    from rl_training.runs.listing import list_runs, runs_json, runs_text
    from rl_training.runs.paths import default_root

    root = given.run_root or default_root()
    rows = list_runs(root)
    if flags.emit(given.json, json.loads(runs_json(rows)), runs_text(rows)) and rows:
        print(f"files: {root}")
        show = command("runs", "show", "--experiment_name", rows[-1].name, *_root(given))
        print(next_steps(("look at one", show)))
    return 0


def show(argv: list[str] | None = None) -> int:
    """Show one run: how it stands, its files, its settings and last figures."""
    parser = Parser(show.__doc__ or "")
    flags.add(parser, "experiment_name", required=True)
    flags.add(parser, "run_root", "json")
    given = parser.parse_args(argv)

    from rl_training.runs.listing import details_json, details_text, run_details
    from rl_training.runs.paths import RunPaths, default_root

    details = run_details(RunPaths(given.experiment_name, given.run_root or default_root()))
    flags.emit(given.json, json.loads(details_json(details)), details_text(details))
    return 0


def compare(argv: list[str] | None = None) -> int:
    """Put runs side by side: the settings that differ, metrics at equal timesteps."""
    parser = Parser(compare.__doc__ or "")
    flags.add(parser, "experiment_name", nargs="+", required=True, help="names of the runs")
    parser.add_argument(
        "--only", nargs="+", metavar="TAG", help="these metrics; a choice if absent"
    )
    parser.add_argument(
        "--points", type=int, default=5, metavar="N", help="timesteps at which they are compared"
    )
    flags.add(parser, "run_root", "json")
    given = parser.parse_args(argv)

    from rl_training.errors import ConfigError
    from rl_training.runs.comparison import compare_runs, comparison_json, comparison_text
    from rl_training.runs.paths import RunPaths, default_root

    if given.points < 1:
        raise ConfigError(f"--points must be at least 1; found {given.points}")
    root = given.run_root or default_root()
    runs = [RunPaths(name, root) for name in given.experiment_name]
    found = compare_runs(runs, given.only, given.points)
    if flags.emit(given.json, json.loads(comparison_json(found)), comparison_text(found)):
        names = ["--experiment_name", *given.experiment_name]
        plot = command("runs", "plot", *names, *_root(given), "--output", "curves.png")
        print(next_steps(("draw their curves", plot)))
    return 0


def control(argv: list[str] | None = None) -> int:
    """Tell a living run what to do: save, stop, pause, resume, or set NAME=VALUE ..."""
    parser = Parser(control.__doc__ or "")
    parser.add_argument("order", help="save, stop, pause, resume or set")
    parser.add_argument(
        "values",
        nargs="*",
        metavar="NAME=VALUE",
        type=_value,
        help="of set: a learner's parameter, the scene's parameters.NAME, curriculum.NAME=LESSON",
    )
    flags.add(parser, "experiment_name", required=True)
    flags.add(parser, "run_root")
    flags.add(parser, "timeout_s", default=60.0, help="longest wait for its answer")
    given = parser.parse_args(argv)

    from rl_training.runs.control import send, wait_for
    from rl_training.runs.paths import RunPaths, default_root

    paths = RunPaths(given.experiment_name, given.run_root or default_root())
    order = send(paths, given.order, dict(given.values))
    print(f"{given.experiment_name}: {wait_for(paths, order, given.timeout_s)}")
    return 0


def milestones(argv: list[str] | None = None) -> int:
    """List the milestones of a run, the oldest first."""
    parser = Parser(milestones.__doc__ or "")
    flags.add(parser, "experiment_name", required=True)
    flags.add(parser, "run_root", "json")
    given = parser.parse_args(argv)

    from rl_training.errors import ModelError, nearest
    from rl_training.runs.milestones import (
        list_milestones,
        milestones_folder,
        milestones_json,
        milestones_text,
    )
    from rl_training.runs.paths import RunPaths, default_root, experiments

    paths = RunPaths(given.experiment_name, given.run_root or default_root())
    if not paths.logs.is_dir():
        known = experiments(paths.root)
        raise ModelError(
            f"there is no run {paths.experiment!r} in {paths.root}."
            f"{nearest(paths.experiment, known)}"
        )
    rows = list_milestones(paths)
    if flags.emit(given.json, milestones_json(rows), milestones_text(rows)) and rows:
        print(f"files: {milestones_folder(paths)}")
        words = ["--experiment_name", paths.experiment, *_root(given), "--milestone", rows[-1].name]
        scenario = ["--scenario", str(rows[-1].meta.config.get("scenario", ""))]
        print(next_steps(("go on from one", command("train", *scenario, *words))))
    return 0


def _value(word: str) -> tuple[str, Any]:
    """Read NAME=VALUE; the value is JSON where it can be, else text."""
    name, equals, text = word.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"NAME=VALUE was expected; found {word!r}")
    try:
        return name, json.loads(text)
    except ValueError:
        return name, text


def _root(given: argparse.Namespace) -> list[object]:
    return [] if given.run_root is None else ["--run_root", given.run_root]
