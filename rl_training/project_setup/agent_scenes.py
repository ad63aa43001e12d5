"""Which scenes of a project hold agents, read from its text files; for a scene that holds none.

Called by the commands and the doctor when an engine ended without an agent. Binary scenes and
agents that are made at run time are not seen. Nothing is run.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from rl_training.envs.game import read_project
from rl_training.errors import EngineStartError, HarnessError, ProtocolError
from rl_training.project_files import ADDON

_EXTENDS = re.compile(r"^\s*(?:class_name\s+\w+\s+)?extends\s+\"?([\w:/.]+)\"?", re.MULTILINE)
_CLASS_NAME = re.compile(r"^\s*class_name\s+(\w+)", re.MULTILINE)
_CONTROLLERS = {
    *("AIController2D", "AIController3D"),
    *(f"res://{ADDON}/agents/ai_controller_{d}.gd" for d in ("2d", "3d")),
}
_PATH = re.compile(r'path="res://([^"]+)"')
_MOST_FILES = 2000
_SHOWN = 5


def agent_scenes(project: Path) -> list[str]:
    """Return the res:// paths of the scenes that have a controller, in themselves or instanced."""
    scripts, scenes = _files(project, ".gd"), _files(project, ".tscn")
    controllers = _controllers(scripts)
    names = {path: set(_PATH.findall(text)) for path, text in scenes.items()}
    found = {path for path, used in names.items() if used & controllers}
    while True:
        more = {path for path, used in names.items() if used & found} - found
        if not more:
            return sorted(f"res://{path}" for path in found)
        found |= more


@contextlib.contextmanager
def naming_agent_scenes(project_path: str | None, scene_path: str | None) -> Iterator[None]:
    """Add the scenes that hold agents to the error of an engine that found none in its own.

    Args:
        project_path: of the game; None: an exported one, which is not looked into.
        scene_path: that is run; None: the main scene.
    """
    try:
        yield
    except (EngineStartError, ProtocolError) as error:
        hint = scene_hint(project_path, scene_path)
        if hint:
            completed = type(error)(f"{error}. {hint}")
            completed.failure = error.failure
            raise completed from error
        raise


def scene_hint(project_path: str | None, scene_path: str | None) -> str:
    """Return a sentence that names the scenes with agents; empty where it would not help."""
    if project_path is None:
        return ""
    try:
        game = read_project(project_path, scene_path)
    except HarnessError:
        return ""
    assert game.project_path is not None
    scenes = agent_scenes(game.project_path)
    if not scenes or game.scene_path in scenes:
        return ""
    shown = ", ".join(f"--scene_path {scene}" for scene in scenes[:_SHOWN])
    return f"{game.scene_path} has no AIController; these scenes have: {shown}"


def _controllers(scripts: dict[str, str]) -> set[str]:
    """Return the scripts that extend a controller, over any number of own scripts."""
    bases: dict[str, str] = {}
    for path, text in scripts.items():
        match = _EXTENDS.search(text)
        bases[path] = match[1] if match else ""
    known, found = set(_CONTROLLERS), set[str]()
    while True:
        more = {path for path, base in bases.items() if base in known} - found
        if not more:
            return found
        found |= more
        known |= {f"res://{path}" for path in more}
        known |= {name for path in more for name in _CLASS_NAME.findall(scripts[path])}


def _files(project: Path, suffix: str) -> dict[str, str]:
    """Return the texts of the project's files of a kind, addons and other projects left out."""
    found: dict[str, str] = {}
    for root, folders, files in os.walk(project):
        here = Path(root)
        inner = here != project and "project.godot" in files
        if ".gdignore" in files or inner or here == project / "addons":
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.endswith(suffix) and len(found) < _MOST_FILES:
                path = here / name
                with contextlib.suppress(OSError):
                    text = path.read_text("utf-8", "replace")
                    found[path.relative_to(project).as_posix()] = text
    return found
