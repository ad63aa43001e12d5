"""The page beside a shrunk episode: the steps to the bug in words, and the state at its end."""

from __future__ import annotations

from typing import Any

from rl_training.data.recording import Recording
from rl_training.play.players import parameters_text
from rl_training.shrink.delta import Shrunk
from rl_training.shrink.words import end_state, findings, steps

_LARGEST_STATE = 60


def steps_page(recording: Recording, target: str, shrunk: Shrunk, original: int) -> str:
    """Return the page as Markdown.

    Args:
        recording: of the shrunk episode.
        target: what it shows.
        shrunk: how it was found.
        original: decisions of the episode that was shrunk.
    """
    tick = 1.0 / float(recording.header["physics_ticks_per_second"])
    seconds = recording.action_repeat * tick
    count = len(recording.decisions)
    minimal = (
        "no single decision can be left out"
        if shrunk.is_minimal
        else "the budget ended the search: a shorter one may exist"
    )
    lines = [
        f"# {target}",
        "",
        f"{count} decisions ({count * seconds:.2f} s), of {original} in the episode that was "
        f"found; {minimal}. {shrunk.tried} shorter or simpler episodes were played in "
        f"{shrunk.rounds} "
        "rounds.",
        "",
        "## Steps",
        "",
        f"Begin the episode: scene `{recording.header['scene']}`, seed "
        f"{', '.join(str(agent.seed) for agent in recording.agents)}"
        + (
            f", parameters `{parameters_text(recording.parameters)}`"
            if recording.parameters
            else ""
        )
        + f". A decision holds for {recording.action_repeat} physics ticks ({seconds:.3f} s).",
        "",
        "| step | from | decisions | do |",
        "|---|---|---|---|",
    ]
    for number, step in enumerate(steps(recording), start=1):
        lines.append(f"| {number} | {step.first * seconds:.2f} s | {step.count} | {step.words} |")
    lines += ["", "## What appears", ""]
    found = findings(recording)
    lines += [_finding(each, tick) for each in found] or [f"- {target}"]
    lines += ["", "## State at the end", ""]
    state = end_state(recording)
    for path, values in state["bodies"].items():
        shown = ", ".join(f"{name} {value:g}" for name, value in values.items())
        lines.append(f"- `{path}`: {shown}")
    for path, values in list(state["moved"].items())[:_LARGEST_STATE]:
        shown = ", ".join(f"{name} {value:g}" for name, value in values.items())
        lines.append(f"- `{path}` (moved): {shown}")
    lines += ["", "Observation:", ""]
    lines += [f"- `{name}` {value:g}" for name, value in state["observation"].items()]
    lines += [
        "",
        "## Play it",
        "",
        "    spacetime-rl replay shrunk.replay",
        "    spacetime-rl replay shrunk.replay --viz",
        "    spacetime-rl replay bundle.zip",
        "",
        f"Engine {recording.header['engine']}, {recording.header['system']}, "
        f"commit {recording.header['commit'] or 'unknown'}.",
        "",
    ]
    return "\n".join(lines)


def _finding(each: Any, tick: float) -> str:
    data = ", ".join(f"{name} {value}" for name, value in dict(each.get("data") or {}).items())
    where = f" ({data})" if data else ""
    return f"- {each['tick'] * tick:.2f} s: {each['kind']}: {each['message']}{where}"
