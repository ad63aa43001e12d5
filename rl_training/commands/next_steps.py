"""The last lines of a command: what to do next, as commands to paste."""

from __future__ import annotations

from rl_training.invocation import command

__all__ = ["command", "next_steps"]


def next_steps(*steps: tuple[str, str]) -> str:
    """Return the closing lines of a command.

    Args:
        steps: a word or two on what it is for, and the whole command.
    """
    width = max((len(what) for what, _ in steps), default=0) + 1
    return "\n".join(["next:", *(f"  {what + ':':{width}} {words}" for what, words in steps)])
