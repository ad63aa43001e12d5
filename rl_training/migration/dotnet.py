"""The .NET parts that only the stock plugin's ONNX runner needed.

Called by `plan`. A project with C# of its own keeps its project file, without the references to
ONNX Runtime; one without needs no .NET at all, so its project file and solution go to the backup.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from rl_training.migration.context import Context
from rl_training.migration.gdscript import line_of
from rl_training.migration.report import Entry, change, left, note

_PACKAGE = re.compile(
    r"[ \t]*<PackageReference\s+[^>]*?Include\s*=\s*\"(?P<name>Microsoft\.ML\.OnnxRuntime[\w.]*)\""
    r"[^>]*?(?:/>|>.*?</PackageReference>)[ \t]*\r?\n?",
    re.DOTALL | re.IGNORECASE,
)
_EMPTY_GROUP = re.compile(r"[ \t]*<ItemGroup>\s*</ItemGroup>[ \t]*\r?\n?")
_TENSORS = re.compile(r"<PackageReference[^>]*System\.Numerics\.Tensors", re.IGNORECASE)
_CONTROLLER = re.compile(r"\bclass\s+\w*AIController\w*|\bAddToGroup\(\s*\"AGENT\"")


@dataclass
class DotNet:
    """What is to be done with a project's .NET files.

    Attributes:
        texts: new text of project files that stay.
        removed: files that go to the backup.
        needed: the project has C# of its own.
        entries: the report's lines.
    """

    texts: dict[str, str] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    needed: bool = False
    entries: list[Entry] = field(default_factory=list)


def plan_dotnet(context: Context) -> DotNet:
    """Look through the project's .NET files."""
    plan = DotNet(needed=any(file.endswith(".cs") for file in context.files))
    projects = [file for file in context.files if file.endswith(".csproj")]
    for file in projects:
        text = _read(context.root / file)
        names = [match["name"] for match in _PACKAGE.finditer(text)]
        if plan.needed:
            if names:
                plan.texts[file] = _EMPTY_GROUP.sub("", _PACKAGE.sub("", text))
                first = _PACKAGE.search(text)
                line = line_of(text, first.start("name")) if first else 0
                found = f"took out {', '.join(names)}: inference needs no .NET"
                plan.entries.append(change(file, line, found))
                tensors = _TENSORS.search(plan.texts[file])
                if tensors:
                    at = line_of(plan.texts[file], tensors.start())
                    found = "System.Numerics.Tensors stays"
                    plan.entries.append(note(file, at, found, "Delete it if your code has no use"))
        elif names:
            plan.removed.append(file)
    if plan.removed:
        plan.removed += [
            file for file in context.files if file.endswith(".sln") and "/" not in file
        ]
        found = "to the backup: the project has no C# of its own, and inference needs no .NET"
        plan.entries += [change(file, 0, found) for file in plan.removed]
    for file in context.files:
        if file.endswith(".cs"):
            _check_source(file, _read(context.root / file), plan)
    return plan


def _check_source(file: str, text: str, plan: DotNet) -> None:
    match = _CONTROLLER.search(text)
    if match:
        plan.entries.append(
            left(
                file,
                line_of(text, match.start()),
                "an agent written in C#",
                "Write a GDScript controller that extends AIController2D or AIController3D and "
                "calls your C# node",
            )
        )
    runtime = text.find("Microsoft.ML.OnnxRuntime")
    if runtime >= 0:
        plan.entries.append(
            left(
                file,
                line_of(text, runtime),
                "uses ONNX Runtime by itself",
                "Put its PackageReference back into the project file, or use ONNXModel",
            )
        )


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")
