"""Where the Godot project of this package is: its addon, its scenes, its baselines.

In a clone it is the repository's root. The wheel carries a copy (`setup.py` makes it); Godot writes
beside a project's files, so that copy is put once into the user's cache and used from there.
Everything that needs our addon or a scenario's scene asks here. Nothing here starts an engine.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rl_training.errors import ConfigError, HarnessError, StorageError

PACKAGE = Path(__file__).resolve().parent
BUNDLE = "_project"
"""Folder of the wheel that holds the project's files; a clone has none."""
BUNDLE_MANIFEST = "spacetime_rl_bundle.json"
ADDON = "addons/godot_rl"
NO_PROJECT = "custom"
"""The scenario that has no scene of its own."""


def clone_root() -> Path | None:
    """Return the repository's root, or None when the package was installed from a wheel."""
    root = PACKAGE.parent
    is_clone = (root / "project.godot").is_file() and (root / ADDON / "plugin.cfg").is_file()
    return root if is_clone else None


@functools.cache
def our_project() -> Path:
    """Return the folder with our project.godot, addon, scenes and baselines; it can be written to.

    Raises:
        StorageError: the copy cannot be written.
        HarnessError: the installation carries no project.
    """
    return clone_root() or _unpacked(PACKAGE / BUNDLE)


def seen_files(project: Path) -> Iterator[str]:
    """Yield the files that the engine sees, relative to the project, in a fixed order."""
    for root, folders, files in os.walk(project):
        if ".gdignore" in files:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith("."):
                yield Path(root, name).relative_to(project).as_posix()


def our_addon() -> Path:
    """Return the folder of our addon.

    Raises:
        HarnessError: see `our_project`.
    """
    return our_project() / ADDON


def project_of(scenario: str, project_path: str | None, env_path: str | None) -> str | None:
    """Return the project that a scenario is played in; None for an exported game.

    Args:
        scenario: its name.
        project_path: the project that was asked for; None: none was.
        env_path: the exported game that was asked for; None: none was.

    Raises:
        ConfigError: the scenario has no scene of its own, and no game was given.
    """
    if scenario == NO_PROJECT and project_path is None and env_path is None:
        raise ConfigError(
            "--scenario custom has no game of its own: give --project_path with the folder of "
            "your Godot project, or --env_path with an exported game"
        )
    return chosen_project(project_path, env_path)


def chosen_project(project_path: str | None, env_path: str | None) -> str | None:
    """Return the project that was asked for, ours where none was; None for an exported game."""
    if project_path is not None or env_path is not None:
        return project_path
    return str(our_project())


def chosen_scene(scene_path: str | None, project: str | None, usual: str | None) -> str | None:
    """Return the scene that is played.

    Args:
        scene_path: the one that was asked for; None: none was.
        project: that is played in; None: an exported game, which has its own.
        usual: the one that is played otherwise; None: the project's own.
    """
    return usual if scene_path is None and project is not None else scene_path


def _unpacked(bundle: Path) -> Path:
    """Copy the wheel's project into the cache, unless this very copy is there already."""
    try:
        digest = str(json.loads((bundle / BUNDLE_MANIFEST).read_text("utf-8"))["sha256"])
    except (OSError, ValueError, KeyError) as error:
        raise HarnessError(
            f"this installation carries no Godot project ({bundle}): reinstall spacetime-rl"
        ) from error
    from rl_training.engine.cache import cache_dir

    target = cache_dir() / "projects" / digest[:16]
    if (target / BUNDLE_MANIFEST).is_file():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=".stage-", dir=target.parent))
        shutil.copytree(bundle, stage, dirs_exist_ok=True)
        # Another process may have been quicker: its copy is the same.
        with contextlib.suppress(OSError):
            os.rename(stage, target)
        shutil.rmtree(stage, ignore_errors=True)
    except OSError as error:
        raise StorageError(
            f"the Godot project could not be copied to {target}: {error.strerror or error}; "
            "SPACETIME_RL_CACHE chooses another folder"
        ) from error
    return target
