"""`--like REPORT`: play as a report or a baseline was played; flags that are given go before."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rl_training.commands.parser import Parser
from rl_training.play.players import GAME, Players, read_players

if TYPE_CHECKING:
    from rl_training.evaluation.report import EvaluationReport


def add_like_flag(parser: Parser) -> None:
    """Add `--like`."""
    parser.add_argument(
        "--like",
        type=Path,
        metavar="REPORT",
        help="play as that report or baseline was played: model, scenario, episodes, seed, "
        "--in_engine, --actions and parameters are its own where they are not given",
    )


def report_in(argv: Sequence[str] | None) -> EvaluationReport | None:
    """Return the report that `--like` names among flags that are not parsed yet.

    Raises:
        UsageError: it is no report.
    """
    finder = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    finder.add_argument("--like", type=Path, nargs="?")
    known, _ = finder.parse_known_args(sys.argv[1:] if argv is None else list(argv))
    if known.like is None:
        return None
    from rl_training.evaluation.report import EvaluationReport  # pydantic, which `--help` needs not

    return EvaluationReport.load(known.like)


def defaults_of(report: EvaluationReport) -> dict[str, Any]:
    """Return the values of flags, by name, that play as a report was played."""
    game = {} if report.game is None else report.game.model_dump(exclude_none=True)
    return {
        **game,
        "scenario": report.scenario,
        "episodes": report.num_episodes,
        "seed": report.seed,
        "in_engine": report.was_in_engine,
        "actions": report.actions,
    }


def words_of(parameters: Mapping[str, float | str]) -> list[str]:
    """Return a report's environment parameters as values of `--parameter`."""
    return [f"{name}={value}" for name, value in parameters.items()]


def players_of(report: EvaluationReport, path: Path) -> Players:
    """Return what played a report; a baseline's policies are the files beside it.

    Args:
        report: what was read.
        path: where it was read.
    """
    kept = report.provenance
    if kept is not None and kept.models:
        groups: dict[str, Path | None] = {
            name: path.parent / each.file for name, each in kept.models.items()
        }
        groups |= {name: None for name, model in report.models.items() if model == GAME}
        return Players(None if kept.model is None else path.parent / kept.model, groups)
    if kept is not None and kept.model is not None:
        return Players(path.parent / kept.model)
    words = [f"{name}={model}" for name, model in report.models.items()] or [report.model]
    return read_players(words)
