"""Rewrites one GDScript text and finds in it what our addon does differently.

Called by `plan` for .gd files and by `scenes` for scripts inside scenes. The number of lines never
changes, so that line numbers of the report hold for the migrated file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rl_training.migration.context import Context
from rl_training.migration.gdscript import Script, code_only, function_body, line_of, read_script
from rl_training.migration.report import Entry, change, left, note
from rl_training.migration.stock import (
    CONTROLLER_MEMBERS,
    CONTROLLERS,
    FILES,
    GONE_FROM_CONTROLLERS,
    GONE_FROM_SENSORS,
    GONE_FROM_SYNC,
    SPELLINGS,
    Gone,
    references,
)

_VIRTUALS = ("_ready", "_physics_process", "_process", "_enter_tree", "_exit_tree", "_input")
_UID = re.compile(r"uid://\w+")
_GROUP = re.compile(r"\badd_to_group\(\s*&?[\"']AGENT[\"']")
_ONNX_USE = re.compile(r"\bONNXModel\s*\.\s*new\b|\.\s*run_inference\b|\.\s*action_means_only\b")
_COUNTS = re.compile(r"^[ \t]*(?:self\.)?n_steps[ \t]*(?:\+=|=[ \t]*n_steps)", re.MULTILINE)
_SUPER = re.compile(r"\bsuper\b")
_SIMPLE_TYPES = frozenset(
    {"void", "bool", "int", "float", "String", "Dictionary", "Array", "PackedFloat32Array"}
    | {"PackedFloat64Array", "PackedInt32Array", "PackedByteArray", "Vector2", "Vector3"}
)
_CONSTRUCTOR = "Use ONNXModel.load_file(path), then forward(observation): see docs/inference.md"


def migrate_script(file: str, text: str, context: Context) -> tuple[str, list[Entry]]:
    """Return the migrated text and the report's entries for it.

    Args:
        file: path for the report.
        text: the GDScript source.
        context: the project.
    """
    entries: list[Entry] = []
    script = read_script(text)
    own, base = context.ancestry(script)
    text = rewrite_references(file, text, context, entries)
    text = _fix_spellings(file, text, context, entries)
    if base is not None:
        text = _drop_missing_super(file, text, own, base, context, entries)
        _check_members(file, script, own, base, context, entries)
    if base in CONTROLLERS:
        _check_counting(file, text, base, context, entries)
    declared = set(script.members).union(*(parent.members for parent in own))
    _check_use(file, text, base, declared, entries)
    return text, entries


def rewrite_references(file: str, text: str, context: Context, entries: list[Entry]) -> str:
    """Replace the plugin's paths and uids in `text`; report those without a counterpart."""
    lines_left: set[int] = set()
    for found in reversed(references(text)):
        line = line_of(text, found.start)
        if found.new is None:
            if line not in lines_left and not _in_comment(text, found.start, file):
                lines_left.add(line)
                remedy = "Take the file over from the backup into a folder of your game, or delete"
                entries.append(
                    left(file, line, f"{found.old} has no counterpart", f"{remedy} its use")
                )
            continue
        text = text[: found.start] + found.new + text[found.start + len(found.old) :]
        entries.append(change(file, line, f"{found.old} -> {found.new}"))
    for match in reversed(list(_UID.finditer(text))):
        inside = context.stock_of_uid(match[0])
        new = context.our_uid(inside) if inside is not None else None
        if new is None or new == match[0]:
            continue
        entries.append(change(file, line_of(text, match.start()), f"{match[0]} -> {new}"))
        text = text[: match.start()] + new + text[match.end() :]
    return text


def _in_comment(text: str, index: int, file: str) -> bool:
    start = text.rfind("\n", 0, index) + 1
    mark = {".gd": "#", ".cs": "//"}.get(file[file.rfind(".") :])
    return mark is not None and mark in text[start:index].replace("://", "")


def _fix_spellings(file: str, text: str, context: Context, entries: list[Entry]) -> str:
    own_names = {script.class_name for script in context.scripts.values()}
    for wrong, right in SPELLINGS.items():
        if wrong in own_names:
            continue
        for match in reversed(list(re.finditer(rf"(?<![\w.]){wrong}(?!\w)", code_only(text)))):
            entries.append(change(file, line_of(text, match.start()), f"{wrong} -> {right}"))
            text = text[: match.start()] + right + text[match.end() :]
    return text


def _drop_missing_super(
    file: str, text: str, own: list[Script], base: str, context: Context, entries: list[Entry]
) -> str:
    """Replace calls of a virtual that our class does not declare: Godot refuses to compile them."""
    defined = set(context.ours.members_of(base))
    for script in own:
        defined |= set(script.members)
    for name in _VIRTUALS:
        code = code_only(text)
        body = function_body(code, name)
        if body is None or name in defined:
            continue
        statement = re.compile(
            rf"^(?P<indent>[ \t]*)super(?:\.{name})?\([^()\n]*\)(?=[ \t\r]*$)", re.MULTILINE
        )
        found = list(statement.finditer(code, *body))
        for match in reversed(found):
            new = match["indent"] + "pass"
            old = text[match.start() : match.end()].strip()
            entries.append(
                change(file, line_of(text, match.start()), f"{old} -> pass: it has no {name}()")
            )
            text = text[: match.start()] + new + text[match.end() :]
        code = code_only(text)
        body = function_body(code, name) or (0, 0)
        for match in _SUPER.finditer(code, *body):
            if re.match(rf"super(\.{name})?\s*\(", code[match.start() :]):
                text_of = f"calls {name}() of the plugin's class, which our class does not have"
                entries.append(left(file, line_of(text, match.start()), text_of, "Remove the call"))
    return text


def _check_members(
    file: str, script: Script, own: list[Script], base: str, context: Context, entries: list[Entry]
) -> None:
    if base == "sync.gd":
        entries.append(
            left(
                file,
                1,
                "extends Sync",
                "Sync is an autoload here: move what you added to a node of your game",
            )
        )
        return
    ours = context.ours.members_of(base)
    returns = context.ours.returns_of(base)
    known = _stock_members(base, context)
    for name, line in script.members.items():
        if name in ours and name not in known and (name not in returns or name in script.returns):
            if name not in script.returns:
                found = f"declares {name}, which our class declares too"
                entries.append(left(file, line, found, f"Rename it: {name} does not compile"))
            else:
                found = f"{name}() overrides a method of our class"
                entries.append(left(file, line, found, "Rename it, unless that is what you want"))
        elif name in ours and (name in returns) != (name in script.returns):
            found = f"declares {name}, which our class declares too"
            entries.append(left(file, line, found, f"Rename it: {name} does not compile"))
    for name, mine in script.returns.items():
        theirs = returns.get(name, "")
        if _conflict(mine, theirs):
            found = f"{name}() returns {mine}; our class says {theirs}"
            entries.append(left(file, script.members[name], found, f"Write -> {theirs}"))
    if script.class_name and context.ours.file_of_class(script.class_name):
        found = f"class_name {script.class_name} is a class of our addon"
        entries.append(left(file, 1, found, "Rename your class"))


def _stock_members(base: str, context: Context) -> set[str]:
    known: set[str] = set(CONTROLLER_MEMBERS) if base in CONTROLLERS else set()
    for inside, ours in FILES.items():
        if ours == base:
            known |= set(context.stock.members_of(inside))
    return known


def _conflict(mine: str, theirs: str) -> bool:
    plain = (mine.split("[")[0].strip(), theirs.split("[")[0].strip())
    return plain[0] != plain[1] and set(plain) <= _SIMPLE_TYPES


def _check_counting(
    file: str, text: str, base: str, context: Context, entries: list[Entry]
) -> None:
    code = code_only(text)
    body = function_body(code, "_physics_process")
    if body is None or _SUPER.search(code, *body):
        return
    line = line_of(code, body[0])
    if _COUNTS.search(code, *body):
        entries.append(note(file, line, "counts n_steps by itself: this goes on working"))
    else:
        entries.append(
            note(
                file,
                line,
                "_physics_process() without super: the stock plugin never ended these episodes "
                "by time",
                "reset_after may end them now: set it to the length that you want",
            )
        )


def _check_use(
    file: str, text: str, base: str | None, declared: set[str], entries: list[Entry]
) -> None:
    code = code_only(text)
    inherited = r"(?<![\w.])(?:self\.|super\.)?"
    if base in CONTROLLERS:
        _find_gone(file, code, _without(GONE_FROM_CONTROLLERS, declared), inherited, entries)
    elif base is not None and base.startswith("sensors/"):
        _find_gone(file, code, _without(GONE_FROM_SENSORS, declared), inherited, entries)
    _find_gone(
        file,
        code,
        _without(GONE_FROM_CONTROLLERS, {"onnx_model"}),
        r"(?<!\bself)(?<!\bsuper)\.",
        entries,
    )
    _find_gone(file, code, GONE_FROM_SYNC, r"\.", entries)
    _find_gone(file, code, GONE_FROM_SENSORS, r"(?i:\w*(?:sensor|camera|raycast)\w*)\.", entries)
    for match in _ONNX_USE.finditer(code):
        found = f"{text[match.start() : match.end()].strip('. ')} of the .NET model"
        entries.append(left(file, line_of(code, match.start()), found, _CONSTRUCTOR))
    if base not in CONTROLLERS:
        for match in _GROUP.finditer(text):
            if code[match.start()] != " ":
                entries.append(
                    left(
                        file,
                        line_of(text, match.start()),
                        "an agent that is no AIController",
                        "Move its agent methods to an AIController2D or AIController3D below it",
                    )
                )


def _without(gone: tuple[Gone, ...], names: set[str]) -> list[Gone]:
    return [entry for entry in gone if entry.name not in names]


def _find_gone(
    file: str, code: str, gone: Sequence[Gone], before: str, entries: list[Entry]
) -> None:
    for name, remedy in gone:
        for match in re.finditer(rf"{before}{name}(?!\w)", code):
            line = line_of(code, match.start())
            entries.append(left(file, line, f"{name} is not in our addon", remedy))
