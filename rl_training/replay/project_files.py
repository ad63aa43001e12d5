"""Which files of a project a scene needs, found by reading texts: for bundles.

A file is needed when a needed file names its path or, in scripts, its `class_name`. Paths that a
script puts together at run time are not found; the addon is taken whole.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from rl_training.project_files import seen_files

LARGEST_FILE = 4 << 20
"""Bytes; larger files are named in a bundle, not packed."""

_ADDON = "addons/godot_rl"
_TEXTS = {".gd", ".tscn", ".tres", ".gdshader", ".gdshaderinc", ".godot", ".cfg", ".json"}
_PATH = re.compile(r"res://([^\"'\s:*?<>|]+\.\w+)")
_CLASS = re.compile(r"^class_name\s+(\w+)", re.MULTILINE)
_WORD = re.compile(r"\b[A-Z]\w+\b")


def needed_files(project: Path, scene_path: str) -> list[str]:
    """Return the files that a scene needs, relative to the project, in alphabetical order.

    Args:
        project: folder with project.godot.
        scene_path: res:// path.
    """
    classes = _classes(project)
    waiting = ["project.godot", scene_path.removeprefix("res://")]
    waiting += [name for name in seen_files(project) if name.startswith(_ADDON)]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in found or not (project / name).is_file():
            continue
        found.add(name)
        waiting.append(f"{name}.import")
        if (project / name).suffix not in _TEXTS or (project / name).stat().st_size > LARGEST_FILE:
            continue
        text = (project / name).read_text("utf-8", "replace")
        waiting += [path for path in _PATH.findall(text) if ".." not in path.split("/")]
        if name.endswith(".gd"):
            waiting += [classes[word] for word in set(_WORD.findall(text)) if word in classes]
    return sorted(found)


def checksum(path: Path) -> str:
    """Return a file's SHA-256; empty when there is no such file."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _classes(project: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in seen_files(project):
        if name.endswith(".gd"):
            match = _CLASS.search((project / name).read_text("utf-8", "replace"))
            if match:
                found[match[1]] = name
    return found
