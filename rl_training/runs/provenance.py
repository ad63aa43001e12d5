"""What is needed to rebuild an artefact: the commit and the versions it was made with.

The commit is that of the code that runs, so it is read once: a checkout in the middle of a run does
not change what is in memory.
"""

from __future__ import annotations

import functools
import importlib.metadata
import platform
import subprocess

from rl_training.project_files import clone_root

UNKNOWN = "unknown"
_PACKAGES = (
    "godot-rl",
    "gymnasium",
    "numpy",
    "onnx",
    "onnxruntime",
    "stable-baselines3",
    "torch",
)


def harness_version() -> str:
    """Return the version of this harness, "unknown" when it is not installed as a package."""
    return _package_version("spacetime-rl")


def versions() -> dict[str, str]:
    """Return the versions of Python, the harness and the packages that a result depends on."""
    found = {"python": platform.python_version(), "spacetime-rl": harness_version()}
    found.update({name: _package_version(name) for name in _PACKAGES})
    return found


@functools.cache
def commit() -> str:
    """Return the repository's commit, with "-dirty" after it when files differ, or "unknown".

    It is read at the first call; a run calls it at its start (`session.open_run`).
    """
    head = _git("rev-parse", "HEAD")
    if head is None:
        return UNKNOWN
    return head + ("-dirty" if _git("status", "--porcelain", "--untracked-files=no") else "")


def _package_version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return UNKNOWN


def _git(*arguments: str) -> str | None:
    root = clone_root()
    if root is None or not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
