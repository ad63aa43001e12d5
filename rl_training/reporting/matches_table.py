"""Matches of models as a Markdown table: `compare --wins_of` prints it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rl_training.evaluation.head_to_head import HeadToHead, Match
from rl_training.play.players import parameters_text
from rl_training.reporting import table
from rl_training.reporting.table import Table


def as_markdown(found: HeadToHead) -> str:
    """Return the table, and below it which matches differ beyond their intervals."""
    names = _short(file for match in found.matches for file in match.models.values())
    groups = list(found.matches[0].models)
    head = (*groups, f"Wins of {found.wins_of}", "Win rate", "95 % interval", "Mean reward")
    rows = tuple(
        (
            *(names[match.models[group]] for group in groups),
            f"{match.wins} of {match.episodes}",
            _percent(match.win_rate),
            f"{100 * match.win_rate_ci95[0]:.1f} to {100 * match.win_rate_ci95[1]:.1f} %",
            f"{match.mean_reward:.3f}",
        )
        for match in found.matches
    )
    numbers = frozenset(range(len(groups), len(head)))
    lines = [table.as_markdown(Table(head, rows, numbers=numbers)), ""]
    if found.parameters:
        lines.append(f"Environment parameters: {parameters_text(found.parameters)}.")
    lines += [_sentence(found.wins_of, one, other, apart, names)
              for one, other, apart in found.comparisons()]  # fmt: skip
    for match in found.matches:
        if match.engine_errors:
            who = ", ".join(names[file] for file in match.models.values())
            lines.append(f"{who}: the engine told {match.engine_errors} script errors.")
    return "\n".join(lines).rstrip()


def _sentence(group: str, one: Match, other: Match, apart: bool, names: dict[str, str]) -> str:
    changed = next(name for name in one.models if one.models[name] != other.models[name])
    first, last = names[one.models[changed]], names[other.models[changed]]
    same = [f"{name} {names[file]}" for name, file in one.models.items() if name not in
            (changed, group)]  # fmt: skip
    if changed == group:
        subject = f"{group} {first} against {group} {last}"
    else:
        subject = f"{group} {names[one.models[group]]} against {changed} {first} and {last}"
    if same:
        subject += f", with {', '.join(same)}"
    verdict = "the intervals do not overlap" if apart else "the intervals overlap: not told apart"
    return f"- {subject}: {_percent(one.win_rate)} and {_percent(other.win_rate)}, {verdict}."


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _short(files: Iterable[str]) -> dict[str, str]:
    """Return the files' names without their folders, where those are enough to tell them apart."""
    known = dict.fromkeys(files)
    names = [Path(file).name for file in known]
    return {file: name if names.count(name) == 1 else file
            for file, name in zip(known, names, strict=True)}  # fmt: skip
