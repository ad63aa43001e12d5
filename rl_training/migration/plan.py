"""Decides everything that a migration will do, before anything is written.

Called by `migrate`; `apply` carries the plan out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from rl_training.errors import ProjectError
from rl_training.migration import settings
from rl_training.migration.context import Context, read_context
from rl_training.migration.dotnet import plan_dotnet
from rl_training.migration.report import Entry, change, left, note
from rl_training.migration.scenes import migrate_scene
from rl_training.migration.scripts import migrate_script, rewrite_references
from rl_training.migration.stock import FILES, OUR_FOLDER, STOCK_FOLDER
from rl_training.project_files import our_addon

_SCENES = (".tscn", ".escn", ".tres")
_PLAIN = (".cs", ".cfg", ".json", ".godot")
_BINARY = (".scn", ".res")
_MARK = STOCK_FOLDER.encode()
# Names the file of each global class: without it, or with the old files, the first start reports
# classes that are not known.
_CLASS_CACHE = ".godot/global_script_class_cache.cfg"
# The engine makes these anew.
_CACHES = (
    ".godot/uid_cache.bin",
    ".godot/spacetime_rl_import.json",
)
_OWN_FILE = (".gd", ".tscn", ".tres", ".cs")


@dataclass
class Plan:
    """What a migration will do.

    Attributes:
        root: the project.
        writes: new bytes of changed files, by path inside the project.
        originals: their bytes as planned from.
        removals: files and folders that go to the backup.
        caches: files that are deleted; the engine makes them anew.
        addon: our addon's folder, to be copied in; None when it is there already.
        entries: the report's lines.
    """

    root: Path
    writes: dict[str, bytes] = field(default_factory=dict)
    originals: dict[str, bytes] = field(default_factory=dict)
    removals: list[str] = field(default_factory=list)
    caches: list[str] = field(default_factory=list)
    addon: Path | None = None
    entries: list[Entry] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Nothing will be written."""
        return not (self.writes or self.removals or self.addon)


def make_plan(root: Path) -> Plan:
    """Plan the migration of a project.

    Raises:
        ProjectError: it is no Godot project, or neither addon is in it.
    """
    context = read_context(root)
    plan = Plan(root)
    dotnet = plan_dotnet(context)
    plan.removals += dotnet.removed
    drop_dotnet = not dotnet.needed and not any(
        file.endswith(".csproj") and file not in dotnet.removed for file in context.files
    )
    for file in context.files:
        if file in dotnet.removed:
            continue
        _plan_file(file, context, plan, drop_dotnet=drop_dotnet, texts=dotnet.texts)
    plan.entries += dotnet.entries
    _check_found(context, plan)
    _plan_addons(context, plan)
    if not plan.empty:
        plan.caches = [cache for cache in _CACHES if (root / cache).is_file()]
        _plan_class_cache(context, plan)
    return plan


def _plan_class_cache(context: Context, plan: Plan) -> None:
    path = context.root / _CLASS_CACHE
    if not path.is_file():
        return
    old = path.read_bytes()
    new = rewrite_references(_CLASS_CACHE, old.decode("utf-8", "replace"), context, []).encode()
    if new != old:
        plan.writes[_CLASS_CACHE] = new
        plan.originals[_CLASS_CACHE] = old


def _plan_file(
    file: str, context: Context, plan: Plan, *, drop_dotnet: bool, texts: dict[str, str]
) -> None:
    path = context.root / file
    suffix = path.suffix.lower()
    if suffix in _BINARY:
        _check_binary(file, path, plan)
        return
    if suffix not in (".gd", ".csproj", *_SCENES, *_PLAIN):
        return
    old = path.read_bytes()
    try:
        text = old.decode("utf-8")
    except UnicodeDecodeError:
        if _MARK in old.lower():
            plan.entries.append(left(file, 0, "is not UTF-8 text", "Save it as UTF-8, run again"))
        return
    new, entries = _migrated(file, text, context, drop_dotnet=drop_dotnet, texts=texts)
    if new != text and path.is_symlink():
        plan.entries.append(left(file, 0, "is a link", f"Change the file it leads to: {entries}"))
        return
    plan.entries += entries
    if new != text:
        plan.writes[file] = new.encode("utf-8")
        plan.originals[file] = old


def _migrated(
    file: str, text: str, context: Context, *, drop_dotnet: bool, texts: dict[str, str]
) -> tuple[str, list[Entry]]:
    suffix = file[file.rfind(".") :].lower()
    if file == settings.FILE:
        new, entries = settings.migrate_settings(text, drop_dotnet=drop_dotnet)
        return rewrite_references(file, new, context, entries), entries
    if suffix == ".gd":
        return migrate_script(file, text, context)
    if suffix in _SCENES:
        return migrate_scene(file, text, context)
    if suffix == ".csproj":
        return texts.get(file, text), []
    entries = []
    return rewrite_references(file, text, context, entries), entries


def _check_binary(file: str, path: Path, plan: Plan) -> None:
    data = path.read_bytes()
    if _MARK in data:
        found = "is binary and refers to the stock plugin"
        remedy = "Open it in the editor with the stock plugin, save it as .tscn or .tres, run again"
        plan.entries.append(left(file, 0, found, remedy))
    elif data[:4] == b"RSCC":
        found = "is compressed: whether it refers to the stock plugin cannot be seen"
        plan.entries.append(
            note(file, 0, found, "If the editor reports it broken, save it as text")
        )


def _check_found(context: Context, plan: Plan) -> None:
    """Refuse a project that has nothing to do with either addon."""
    stock = context.root / STOCK_FOLDER
    ours = (context.root / OUR_FOLDER / "sync.gd").is_file()
    if not (stock.exists() or stock.is_symlink() or ours or _mentioned(plan)):
        raise ProjectError(
            f"{context.root} has no {STOCK_FOLDER} and refers to it nowhere: give a project that "
            "uses the stock plugin"
        )


def _mentioned(plan: Plan) -> bool:
    """Whether a file of the project names the stock plugin."""
    return any(_MARK in data.lower() for data in plan.originals.values()) or any(
        STOCK_FOLDER in entry.text.lower() for entry in plan.entries
    )


def _plan_addons(context: Context, plan: Plan) -> None:
    stock = context.root / STOCK_FOLDER
    has_stock = stock.is_symlink() or stock.is_dir()
    if has_stock:
        plan.removals.append(STOCK_FOLDER)
        kind = "the link" if stock.is_symlink() else "the folder"
        plan.entries.append(change(STOCK_FOLDER, 0, f"{kind} goes to the backup"))
        _check_stock_folder(context, stock, plan)
    else:
        plan.entries += _missing_note(context, plan)
    source = our_addon()
    target = context.root / OUR_FOLDER
    if target.is_dir() and _same_files(source, target):
        return
    if (target / "sync.gd").is_file() and not has_stock and not _mentioned(plan):
        return  # migrated before; updating our addon is not this command's work
    if target.is_dir():
        plan.removals.append(OUR_FOLDER)
        plan.entries.append(change(OUR_FOLDER, 0, "another version goes to the backup"))
    plan.addon = source
    plan.entries.append(change(OUR_FOLDER, 0, "our addon is copied in"))


def _missing_note(context: Context, plan: Plan) -> list[Entry]:
    if not any(STOCK_FOLDER in entry.text for entry in plan.entries if entry.kind == "change"):
        return []
    found = "is not there: defaults and uids of its version could not be compared"
    return [note(STOCK_FOLDER, 0, found)]


def _check_stock_folder(context: Context, stock: Path, plan: Plan) -> None:
    if not stock.is_dir():
        plan.entries.append(
            note(STOCK_FOLDER, 0, "leads nowhere: defaults and uids could not be compared")
        )
        return
    known = {name.lower() for name in FILES}
    for path in sorted(stock.rglob("*")):
        inside = path.relative_to(stock).as_posix()
        if path.suffix not in _OWN_FILE or inside.lower() in known or "/csharp/" in f"/{inside}":
            continue
        found = "is no file of ours; it goes to the backup with its folder"
        plan.entries.append(note(f"{STOCK_FOLDER}/{inside}", 0, found))
    modules = context.root / ".gitmodules"
    listed = modules.is_file() and STOCK_FOLDER in modules.read_text("utf-8", "replace")
    if listed or (stock / ".git").exists():
        remedy = f"Afterwards run: git rm --cached {STOCK_FOLDER}, and clean .gitmodules"
        plan.entries.append(left(STOCK_FOLDER, 0, "is a git submodule", remedy))


def _same_files(one: Path, other: Path) -> bool:
    return _contents(one) == _contents(other)


def _contents(folder: Path) -> dict[str, bytes]:
    # Import settings and uids are the engine's to write.
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not re.search(r"\.(import|uid)$", path.name)
    }
