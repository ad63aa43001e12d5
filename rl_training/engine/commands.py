"""Run a foreign program, always under a time limit.

Called by everything in `rl_training.engine` that starts apt, dpkg, patchelf or Godot for a short
answer. Long-lived engines are started by `launch`, never here.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CommandResult:
    """What a program left behind.

    Attributes:
        returncode: exit code; negative is a signal; None when the time limit struck.
        output: standard output and error, in the order written.
    """

    returncode: int | None
    output: str

    @property
    def timed_out(self) -> bool:
        """Whether the program was stopped by the time limit."""
        return self.returncode is None

    def last_line(self) -> str:
        """The last line that is not empty, for a one-line error."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        return lines[-1] if lines else "(no output)"


def run_command(
    arguments: Sequence[str | Path],
    *,
    timeout_s: float,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> CommandResult:
    """Run a program to its end and collect what it says.

    Args:
        arguments: program and arguments.
        timeout_s: seconds after which the program and its children are killed.
        cwd: working directory.
        environment: variables added to ours.

    Raises:
        OSError: the program could not be started at all.
    """
    process = subprocess.Popen(
        [str(argument) for argument in arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env={**os.environ, **environment} if environment else None,
        start_new_session=sys.platform != "win32",
    )
    try:
        output, _ = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        kill_group(process)
        output, _ = process.communicate()
        return CommandResult(None, output.decode("utf-8", "replace"))
    except BaseException:
        kill_group(process)
        process.wait()
        raise
    return CommandResult(process.returncode, output.decode("utf-8", "replace"))


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that leads its own group, with its children."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
