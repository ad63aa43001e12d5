"""What a run is called when nobody names it: after its game and its scene, not "custom".

Called by the settings of a run. A name holds letters, digits, ".", "_" and "-" only.
"""

from __future__ import annotations

import re
from pathlib import Path

ANY_PROJECT = "custom"
"""The scenario that stands for whatever project is given."""


def default_experiment_name(
    scenario: str,
    project_path: str | None = None,
    scene_path: str | None = None,
    env_path: str | None = None,
) -> str:
    """Return a name such as "coin_collector-arena".

    Args:
        scenario: its name stands for the game, unless it is "custom".
        project_path: folder of the project.
        scene_path: the scene when it is given; else a project's main scene.
        env_path: an exported game, named when there is no project.
    """
    scene = scene_path
    if scenario != ANY_PROJECT:
        game = scenario
    elif project_path is not None:
        game = Path(project_path).resolve().name
        scene = scene or _main_scene(Path(project_path))
    elif env_path is not None:
        game = Path(env_path).name.partition(".")[0]
    else:
        game = ANY_PROJECT
    parts = [_clean(game) or ANY_PROJECT]
    if scene:
        stem = _clean(scene.rpartition("/")[2].partition(".")[0])
        if stem and stem != parts[0]:
            parts.append(stem)
    return "-".join(parts)


def _clean(text: str) -> str:
    """Return the text as a name: other characters become "_", and it begins with a letter."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", text)
    return re.sub(r"^[^A-Za-z0-9]+", "", plain).rstrip("_.-")


def _main_scene(project: Path) -> str | None:
    try:
        text = (project / "project.godot").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = re.search(r'^run/main_scene="res://([^"]+)"', text, re.MULTILINE)
    return found[1] if found else None
