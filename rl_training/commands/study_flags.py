"""What the commands of planned studies share: flags, checks, and going on with what is there."""

from __future__ import annotations

import argparse
import logging
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.errors import ConfigError, nearest

if TYPE_CHECKING:
    from rl_training.studies.rows_file import PlannedResult

logger = logging.getLogger(__name__)

Row = TypeVar("Row")


class Files(NamedTuple):
    """Where a study writes.

    Attributes:
        result: the JSON file, which a later call goes on with.
        page: in Markdown.
        runs: folder of the runs.
    """

    result: Path
    page: Path
    runs: Path


def add_study_flags(parser: Parser, only: str) -> None:
    """Add the flags of a study with a plan, but for `--plan`.

    Args:
        parser: gets them.
        only: what `--only` names, e.g. "kinds".
    """
    add = parser.add_argument
    flags.add(parser, "output", help="folder of the runs, result.json and the page", required=True)
    add("--seeds", type=int, nargs="+", default=[], metavar="N", help="instead of the plan's")
    add("--only", nargs="+", default=[], metavar="NAME", help=f"measure only these {only}")
    add("--jobs", type=int, default=1, metavar="N", help="runs at a time; seconds suffer")
    flags.add(parser, "markdown", help="write the page there instead, images/ beside it")
    flags.add(parser, "godot")


def require_jobs(jobs: int) -> None:
    """Refuse fewer than one.

    Raises:
        ConfigError: there are.
    """
    if jobs < 1:
        raise ConfigError(f"--jobs must be at least 1; found {jobs}")


def require_known(what: str, given: Sequence[str], names: Iterable[str]) -> None:
    """Refuse names that a plan has not.

    Raises:
        ConfigError: there is one; the message names the nearest known.
    """
    known = list(names)
    for name in given:
        if name not in known:
            raise ConfigError(f"the plan has no {what} {name!r}.{nearest(name, known)}")


def files_of(given: argparse.Namespace, study: str) -> Files:
    """Return where a study writes, by its flags."""
    output: Path = given.output
    page = given.markdown or output / f"{study}.md"
    return Files(output / "result.json", page, output / "runs")


def begun_result(
    make: Callable[..., PlannedResult[Row]],
    given: argparse.Namespace,
    study: str,
    plan: Any,
    argv: Sequence[str] | None,
) -> Any:
    """Return the result of a study with the rows that an earlier call wrote.

    Args:
        make: the result's class.
        given: its flags.
        study: its name.
        plan: what is measured, a section.
        argv: the words of this call; None: those of the process.

    Raises:
        UsageError: the file that is there is no such result, or its runs were others.
    """
    from rl_training.engine import find_engine
    from rl_training.studies.benchmark.machine import describe_machine

    words = sys.argv[1:] if argv is None else argv
    result = make(
        command=shlex.join(["spacetime-rl", "study", study, *words]),
        machine=describe_machine(find_engine(given.godot)),
        plan=plan.to_dict(),
        jobs=given.jobs,
    )
    result.take_rows(files_of(given, study).result)
    return result
