"""From command-line flags to an `EvaluationRequest`. Light: no torch, so `--help` is quick."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rl_training.cli import Parser
from rl_training.errors import ConfigError
from rl_training.evaluation.request import DEFAULT_SEED, EvaluationRequest
from rl_training.runs.paths import newest_final_model


@dataclass(frozen=True)
class ComparisonOptions:
    """How models are compared, from the flags of `add_comparison_flags`.

    Attributes:
        request: which episodes of which scene are played.
        play: record observations and play episodes; else only sizes and times are measured.
        samples: observations on which actions are compared, at least 1.
        tolerance: difference of a continuous action that counts as the same, at least 0.
        json: print one JSON object instead of a table.
    """

    request: EvaluationRequest
    play: bool
    samples: int
    tolerance: float
    json: bool

    def __post_init__(self) -> None:
        if self.samples < 1:
            raise ConfigError(f"samples must be at least 1; found {self.samples}")
        if not 0.0 <= self.tolerance < float("inf"):
            raise ConfigError(f"tolerance must be at least 0; found {self.tolerance}")


@dataclass(frozen=True)
class Outputs:
    """Files that `evaluate_model.py` writes; None: it does not.

    Attributes:
        report: the JSON report.
        junit: JUnit XML.
    """

    report: Path | None = None
    junit: Path | None = None


def evaluation_request(
    argv: list[str] | None, scenario: str, description: str
) -> tuple[EvaluationRequest, Outputs]:
    """Parse the flags of `evaluate_model.py`.

    Returns:
        What to evaluate, and the files that are wanted.

    Raises:
        HarnessError: a value is out of range.
        SystemExit: wrong flags (code 2) or `--help` (code 0).
    """
    parser = Parser(description)
    parser.add_argument("--model", type=Path, required=True, metavar="PATH", help=".zip or .onnx")
    parser.add_argument("--output", type=Path, metavar="JSON", help="where the report goes")
    parser.add_argument("--junit", type=Path, metavar="XML", help="an episode is a test case")
    parser.add_argument("--in_engine", action="store_true", help="the engine plays alone")
    parser.add_argument("--record", type=Path, metavar="DIR", help="record every episode there")
    _add_common(parser, scenario, episodes=100)
    values = vars(parser.parse_args(argv))
    outputs = Outputs(values.pop("output"), values.pop("junit"))
    return EvaluationRequest(**values), outputs


def play_request(argv: list[str] | None, scenario: str, description: str) -> EvaluationRequest:
    """Parse the flags of `test_vr_locomotion.py`.

    Raises:
        HarnessError: a value is out of range, or there is no model yet.
        SystemExit: wrong flags (code 2) or `--help` (code 0).
    """
    parser = Parser(description)
    parser.add_argument(
        "--model", type=Path, metavar="PATH", help=".zip or .onnx; the newest final model if absent"
    )
    parser.add_argument("--viz", action="store_true", help="show the engine's window")
    _add_common(parser, scenario, episodes=10)
    values = vars(parser.parse_args(argv))
    values["model"] = values["model"] or newest_final_model()
    return EvaluationRequest(**values)


def add_comparison_flags(parser: Parser, scenario: str) -> None:
    """Add what `compare_models.py` and the scripts that make smaller models share."""
    add = parser.add_argument
    add(
        "--play",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="play the scene: actions on its observations, success in the engine",
    )
    add("--samples", type=int, default=4096, metavar="N", help="observations to compare actions on")
    add(
        "--tolerance",
        type=float,
        default=0.05,
        metavar="X",
        help="difference of a continuous action that counts as the same",
    )
    add("--json", action="store_true", help="print one JSON object instead of a table")
    _add_common(parser, scenario, episodes=100)


def comparison_options(values: dict[str, Any], model: Path) -> ComparisonOptions:
    """Take the flags of `add_comparison_flags` out of parsed values.

    Args:
        values: by name; those of this function's flags are removed.
        model: the reference.

    Raises:
        HarnessError: a value is out of range.
    """
    own = {name: values.pop(name) for name in ("play", "samples", "tolerance", "json")}
    request = {name: values.pop(name) for name in _COMMON}
    return ComparisonOptions(EvaluationRequest(model=model, **request), **own)


_COMMON = (
    *("scenario", "episodes", "seed", "num_envs", "arenas", "godot", "env_path", "project_path"),
    *("scene_path", "port", "timeout_s"),
)


def _add_common(parser: Parser, scenario: str, episodes: int) -> None:
    add = parser.add_argument
    add("--scenario", default=scenario, metavar="NAME", help="what it plays")
    add("--episodes", type=int, default=episodes, metavar="N", help="how many")
    add("--seed", type=int, default=DEFAULT_SEED, metavar="N", help="which episodes")
    add("--num_envs", type=int, metavar="N", help="engine processes; one a core if absent")
    add("--arenas", type=int, metavar="N", help="copies of the scene in each; chosen if absent")
    add("--godot", metavar="PATH", help="engine binary; found or installed if absent")
    add("--env_path", metavar="PATH", help="an exported game to play")
    add("--project_path", metavar="DIR", help="another Godot project")
    add("--scene_path", metavar="RES", help="res:// path of another scene")
    add("--port", type=int, metavar="N", help="first TCP port; an error when it is taken")
    add(
        "--timeout_s",
        type=float,
        default=60.0,
        metavar="S",
        help="an engine silent this long is hung",
    )
