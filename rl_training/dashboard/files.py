"""What a run's folder holds besides its scalars: its log, its failed episodes, their films.

Called by `rest` and `stream`. Every path is looked at after its links are followed: what lies
outside of the root is not there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rl_training.invocation import command
from rl_training.runs.paths import RunPaths

FILMS = {
    ".webm": "video/webm",
    ".mp4": "video/mp4",
    ".gif": "image/gif",
    ".png": "image/png",
    ".avi": "video/x-msvideo",
    ".ogv": "video/ogg",
}
"""Files beside a recording that are shown as its film, by their suffix; the first is taken."""
RECORDINGS = (".replay", ".part")
TAIL_BYTES = 64 << 10
MOST_LOG_BYTES = 256 << 10
MOST_FAILURES = 500
_SEED = re.compile(r"episode_(\d+)_(\d+)")
# What looks like a secret in a line of a log.
_SECRET = re.compile(
    r"(?i)((?:token|secret|password|api_?key|authorization)\w*['\"]?\s*[=:\s]\s*(?:bearer\s+)?)"
    r"['\"]?[^\s'\",;]{4,}"
)


def is_inside(root: Path, path: Path) -> bool:
    """Return whether a file is there and lies in the root when its links are followed."""
    return path.is_file() and path.resolve().is_relative_to(root.resolve())


def read_log(paths: RunPaths, offset: int, secrets: Sequence[str]) -> dict[str, Any]:
    """Return a run's log from a byte on, in whole lines.

    Args:
        paths: of the run.
        offset: in bytes; -1 for its last lines.
        secrets: words that are blanked.

    Returns:
        {"text", "from", "next", "size"}.
    """
    if not is_inside(paths.root, paths.train_log):
        return {"text": "", "from": 0, "next": 0, "size": 0}
    with open(paths.train_log, "rb") as file:
        size = file.seek(0, 2)
        start = max(0, size - TAIL_BYTES) if offset < 0 else min(offset, size)
        file.seek(start)
        data = file.read(MOST_LOG_BYTES)
    if offset < 0 and start > 0:
        first = data.find(b"\n") + 1
        data, start = data[first:], start + first
    data = data[: data.rfind(b"\n") + 1] or (data if len(data) >= MOST_LOG_BYTES else b"")
    text = _SECRET.sub(r"\1***", data.decode(errors="replace"))
    for secret in secrets:
        text = text.replace(secret, "***")
    return {"text": text, "from": start, "next": start + len(data), "size": size}


def failures(paths: RunPaths, game: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return the recorded failed episodes of a run, the newest first.

    Args:
        paths: of the run.
        game: words that name the game, for the commands.
    """
    folder = paths.failures
    if not folder.is_dir() or not folder.resolve().is_relative_to(paths.root.resolve()):
        return []
    found = []
    for path in folder.iterdir():
        if path.suffix in RECORDINGS and is_inside(paths.root, path):
            about = path.stat()
            found.append((about.st_mtime, about.st_size, path))
    found.sort(key=lambda each: each[0], reverse=True)
    return [_failure(paths, each, game) for each in found[:MOST_FAILURES]]


def film(paths: RunPaths, name: str) -> Path | None:
    """Return a film of a failed episode; None: there is none of this name."""
    for path in paths.failures.iterdir() if paths.failures.is_dir() else ():
        if path.name == name and path.suffix in FILMS and is_inside(paths.root, path):
            return path
    return None


def _failure(
    paths: RunPaths, about: tuple[float, int, Path], game: Sequence[str]
) -> dict[str, Any]:
    written, size, path = about
    numbers = _SEED.search(path.name)
    shown = None
    for suffix in FILMS:
        candidate = path.with_suffix(suffix)
        if is_inside(paths.root, candidate):
            shown = candidate.name
            break
    return {
        "name": path.name,
        "written": round(written, 1),
        "bytes": size,
        "episode": int(numbers[1]) if numbers else None,
        "seed": int(numbers[2]) if numbers else None,
        "command": command("replay", path, *game),
        "film": shown,
        "film_command": command("replay", path, *game, "--video", path.with_suffix(".avi")),
    }
