"""Lines of a game's scripts that use coordinates of the world where an arena needs its own.

Called by `check` when arenas differ: it reads text and knows no engine. It points at lines; whether
one is the cause, only the comparison says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rl_training.arena_check.scene_scripts import SceneScript

_WRITE = re.compile(
    r"^(?P<node>[\w.$%/\"'()\[\]]+\.)?(?:set_)?"
    r"(?P<what>global_position|global_transform|global_transform\.origin)"
    r"(?P<part>\.[xyz])?(?:\s*=(?!=)\s*|\()(?P<value>.+)$"
)
_LITERAL = re.compile(r"Vector[23]i?\s*[(.]|Transform[23]D\s*[(.]|clampf?\(|(?<![\w.])-?\d")
_LOOK = re.compile(r"look_at(?:_from_position)?\(\s*(?:Vector[23]\s*[(.])")
_BOUND = re.compile(
    r"global_position\.(?P<part>[xyz])\s*[<>]=?\s*-?[\dA-Z]|"
    r"(?:clampf?|absf?|wrapf?)\([^)]*global_position\.(?P<clamped>[xyz])"
)
_LOCAL_FROM_WORLD = re.compile(r"(?<![\w])(?:[\w$%/]+\.)?position\s*=\s*[^=].*global_position")
_READ = re.compile(r"global_(?:position|transform\.origin)(?!\s*[-+]|\.(?:distance|direction)|\))")
_RAY = re.compile(r"PhysicsRayQueryParameters[23]D\.create\(\s*Vector[23]\s*\(")
_GROUP = re.compile(r"get_(?:first_node|nodes)_in_group\(")
_TOP_LEVEL = re.compile(r"top_level\s*=\s*true")
_RELATIVE = re.compile(r"\)?\s*-\s|-\s*[\w.]*global_position|to_local\(|distance|direction")


@dataclass(frozen=True)
class Suspect:
    """One line that may use coordinates of the world.

    Attributes:
        path: of the script, without res://.
        line: its number, from 1.
        code: what stands there.
        node: that carries the script; empty: none by itself.
        weight: the larger, the likelier the cause.
        remedy: what to write in its place.
    """

    path: str
    line: int
    code: str
    node: str
    weight: float
    remedy: str

    def text(self) -> str:
        """Return file, line, node, code and remedy as one clause."""
        node = f" (node {self.node})" if self.node else ""
        return f"res://{self.path}:{self.line}{node}: {self.code} -> {self.remedy}"


def find_suspects(scripts: list[SceneScript]) -> list[Suspect]:
    """Return suspicious lines, the likeliest first."""
    found = [suspect for script in scripts for suspect in _of_script(script)]
    # A script that no node carries by itself is a base, or made at run time.
    return sorted(found, key=lambda each: -each.weight)


def _of_script(script: SceneScript) -> Iterator[Suspect]:
    flat = "Vector3" in script.text or "3D" in script.text
    function = ""
    for number, raw in enumerate(script.text.splitlines(), start=1):
        code = _without_comment(raw).strip()
        if head := re.match(r"(?:static\s+)?func\s+(\w+)", code):
            function = head[1]
        judged = _judge(code, function, flat)
        if judged is not None:
            weight, remedy = judged
            yield Suspect(script.path, number, code, script.node, weight, remedy)


def _judge(code: str, function: str, is_3d: bool) -> tuple[float, str] | None:
    """Return (weight, remedy) of a line; None: nothing to see. Arenas of 3D lie in x and z."""
    if not code:
        return None
    if write := _WRITE.match(code):
        if is_3d and write["part"] == ".y":
            return None
        return _judge_write(write)
    if _LOOK.search(code):
        return 2.0, "take the point from the arena: look_at(root.to_global(...))"
    bound = _BOUND.search(code)
    if bound and not (is_3d and "y" in (bound["part"], bound["clamped"])):
        return 2.0, "compare position (relative to the parent), not global_position"
    if _LOCAL_FROM_WORLD.search(code):
        return 2.0, "do not mix them: position = other.position, or both global_position"
    if _RAY.search(code):
        return 1.5, "give the ray's ends through root.to_global(...)"
    if function in ("get_obs", "write_obs") and _READ.search(code) and not _RELATIVE.search(code):
        return 1.5, "observe position (relative to the parent), or a difference of two positions"
    if _TOP_LEVEL.search(code):
        return 1.0, "a top-level node does not move with its arena: leave it a child"
    if _GROUP.search(code):
        return 1.0, "this finds nodes of every arena: take them from the scene (@export, get_node)"
    return None


def _judge_write(write: re.Match[str]) -> tuple[float, str] | None:
    value = (
        write["value"].strip().removesuffix(")") if "(" not in write["value"] else write["value"]
    )
    literal = _LITERAL.search(value)
    if "to_global(" in value:
        return None
    if "global_" in value:
        if not literal:
            return None  # it follows another node
        weight = 2.0
    else:
        weight = 3.0
    local = "transform" if write["what"] == "global_transform" else "position"
    if write["what"] == "global_transform.origin":
        local = "position"
    target = f"{write['node'] or ''}{local}{write['part'] or ''}"
    value = value.replace("global_position", "position").replace("global_transform", "transform")
    return weight, f"{target} = {value.strip()} (relative to the parent, so right in every arena)"


def _without_comment(line: str) -> str:
    """Cut a comment off; a # inside quotes stays."""
    quote = ""
    for place, letter in enumerate(line):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == "#":
            return line[:place]
    return line
