"""Reading GDScript without an engine: what a script declares, and which text is code.

Used by the planning modules for the project's scripts, the stock plugin's and ours. It reads
declarations at the outermost level; it is no parser and changes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKENS = re.compile(
    r'(?P<skip>#[^\n]*|r?&?\^?"""(?:[^\\]|\\.)*?"""|r?&?\^?\'\'\'(?:[^\\]|\\.)*?\'\'\''
    r'|[&^]?"(?:[^"\\\n]|\\.)*"|[&^]?\'(?:[^\'\\\n]|\\.)*\''
    r"|\$[\w/.@%-]+|(?<![\w)\]])%[A-Za-z_][\w/]*)",
    re.DOTALL,
)
_DECLARATION = re.compile(
    r"^(?P<notes>(?:@[a-z_0-9]+(?:\([^\n]*?\))?[ \t]+)*)(?:static[ \t]+)?"
    r"(?P<what>var|const|enum|signal|func|class)[ \t]+(?P<name>\w+)(?P<rest>[^\n]*)",
    re.MULTILINE,
)
_CLASS_NAME = re.compile(r"^(?:@\w+(?:\([^)]*\))?\s+)*class_name[ \t]+(\w+)", re.MULTILINE)
_EXTENDS = re.compile(
    r"^(?:@\w+(?:\([^)]*\))?\s+)*(?:class_name[ \t]+\w+[ \t]+)?extends[ \t]+"
    r"(?:\"([^\"\n]+)\"|'([^'\n]+)'|([\w.]+))",
    re.MULTILINE,
)
_DEFAULT = re.compile(
    r"^[ \t]*(?::[ \t]*[\w\[\], .]+?)?[ \t]*:?=[ \t]*(?P<value>.*?)[ \t]*:?[ \t]*$"
)
_RETURN = re.compile(r"->[ \t]*([\w\[\], .]+?)[ \t]*:")


@dataclass(frozen=True)
class Script:
    """What a script declares at its outermost level.

    Attributes:
        class_name: its global name, "" without one.
        extends: a class name or a res:// path, "" where it says nothing.
        members: the line of every variable, constant, enum, signal, class and function, by name.
        exports: exported variables with their default as written, "" where there is none.
        returns: functions with the return type as written, "" where there is none.
    """

    class_name: str = ""
    extends: str = ""
    members: dict[str, int] = field(default_factory=dict)
    exports: dict[str, str] = field(default_factory=dict)
    returns: dict[str, str] = field(default_factory=dict)


def code_only(text: str) -> str:
    """Blank out comments, strings and node paths; length and lines stay as they are."""
    return _TOKENS.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def line_of(text: str, index: int) -> int:
    """Return the line, from 1, of a place in `text`."""
    return text.count("\n", 0, index) + 1


def read_script(text: str) -> Script:
    """Read the declarations of a script."""
    code = code_only(text)
    extends = _EXTENDS.search(text)
    script = Script(
        class_name=_first(_CLASS_NAME, text),
        extends=next(filter(None, extends.groups()), "") if extends else "",
    )
    for match in _DECLARATION.finditer(code):
        name = match["name"]
        script.members.setdefault(name, line_of(code, match.start("what")))
        if match["what"] == "func":
            header = code[match.start() : match.start() + 2000].split(":\n")[0] + ":"
            script.returns.setdefault(name, _return_type(header))
        elif match["what"] == "var" and "@export" in match["notes"]:
            # The text itself, since a default may be a string.
            default = _DEFAULT.match(text[match.start("rest") : match.end("rest")])
            script.exports[name] = default["value"] if default else ""
    return script


def function_body(code: str, name: str) -> tuple[int, int] | None:
    """Return start and end of the outermost function `name` in `code`, None without one."""
    head = re.search(rf"^(?:static[ \t]+)?func[ \t]+{re.escape(name)}[ \t]*\(", code, re.MULTILINE)
    if head is None:
        return None
    depth = 1
    at = head.end()
    while at < len(code) and depth:
        depth += {"(": 1, ")": -1}.get(code[at], 0)
        at += 1
    end = re.compile(r"^\S", re.MULTILINE).search(code, at)
    return at, end.start() if end else len(code)


def _return_type(header: str) -> str:
    depth = 0
    for index, letter in enumerate(header):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == ")" and depth == 0:
            found = _RETURN.match(header[index + 1 :].lstrip(" \t"))
            return found[1] if found else ""
    return ""


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""
