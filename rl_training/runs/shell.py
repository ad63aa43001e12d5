"""Commands to paste: quoted, so that paths with spaces survive."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def command_line(words: Sequence[str | Path]) -> str:
    """Return words as one line for this system's shell: `spacetime-rl play --model 'a b.zip'`."""
    plain = [str(word) for word in words]
    return subprocess.list2cmdline(plain) if sys.platform == "win32" else shlex.join(plain)
