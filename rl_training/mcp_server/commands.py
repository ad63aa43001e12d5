"""Commands of this package that a language model may run: evaluate, replay, explore.

Called by `server`. Each runs in a process of its own, so that it cannot write into the protocol's
stream, and ends with it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rl_training.errors import HarnessError, UsageError

LONGEST_S = 3600.0
"""A command that takes longer is ended."""
_MOST_TEXT = 4000
_FAILED = 1
_MOST_FINDINGS = 20
_OF_A_REPORT = (
    "scene", "way", "seed", "parameters", "decisions", "episodes", "seconds", "arenas", "stopped",
    "notes", "returns",
)  # fmt: skip
_OF_A_FINDING = (
    "id", "kind", "message", "where", "count", "episodes", "first_step", "decisions", "confirmed",
    "note", "replay", "data",
)  # fmt: skip


def run_command(words: Sequence[str], timeout_s: float = LONGEST_S) -> dict[str, Any]:
    """Run `spacetime-rl WORDS --json` and return what it tells.

    Exit code 1 with JSON is an answer: a check that failed.

    Raises:
        UsageError: the words are wrong.
        HarnessError: it failed, or took too long.
    """
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "told.json"
        command = [sys.executable, "-m", "rl_training", *words, "--json", str(output)]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=timeout_s, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise HarnessError(f"{words[0]} took longer than {timeout_s:.0f} s") from error
        if done.returncode in (0, _FAILED) and output.is_file():
            told = json.loads(output.read_text("utf-8"))
            return told if isinstance(told, dict) else {"results": told}
    reason = (done.stderr.strip() or done.stdout.strip())[-_MOST_TEXT:]
    kind = UsageError if done.returncode == UsageError.exit_code else HarnessError
    raise kind(reason or f"{words[0]} ended with exit code {done.returncode}")


def summary_of(report: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return what a model needs of a report of `explore`: every cell's visits would fill its page.

    Args:
        report: as the command told it.
        folder: where the whole report is.
    """
    told = {name: report[name] for name in _OF_A_REPORT}
    told["cells"] = report["coverage"]["cells"]
    for kind in ("findings", "unconfirmed"):
        rows = report[kind]
        told[kind] = [{name: row[name] for name in _OF_A_FINDING} for row in rows[:_MOST_FINDINGS]]
        if len(rows) > _MOST_FINDINGS:
            told["notes"] = [*told["notes"], f"{len(rows)} {kind}: the report lists the others"]
    told["output"] = str(folder)
    told["report"] = str(folder / "report.json")
    told["page"] = str(folder / "report.html")
    return told
