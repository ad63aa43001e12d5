"""`--milestone` without a name: a numbered list to choose from, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable

from rl_training.errors import ModelError, UsageError
from rl_training.runs.milestones import Milestone, find_milestone, list_milestones, milestones_text
from rl_training.runs.paths import RunPaths

CHOOSE = "?"
"""What `--milestone` stands for when no name follows it."""


def choose_milestone(
    paths: RunPaths, ask: Callable[[str], str] = input, *, on_terminal: bool | None = None
) -> str:
    """Show the milestones of a run and return the name of the chosen one.

    Args:
        paths: of the run.
        ask: shows a prompt and returns a line.
        on_terminal: somebody can answer; None: standard input and output are a terminal.

    Raises:
        UsageError: nobody can answer, or nothing was chosen.
        ModelError: there is none.
    """
    rows = list_milestones(paths)
    if not rows:
        raise ModelError(
            f"{paths.experiment!r} has no milestones; --milestone_interval N makes one every N "
            "timesteps"
        )
    if on_terminal is None:
        on_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if not on_terminal:
        raise UsageError(
            f"--milestone needs a name where nobody can choose; {paths.experiment!r} has "
            f"{', '.join(each.name for each in rows)}"
        )
    print(milestones_text(rows))
    while True:
        try:
            answer = ask("number or name (nothing: give up): ").strip()
        except EOFError:
            answer = ""
        if not answer:
            raise UsageError("no milestone was chosen")
        try:
            return _chosen(paths, rows, answer)
        except ModelError as error:
            print(error)


def _chosen(paths: RunPaths, rows: list[Milestone], answer: str) -> str:
    if answer.isdecimal() and 1 <= int(answer) <= len(rows):
        return rows[int(answer) - 1].name
    return find_milestone(paths, answer).name
