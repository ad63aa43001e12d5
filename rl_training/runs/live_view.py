"""Where the bodies of chosen arenas are: what a watcher wishes, and what a run tells.

A watcher (the dashboard) keeps `logs/<experiment>/live/wanted.json` fresh; the engines, or the
training of a world that is no engine (`LiveWriter`), append to `arena_<number>.jsonl` there while
it is. Each file begins with what there is ({"arena", "nodes"}); then come places, about ten times a
second ({"arena", "time", "episode", "decisions", "at"}). Nobody watches: nothing is written.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rl_training.runs.atomic import write_text
from rl_training.runs.metrics import read_new_metrics
from rl_training.runs.paths import RunPaths

LEASE_S = 6.0
"""Seconds for which a wish holds."""
WISH_S = 1.0
PICTURE_S = 0.1
FILE_BYTES = 2 << 20
"""Bytes after which a file begins anew."""
MOST_ARENAS = 16


def engine_arguments(paths: RunPaths) -> tuple[str, ...]:
    """Return the addon's launch argument with which engines can be watched."""
    return (f"--rl.live_view={paths.live.resolve()}",)


def wish(paths: RunPaths, arenas: Sequence[int], lease_s: float = LEASE_S) -> None:
    """Ask a run to tell where bodies are, for some seconds.

    Args:
        paths: of the run.
        arenas: numbers over all engines; an empty list ends it.
        lease_s: how long, in seconds.

    Raises:
        StorageError: the folder cannot be written.
    """
    wanted = {"arenas": list(arenas)[:MOST_ARENAS], "until": time.time() + lease_s}
    write_text(paths.live / "wanted.json", json.dumps(wanted) + "\n")


def wish_poses(
    paths: RunPaths, arenas: Sequence[int], lease_s: float = LEASE_S, who: str = "window"
) -> None:
    """Ask a run to tell whole poses (docs/watching.md), for some seconds; `who` names the wish.

    Raises:
        StorageError: the folder cannot be written.
    """
    wanted = {"poses": list(arenas)[:MOST_ARENAS], "until": time.time() + lease_s}
    write_text(paths.live / f"wanted_{who}.json", json.dumps(wanted) + "\n")


def arena_file(paths: RunPaths, arena: int) -> Path:
    """Return the file in which an arena is told of."""
    return paths.live / f"arena_{arena}.jsonl"


class LiveReader:
    """Reads what a run tells of an arena; what came before it looked first is left out.

    Args:
        path: `arena_file`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def take(self) -> tuple[Any, list[dict[str, Any]]]:
        """Return (nodes if they are new, else None; places since the last call)."""
        try:
            size = self._path.stat().st_size
        except OSError:
            return None, []
        if size < self._offset:
            self._offset = 0
        try:
            lines, self._offset = read_new_metrics(self._path, self._offset)
        except ValueError:
            # It began anew in the middle of a look.
            self._offset = 0
            return None, []
        nodes: Any = None
        places: list[dict[str, Any]] = []
        for line in lines:
            if isinstance(line, dict) and "nodes" in line:
                nodes, places = line["nodes"], []
            elif isinstance(line, dict) and "at" in line:
                places.append(line)
        return nodes, places


class LiveWriter:
    """Tells of the worlds of a run that has no engine, as the addon does of arenas.

    Args:
        paths: of the run.
        worlds: how many there are; others that are wished for are left out.
        nodes: world to what there is in it: [name, kind, shape, width, depth] of each.
        places: world to {"episode", "decisions", "at"}; "at" holds x, y, angle and height of each
            node, one after another.
    """

    def __init__(
        self,
        paths: RunPaths,
        worlds: int,
        nodes: Callable[[int], Sequence[Sequence[Any]]],
        places: Callable[[int], dict[str, Any]],
    ) -> None:
        self._paths = paths
        self._worlds = worlds
        self._nodes = nodes
        self._places = places
        self._next = self._next_wish = 0.0
        self._told: dict[int, Any] = {}

    def look(self) -> None:
        """Tell, if somebody watches and it is time; else it costs a look at the clock."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + PICTURE_S
        if now >= self._next_wish:
            self._next_wish = now + WISH_S
            wanted = _wanted(self._paths)
            known = [world for world in wanted if 0 <= world < self._worlds]
            self._told = {world: self._told.get(world) for world in known}
        if not self._told:
            self._next = self._next_wish
        for world in self._told:
            self._tell(world)

    def _tell(self, world: int) -> None:
        path = arena_file(self._paths, world)
        nodes = [list(node) for node in self._nodes(world)]
        is_long = path.is_file() and path.stat().st_size > FILE_BYTES
        lines = []
        if self._told[world] != nodes or is_long:
            lines.append({"arena": world, "nodes": nodes})
        is_first = self._told[world] is None or is_long
        self._told[world] = nodes
        lines.append({"arena": world, "time": round(time.time(), 2), **self._places(world)})
        text = "".join(json.dumps(line) + "\n" for line in lines)
        with open(path, "w" if is_first else "a", encoding="utf-8") as file:
            file.write(text)


def _wanted(paths: RunPaths) -> list[int]:
    try:
        data = json.loads((paths.live / "wanted.json").read_text(encoding="utf-8"))
        if data["until"] > time.time():
            return [int(arena) for arena in data["arenas"]][:MOST_ARENAS]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return []
