"""What the planning modules know of a project: its scripts, the stock plugin in it, our addon.

Read once by `plan`; nothing here writes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rl_training.errors import ProjectError
from rl_training.migration.gdscript import Script, read_script
from rl_training.migration.stock import (
    CONTROLLERS,
    FILES,
    OUR_FOLDER,
    STAGE_PREFIX,
    STOCK_FOLDER,
    stock_file,
)
from rl_training.project_files import our_addon

_SCENE_UID = re.compile(r'^\[gd_scene[^\]\n]*\buid="(uid://\w+)"', re.MULTILINE)
_UID = re.compile(r"uid://\w+")


@dataclass(frozen=True)
class Addon:
    """The files of one addon, the stock plugin or ours.

    Attributes:
        folder: where it is; may not exist.
        scripts: its GDScript files by path inside the folder.
        uids: uid of each script and scene that tells one, by path inside the folder.
    """

    folder: Path
    scripts: dict[str, Script] = field(default_factory=dict)
    uids: dict[str, str] = field(default_factory=dict)

    def members_of(self, inside: str) -> dict[str, int]:
        """Return the members of a script and of the scripts of this addon that it extends."""
        members: dict[str, int] = {}
        for script in self._chain(inside):
            members.update(script.members)
        return members

    def returns_of(self, inside: str) -> dict[str, str]:
        """Return the functions of a script and of those it extends, with their return types."""
        returns: dict[str, str] = {}
        for script in reversed(self._chain(inside)):
            returns.update(script.returns)
        return returns

    def file_of_class(self, name: str) -> str | None:
        """Return the file that declares a global class, None without one."""
        for inside, script in self.scripts.items():
            if script.class_name == name:
                return inside
        return None

    def _chain(self, inside: str) -> list[Script]:
        chain: list[Script] = []
        at: str | None = inside
        while at is not None and at in self.scripts and len(chain) < 10:
            chain.append(self.scripts[at])
            at = self.file_of_class(self.scripts[at].extends)
        return chain


@dataclass(frozen=True)
class Context:
    """A project before its migration.

    Attributes:
        root: the folder with project.godot.
        files: paths inside the project of all files that may be changed, sorted.
        scripts: the project's own scripts by path inside it.
        stock: the stock plugin in the project; empty where its folder cannot be read.
        ours: our addon, from this repository.
    """

    root: Path
    files: tuple[str, ...]
    scripts: dict[str, Script]
    stock: Addon
    ours: Addon

    def stock_of_uid(self, uid: str) -> str | None:
        """Return the stock file that has this uid, None when it is none of the plugin's."""
        for inside, known in self.stock.uids.items():
            if known == uid:
                return inside
        return None

    def our_uid(self, stock_inside: str) -> str | None:
        """Return the uid of our counterpart of a stock file."""
        return self.ours.uids.get(FILES.get(stock_inside, ""))

    def ancestry(self, script: Script) -> tuple[list[Script], str | None]:
        """Follow `extends` upwards.

        Returns:
            The project's own scripts above `script`, nearest first, and the file of our addon that
            the last of them extends; None when it is no class of the plugin.
        """
        own: list[Script] = []
        at = script
        while len(own) < 50:
            above = at.extends
            inside = stock_file(above)
            if inside is not None:
                return own, FILES.get(inside)
            if above.startswith(f"res://{OUR_FOLDER}/"):
                return own, above[len(f"res://{OUR_FOLDER}/") :]
            parent = self._own_script(above)
            if parent is None:
                return own, self.ours.file_of_class(above)
            own.append(parent)
            at = parent
        return own, None

    def is_controller(self, path: str) -> bool:
        """Whether the project's script at a res:// path is an AIController."""
        script = self.scripts.get(path.removeprefix("res://"))
        return script is not None and self.ancestry(script)[1] in CONTROLLERS

    def _own_script(self, name: str) -> Script | None:
        if name.startswith("res://"):
            return self.scripts.get(name.removeprefix("res://"))
        for script in self.scripts.values():
            if script.class_name and script.class_name == name:
                return script
        return None


def read_context(root: Path) -> Context:
    """Read a project.

    Raises:
        ProjectError: the folder is no Godot project, its addons are somewhere else, or an earlier
            migration did not end.
    """
    if not (root / "project.godot").is_file():
        raise ProjectError(f"{root} holds no project.godot: give the folder of a Godot project")
    for link in (root / "addons", root / "project.godot"):
        if link.is_symlink():
            raise ProjectError(f"{link} is a link: migrate the project that it leads to")
    for stage in root.glob(f"{STAGE_PREFIX}*"):
        raise ProjectError(
            f"an earlier migration of {root} was killed: copy everything from "
            f"{root}_before_migration over it, delete {stage}, run again"
        )
    files = tuple(sorted(_walk(root)))
    scripts = {
        path: read_script((root / path).read_text("utf-8", "replace"))
        for path in files
        if path.endswith(".gd")
    }
    return Context(
        root=root,
        files=files,
        scripts=scripts,
        stock=read_addon(root / STOCK_FOLDER),
        ours=read_addon(our_addon()),
    )


def read_addon(folder: Path) -> Addon:
    """Read an addon's scripts and uids; empty when the folder is not there."""
    addon = Addon(folder)
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        inside = path.relative_to(folder).as_posix()
        if not path.is_file():
            continue
        if path.suffix == ".gd":
            addon.scripts[inside] = read_script(path.read_text("utf-8", "replace"))
        elif path.suffix == ".uid":
            uid = _UID.search(path.read_text("utf-8", "replace"))
            if uid:
                addon.uids[inside.removesuffix(".uid")] = uid[0]
        elif path.suffix == ".tscn":
            scene = _SCENE_UID.search(path.read_text("utf-8", "replace"))
            if scene:
                addon.uids[inside] = scene[1]
    return addon


def _walk(root: Path) -> Iterator[str]:
    """Yield the project's files: not hidden ones, not the addons', not those of projects inside."""
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        if here != root and ("project.godot" in names or ".gdignore" in names):
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not _skipped(root, here / name))
        for name in names:
            yield (here / name).relative_to(root).as_posix()


def _skipped(root: Path, folder: Path) -> bool:
    inside = folder.relative_to(root).as_posix()
    return folder.name.startswith(".") or inside.lower() in (STOCK_FOLDER, OUR_FOLDER)
