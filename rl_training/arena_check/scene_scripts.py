"""The scripts of a scene and the nodes that carry them, read from the project's text files.

Called by `coordinates` and by the doctor. It follows instanced scenes, base scripts and preloaded
ones; binary scenes tell nothing, and then all scripts of the project count. The engine is not run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_RESOURCE = re.compile(r"^\[ext_resource\s+(?P<fields>.*)\]\s*$")
_NODE = re.compile(r"^\[node\s+(?P<fields>.*)\]\s*$")
_FIELD = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|ExtResource\(\s*"?[^")]*"?\s*\)|[^\s\]]+)')
_SCRIPT = re.compile(r'^script\s*=\s*ExtResource\(\s*"?([^")]*)"?\s*\)')
_REFERENCE = re.compile(r'"res://([^"]+\.(?:gd|tscn))"')
_EXTENDS = re.compile(r"^\s*(?:class_name\s+\w+\s+)?extends\s+(\w+)", re.MULTILINE)
_CLASS_NAME = re.compile(r"^\s*class_name\s+(\w+)", re.MULTILINE)
_MOST_FILES = 2000


@dataclass(frozen=True)
class SceneScript:
    """One script that runs in a scene.

    Attributes:
        path: inside the project, without res://.
        text: its source.
        node: a node that carries it, as its path below the scene's root; empty: none does by
            itself (a base script, one that is made at run time).
    """

    path: str
    text: str
    node: str = ""


def scene_scripts(project: Path, scene_path: str | None) -> list[SceneScript]:
    """Return the scripts of a scene, those of nodes first; none of addons.

    Args:
        project: folder with project.godot.
        scene_path: res:// path of the scene; None, or one that is no text: all scripts count.
    """
    nodes: dict[str, str] = {}
    scene = (scene_path or "").removeprefix("res://")
    if scene.endswith(".tscn") and (project / scene).is_file():
        _walk(project, scene, nodes)
    else:
        nodes = dict.fromkeys(_project_scripts(project), "")
    scripts = [
        SceneScript(path, _read(project / path), node)
        for path, node in nodes.items()
        if path.endswith(".gd") and not path.startswith("addons/")
    ]
    return sorted(scripts, key=lambda script: not script.node)


def _walk(project: Path, scene: str, nodes: dict[str, str]) -> None:
    """Collect script paths, each with a node, of a scene and of all that it leads to."""
    waiting = [(scene, "")]
    seen: set[str] = set()
    classes: dict[str, str] | None = None
    while waiting and len(seen) < _MOST_FILES:
        path, node = waiting.pop(0)
        if path.endswith(".gd"):
            nodes[path] = nodes.get(path) or node
        if path in seen:
            continue
        seen.add(path)
        text = _read(project / path)
        if path.endswith(".tscn"):
            waiting += _of_scene(text, node)
            continue
        waiting += [(found, "") for found in _REFERENCE.findall(text)]
        for base in _EXTENDS.findall(text):
            classes = _class_names(project) if classes is None else classes
            if base in classes:
                waiting.append((classes[base], ""))


def _of_scene(text: str, above: str) -> Iterator[tuple[str, str]]:
    """Yield (path, node) of the scripts and scenes that a .tscn names."""
    paths: dict[str, str] = {}
    node = ""
    for line in text.splitlines():
        if resource := _RESOURCE.match(line):
            fields = _fields(resource["fields"])
            path = fields.get("path", "")
            if path.endswith((".gd", ".tscn")):
                paths[fields.get("id", "")] = path.removeprefix("res://")
        elif found := _NODE.match(line):
            fields = _fields(found["fields"])
            parent = fields.get("parent", "")
            parts = [above, "" if parent in ("", ".") else parent, fields.get("name", "")]
            node = "/".join(part for part in parts if part)
            instance = re.match(r'ExtResource\(\s*"?([^")]*)', fields.get("instance", ""))
            if instance and instance[1] in paths:
                yield paths.pop(instance[1]), node
        elif (script := _SCRIPT.match(line)) and script[1] in paths:
            yield paths[script[1]], node
    for path in paths.values():
        yield path, ""


def _fields(text: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in _FIELD.findall(text)}


def _class_names(project: Path) -> dict[str, str]:
    """Return the project's global classes and their scripts."""
    names = {}
    for path in _project_scripts(project):
        for name in _CLASS_NAME.findall(_read(project / path)):
            names[name] = path
    return names


def _project_scripts(project: Path) -> list[str]:
    found: list[str] = []
    for root, folders, files in os.walk(project):
        if ".gdignore" in files or (Path(root) != project and "project.godot" in files):
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".")]
        here = Path(root).relative_to(project)
        found += [(here / name).as_posix() for name in files if name.endswith(".gd")]
        if len(found) > _MOST_FILES:
            break
    return sorted(found)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
