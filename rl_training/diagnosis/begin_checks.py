"""Does the game begin its episodes? Read from the text of the scene's scripts; nothing is played.

Called by `project_checks`. A controller whose `begin_episode` is missing or misspelt trains without
a word: every episode but the first begins where the last one ended.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from pathlib import Path

from rl_training.arena_check.scene_scripts import SceneScript, scene_scripts
from rl_training.diagnosis.finding import Finding, ok, skipped

CHECK = "begin_episode"
_FUNCTION = re.compile(r"^\s*(?:static\s+)?func\s+(\w+)\s*\(([^)]*)\)")
_EXTENDS = re.compile(
    r'^\s*(?:class_name\s+\w+\s+)?extends\s+(?:"res://([^"]+)"|(\w+))', re.MULTILINE
)
_CLASS_NAME = re.compile(r"^\s*class_name\s+(\w+)", re.MULTILINE)
_CONTROLLERS = ("AIController2D", "AIController3D")
_OTHER_WORDS = ("start_episode", "episode_begin", "reset_episode", "episode_start", "new_episode")
_NEAR = 0.75


def check_begin(project: Path, scene_path: str | None) -> Finding:
    """Is there a `begin_episode`, or does the game reset itself as godot-rl's games do?"""
    scripts = scene_scripts(project, scene_path)
    by_name = {script.path: script for script in scripts}
    for script in scripts:
        for name in _CLASS_NAME.findall(script.text):
            by_name[name] = script
    lines = [(script, _lineage(script, by_name)) for script in scripts]
    controllers = [(script, line) for script, line in lines if line and _is_controller(line)]
    carried = [each for each in controllers if each[0].node] or controllers
    if not carried:
        return skipped(CHECK, "no controller's script was found in the scene's files")
    polls = any("needs_reset" in script.text for script in scripts)
    for script, line in carried:
        finding = _check(script, line, polls)
        if finding is not None:
            return finding
    how = "resets itself when needs_reset is set" if polls and not _has(carried) else "defined"
    return ok(CHECK, f"{how} ({', '.join(script.path for script, _ in carried[:3])})")


def _has(carried: Sequence[tuple[SceneScript, list[SceneScript]]]) -> bool:
    return all(any(_functions(each).get(CHECK) for each in line) for _, line in carried)


def _check(script: SceneScript, line: list[SceneScript], polls: bool) -> Finding | None:
    near = None
    for each in line:
        functions = _functions(each)
        if CHECK in functions:
            return None
        near = near or next(
            ((each.path, number, name) for name, number in functions.items() if _is_near(name)),
            None,
        )
    if near is not None:
        path, number, name = near
        return Finding(
            CHECK,
            "warning",
            f"res://{path}:{number} has {name}(), which nothing calls; begin_episode was meant?",
            "name it: func begin_episode(episode_seed: int) -> void",
        )
    if polls:
        return None
    return Finding(
        CHECK,
        "warning",
        f"res://{script.path} has no begin_episode, and no script reads needs_reset: after its "
        "first episode the game is never put back to a start",
        "write func begin_episode(episode_seed: int) -> void in the controller: put everything at "
        "the start of that episode, and draw what is random from episode_seed",
    )


def _is_near(name: str) -> bool:
    bare = name.strip("_").lower().removeprefix("on_")
    if bare in _OTHER_WORDS:
        return True
    return difflib.SequenceMatcher(None, bare, CHECK).ratio() >= _NEAR


def _functions(script: SceneScript) -> dict[str, int]:
    found = {}
    for number, line in enumerate(script.text.splitlines(), start=1):
        if function := _FUNCTION.match(line):
            found[function[1]] = number
    return found


def _lineage(script: SceneScript, known: dict[str, SceneScript]) -> list[SceneScript]:
    """Return a script and the scripts that it extends."""
    line: list[SceneScript] = []
    current: SceneScript | None = script
    while current is not None and current not in line:
        line.append(current)
        base = _EXTENDS.search(current.text)
        current = known.get(base[1] or base[2]) if base else None
    return line


def _is_controller(line: list[SceneScript]) -> bool:
    base = _EXTENDS.search(line[-1].text)
    return base is not None and base[2] in _CONTROLLERS
