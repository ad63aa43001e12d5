"""Godot's text format of scenes and resources: its sections, their attributes, their properties.

Used by `scenes` alone. It keeps every character of what is not changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_HEADER = re.compile(r"^\[(?P<kind>[a-z_]+)(?P<attributes>.*)\]\s*$", re.DOTALL)
_ATTRIBUTE = re.compile(
    r"(?P<name>\w+)\s*=\s*(?P<value>\"(?:[^\"\\]|\\.)*\""
    r"|\w+\((?:[^()\"]|\"(?:[^\"\\]|\\.)*\")*\)|\[[^\]]*\]|[^\s\]]+)"
)
_REFERENCE = re.compile(r"\b(?P<kind>ExtResource|SubResource)\(\s*\"?(?P<id>[^\")]+)\"?\s*\)")
_PROPERTY = re.compile(r"^(?P<name>[\w/.:]+|\"[^\"]+\")\s*=\s?(?P<value>.*)$", re.DOTALL)


@dataclass
class Section:
    """One `[...]` line and what stands below it.

    Attributes:
        kind: gd_scene, ext_resource, sub_resource, node, connection, editable, resource; "" for
            what stands above the first section.
        lines: its lines with their ends, the header first. Each element of `lines[1:]` is a whole
            property, which may span several lines of the file.
        removed: it will not be written.
    """

    kind: str
    lines: list[str] = field(default_factory=list)
    removed: bool = False

    @property
    def header(self) -> str:
        """The `[...]` line."""
        return self.lines[0]

    def attribute(self, name: str) -> str:
        """Return an attribute of the header, without quotes; "" where it has none."""
        for match in _ATTRIBUTE.finditer(self.header):
            if match["name"] == name:
                return unquoted(match["value"])
        return ""

    def set_attribute(self, name: str, value: str) -> None:
        """Replace a quoted attribute; `value` "" takes it away."""
        pattern = re.compile(rf'(\s){name}="(?:[^"\\]|\\.)*"')
        new = rf' {name}="{value}"' if value else ""
        self.lines[0] = pattern.sub(lambda _: new, self.header, count=1)

    def value(self, name: str) -> str | None:
        """Return a property as written, None where it is not set."""
        at = self.index_of(name)
        match = _PROPERTY.match(self.lines[at]) if at else None
        return match["value"].strip() if match else None

    def index_of(self, name: str) -> int:
        """Return where in `lines` a property stands, 0 where it is not set."""
        for index, line in enumerate(self.lines[1:], start=1):
            match = _PROPERTY.match(line)
            if match and match["name"].strip('"') == name:
                return index
        return 0

    def line_of(self, name: str) -> int:
        """Return the line of a property, 1 being the header's; 1 where it is not set."""
        return "".join(self.lines[: self.index_of(name)]).count("\n") + 1

    def add_property(self, name: str, value: str) -> None:
        """Write a property after the last one."""
        last = max(
            (i for i, line in enumerate(self.lines) if line.strip()), default=len(self.lines) - 1
        )
        end = "\r\n" if self.header.endswith("\r\n") else "\n"
        self.lines[last] = self.lines[last].rstrip("\r\n") + end
        self.lines.insert(last + 1, f"{name} = {value}{end}")

    def remove_property(self, name: str) -> None:
        """Take a property away, if it is set."""
        at = self.index_of(name)
        if at:
            del self.lines[at]

    def used(self, kind: str) -> set[str]:
        """Return the ids of the ExtResources or SubResources that it names."""
        text = "".join(self.lines)
        return {match["id"] for match in _REFERENCE.finditer(text) if match["kind"] == kind}

    @property
    def node_path(self) -> str:
        """Path of a node section from the scene's root; "." for the root."""
        parent = self.attribute("parent")
        if not parent:
            return "."
        name = self.attribute("name")
        return name if parent == "." else f"{parent}/{name}"


def read_sections(text: str) -> list[Section]:
    """Split a scene into sections; joined again they are `text`."""
    sections = [Section("")]
    statement = ""
    depth = 0
    in_string = False
    for line in text.splitlines(keepends=True):
        fresh = not statement
        statement += line
        depth, in_string = _balance(line, depth, in_string)
        if depth > 0 or in_string:
            continue
        depth = 0
        header = _HEADER.match(statement) if fresh or statement.startswith("[") else None
        if header:
            sections.append(Section(header["kind"]))
        sections[-1].lines.append(statement)
        statement = ""
    if statement:
        sections[-1].lines.append(statement)
    return sections


def write_sections(sections: list[Section]) -> str:
    """Return the text of the sections that are not removed."""
    return "".join("".join(section.lines) for section in sections if not section.removed)


def start_lines(sections: list[Section]) -> dict[int, int]:
    """Return the line, from 1, at which each section begins in the written text, by id()."""
    starts: dict[int, int] = {}
    line = 1
    for section in sections:
        starts[id(section)] = line
        if not section.removed:
            line += sum(text.count("\n") for text in section.lines)
    return starts


def unquoted(value: str) -> str:
    """Return a string value without its quotes and escapes."""
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return value


def reference_id(value: str, kind: str) -> str:
    """Return the id in `ExtResource("id")` or `SubResource("id")`, "" when it is none."""
    match = _REFERENCE.fullmatch(value.strip())
    return match["id"] if match and match["kind"] == kind else ""


def _balance(line: str, depth: int, in_string: bool) -> tuple[int, bool]:
    escaped = False
    for letter in line:
        if in_string:
            if escaped:
                escaped = False
            elif letter == "\\":
                escaped = True
            elif letter == '"':
                in_string = False
        elif letter == '"':
            in_string = True
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
    return depth, in_string
