"""How users call us on this machine: the first words of commands to paste.

Called by everything that prints or stores a command: the commands' next steps, report pages. With
the package installed that is `spacetime-rl`; in a clone without an installation, the folder
`rl_training`, which Python runs like a script. Nothing here runs a command.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from rl_training.runs.shell import command_line

SCRIPT = "spacetime-rl"


def program() -> tuple[str, ...]:
    """Return the words that start our command line from the working folder."""
    if _on_path(SCRIPT):
        return (SCRIPT,)
    beside = Path(sys.executable).with_name(SCRIPT)
    if beside.is_file():
        return (_shorter(beside),)
    return (_python(), _shorter(Path(__file__).resolve().parent))


def command(*words: object) -> str:
    """Return a whole command, quoted as a shell wants it.

    Args:
        words: of the command line after the program's name.
    """
    return command_line([*program(), *(str(word) for word in words)])


def _python() -> str:
    for name in ("python", "python3"):
        found = _which(name)
        if found and Path(found).absolute() == Path(sys.executable).absolute():
            return name
    return _shorter(Path(sys.executable))


def _which(name: str) -> str | None:
    """Find a program as the user's shell does: `bootstrap.py` puts others in front for itself."""
    return shutil.which(name, path=os.environ.get("SPACETIME_RL_SHELL_PATH"))


def _on_path(name: str) -> bool:
    """Whether a shell finds the script of this very Python by its name."""
    found = _which(name)
    return found is not None and Path(found).parent == Path(sys.executable).parent


def _shorter(path: Path) -> str:
    """Return the path relative to the working folder where that is below it."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive of Windows
        return str(path)
    return str(path) if relative.startswith("..") else relative
