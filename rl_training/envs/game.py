"""The game that will be run: its files are checked here, before anything is launched.

Called by `launch_plan`. It reads a project or an exported game; it starts nothing.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from rl_training.envs.package import read_package
from rl_training.errors import ProjectError, SceneNotFoundError
from rl_training.limits import TOKEN_VARIABLE

# Where our addon and godot-rl's own plugin live in a project.
_OUR_ADDON = "addons/godot_rl"
_STOCK_ADDON = "addons/godot_rl_agents"
_DEFAULT_PHYSICS_TICKS = 60
AUTOLOAD = "GodotRLAgentsSync"
"""The addon's autoload: without it no engine connects and no policy plays."""
SYNC_SCRIPT = "res://addons/godot_rl/sync.gd"
PLUGIN_FILE = "res://addons/godot_rl/plugin.cfg"
# Godot lays this file over project.godot; a project setting may name another.
_OVERRIDE_FILE = "override.cfg"
_OVERRIDE_SETTING = "config/project_settings_override"
_EXPORT_SUFFIXES = {"linux": ".x86_64", "darwin": ".app", "win32": ".exe"}


@dataclass(frozen=True)
class Game:
    """What is known of a game without running it.

    Attributes:
        project_path: folder with project.godot; None for an exported game.
        binary: the exported game; None for a project.
        scene_path: res:// path of the scene; None for an exported game.
        has_our_addon: False when it carries godot-rl's stock plugin.
        physics_ticks: physics ticks per simulated second.
        physics_engine: the project's setting for 3D, "DEFAULT" where it has none; "" when it cannot
            be told.
        knows_tokens: whether its addon can say which launch an engine belongs to.
    """

    project_path: Path | None
    binary: Path | None
    scene_path: str | None
    has_our_addon: bool
    physics_ticks: int
    physics_engine: str = ""
    knows_tokens: bool = False


def read_project(project_path: str, scene_path: str | None) -> Game:
    """Check a project and the scene that shall run.

    Raises:
        ProjectError: no project.godot, or no addon.
        SceneNotFoundError: the scene does not exist; names the nearest one.
    """
    folder = Path(project_path).expanduser().resolve()
    config_file = folder / "project.godot"
    if not config_file.is_file():
        raise ProjectError(f"{folder} holds no project.godot: it is not a Godot project")
    text = config_file.read_text("utf-8", "replace")
    has_our_addon = (folder / _OUR_ADDON / "sync.gd").is_file()
    if not has_our_addon and not (folder / _STOCK_ADDON).is_dir():
        raise ProjectError(
            f"{folder} has no reinforcement-learning addon: copy {_OUR_ADDON} into it and enable "
            "the plugin Godot RL"
        )
    ticks = setting(text, "physics", "common/physics_ticks_per_second")
    return Game(
        project_path=folder,
        binary=None,
        scene_path=_find_scene(folder, scene_path or _main_scene(folder, text)),
        has_our_addon=has_our_addon,
        physics_ticks=int(ticks) if ticks and ticks.isdigit() else _DEFAULT_PHYSICS_TICKS,
        physics_engine=setting(text, "physics", "3d/physics_engine") or "DEFAULT",
        knows_tokens=has_our_addon and _knows_tokens(folder / _OUR_ADDON / "launch_options.gd"),
    )


def _knows_tokens(options: Path) -> bool:
    return options.is_file() and TOKEN_VARIABLE in options.read_text("utf-8", "replace")


def autoload_of(project: Path) -> str:
    """Return what the project's autoload of the addon names, or "" when it has none.

    Args:
        project: folder with project.godot; files that override it count too.
    """
    text = (project / "project.godot").read_text("utf-8", "replace")
    named = (setting(text, "application", _OVERRIDE_SETTING) or "").removeprefix("res://")
    for name in (named, _OVERRIDE_FILE):
        path = project / name
        if name and path.is_file():
            value = setting(path.read_text("utf-8", "replace"), "autoload", AUTOLOAD)
            if value:
                return value.lstrip("*")
    return (setting(text, "autoload", AUTOLOAD) or "").lstrip("*")


def autoload_remedy() -> str:
    """Return the lines to paste into project.godot, as one sentence."""
    return (
        f"paste into project.godot, below [autoload] (add that line if it is not there): "
        f'{AUTOLOAD}="*{SYNC_SCRIPT}" and, below [editor_plugins]: '
        f'enabled=PackedStringArray("{PLUGIN_FILE}"); then close and open the editor'
    )


def require_autoload(project: Path) -> None:
    """Refuse a project with our addon in which nothing would connect.

    Raises:
        ProjectError: there is no autoload; the message has the lines to paste.
    """
    if not autoload_of(project):
        raise ProjectError(
            f"{project} has no autoload {AUTOLOAD}, so no engine would connect: {autoload_remedy()}"
        )


def read_export(env_path: str) -> Game:
    """Check an exported game.

    Raises:
        ProjectError: it does not exist or cannot be executed.
    """
    binary = Path(env_path).expanduser().resolve()
    if not binary.exists():
        suffixed = binary.with_suffix(_EXPORT_SUFFIXES.get(sys.platform, ""))
        if not suffixed.exists():
            raise ProjectError(f"the game {binary} does not exist; export it from Godot first")
        binary = suffixed
    if binary.suffix == ".app":
        binary = binary / "Contents" / "MacOS" / binary.stem
    check_executable(binary)
    facts = read_package(binary)
    return Game(
        project_path=None,
        binary=binary,
        scene_path=None,
        has_our_addon=facts.has_our_addon,
        physics_ticks=facts.physics_ticks or _DEFAULT_PHYSICS_TICKS,
        physics_engine=facts.physics_engine,
        # Its scripts are compiled: an addon from before tokens cannot be told from a later one.
        knows_tokens=facts.has_our_addon,
    )


def check_executable(binary: Path) -> None:
    """Refuse a file that cannot be run.

    Raises:
        ProjectError: not a file, or not executable.
    """
    if not binary.is_file():
        raise ProjectError(f"{binary} is not a file that can be run")
    if not os.access(binary, os.X_OK):
        raise ProjectError(f"{binary} is not executable; run: chmod +x {binary}")


def setting(text: str, section: str, key: str) -> str | None:
    """Return a value of project.godot without quotes, or None.

    Args:
        text: the file.
        section: name in brackets.
        key: before the "=".
    """
    current = ""
    for line in text.splitlines():
        header = re.match(r"\[([^\]]+)\]", line)
        if header:
            current = header[1]
        elif current == section and line.startswith(key + "="):
            return line.split("=", 1)[1].strip().strip('"')
    return None


def _main_scene(folder: Path, text: str) -> str:
    scene = setting(text, "application", "run/main_scene")
    if not scene:
        raise SceneNotFoundError(f"{folder} has no main scene; give the scene to run")
    return scene


def _find_scene(folder: Path, scene_path: str) -> str:
    """Return the res:// path of a scene that exists."""
    if scene_path.startswith("uid://"):
        return scene_path
    given = scene_path.removeprefix("res://")
    absolute = folder / given
    if absolute.is_file():
        try:
            return "res://" + absolute.resolve().relative_to(folder).as_posix()
        except ValueError:
            raise SceneNotFoundError(f"{absolute} lies outside the project {folder}") from None
    known = [path.relative_to(folder).as_posix() for path in _scenes(folder)]
    by_name = {path.rsplit("/", 1)[-1]: path for path in known}
    nearest = difflib.get_close_matches(given, known, n=1, cutoff=0.4)
    same_name = difflib.get_close_matches(given.rsplit("/", 1)[-1], by_name, n=1, cutoff=0.6)
    if same_name:
        nearest = [by_name[same_name[0]]]
    hint = f"; did you mean res://{nearest[0]}?" if nearest else ""
    raise SceneNotFoundError(f"the project {folder} has no scene res://{given}{hint}")


def _scenes(folder: Path) -> list[Path]:
    scenes: list[Path] = []
    for root, folders, files in os.walk(folder):
        if ".gdignore" in files:
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".")]
        scenes += [Path(root, name) for name in files if name.endswith((".tscn", ".scn"))]
    return sorted(scenes)
