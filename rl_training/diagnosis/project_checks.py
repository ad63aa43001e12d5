"""Checks of the engine and of the game's files, before anything is played."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rl_training.diagnosis.begin_checks import check_begin
from rl_training.diagnosis.finding import Finding, ok, skipped
from rl_training.diagnosis.subject import Subject
from rl_training.engine import EngineBinary, ensure_imported, find_engine
from rl_training.envs.game import (
    AUTOLOAD,
    PLUGIN_FILE,
    SYNC_SCRIPT,
    Game,
    autoload_of,
    autoload_remedy,
    read_export,
    read_project,
    setting,
)
from rl_training.errors import HarnessError, SceneNotFoundError


def check_engine(subject: Subject) -> tuple[Finding, EngineBinary | None]:
    """Is there an engine, and is it new enough?"""
    if subject.env_path is not None:
        return skipped("engine", "an exported game carries its own"), None
    try:
        engine = find_engine(subject.godot, install=False)
    except HarnessError as error:
        remedy = "run python -m rl_training.engine install, or give --godot or GODOT_BIN"
        return Finding("engine", "failed", str(error), remedy), None
    return ok("engine", f"{engine.version_text} at {engine.path}"), engine


def check_project(subject: Subject, engine: EngineBinary | None) -> Iterator[Finding]:
    """Are the game's files there, is the addon in it and switched on, do its scripts compile?"""
    names = ("scene", "addon", "autoload", "begin_episode", "scripts")
    if subject.project_path is None:
        yield _check_export(subject)
        for name in names[2:]:
            yield skipped(name, "an exported game cannot be looked into")
        return
    try:
        game = read_project(subject.project_path, subject.scene_path)
    except SceneNotFoundError as error:
        yield Finding("scene", "failed", str(error), "give --scene_path, or set a main scene")
        return
    except HarnessError as error:
        yield Finding("project", "failed", str(error), "give --project_path, copy the addon")
        return
    assert game.project_path is not None
    yield ok("scene", f"{game.scene_path} in {game.project_path}")
    yield from _check_addon(game, game.project_path)
    yield check_begin(game.project_path, game.scene_path)
    yield _check_scripts(game, engine)


def has_arenas(subject: Subject) -> bool:
    """Whether the game is a project with our addon, which makes arenas.

    Raises:
        HarnessError: the project cannot be used.
    """
    if subject.project_path is None:
        return False
    return read_project(subject.project_path, subject.scene_path).has_our_addon


def _check_export(subject: Subject) -> Finding:
    assert subject.env_path is not None
    try:
        game = read_export(subject.env_path)
    except HarnessError as error:
        return Finding("game", "failed", str(error), "export the game, or correct --env_path")
    addon = "our addon" if game.has_our_addon else "no addon of ours: JSON, no arenas"
    return ok("game", f"{game.binary} ({addon})")


def _check_addon(game: Game, folder: Path) -> Iterator[Finding]:
    if not game.has_our_addon:
        yield Finding(
            "addon",
            "warning",
            "godot-rl's own plugin: JSON only, no arenas, no exact episode ends",
            "copy addons/godot_rl into the project and enable the plugin Godot RL",
        )
        yield skipped("autoload", "godot-rl's plugin has none")
        return
    text = (folder / "project.godot").read_text("utf-8", "replace")
    enabled = setting(text, "editor_plugins", "enabled") or ""
    if PLUGIN_FILE in enabled:
        yield ok("addon", "addons/godot_rl, enabled")
    else:
        yield Finding(
            "addon",
            "warning",
            "addons/godot_rl is there but not enabled: the editor shows none of its parts",
            "enable Godot RL in Project > Project Settings > Plugins",
        )
    autoload = autoload_of(folder)
    if autoload == SYNC_SCRIPT or autoload.startswith("uid://"):
        yield ok("autoload", f"{AUTOLOAD} = {autoload}")
    else:
        found = f"is {autoload}" if autoload else "is missing"
        yield Finding(
            "autoload",
            "failed",
            f"{AUTOLOAD} {found}, expected {SYNC_SCRIPT}: no engine connects without it",
            autoload_remedy(),
        )


def _check_scripts(game: Game, engine: EngineBinary | None) -> Finding:
    if engine is None:
        return skipped("scripts", "no engine to compile them with")
    assert game.project_path is not None
    try:
        report = ensure_imported(engine, game.project_path)
    except HarnessError as error:
        return Finding("scripts", "failed", str(error), "mend the script; look at it in the editor")
    how = f"imported in {report.seconds:.1f} s" if report.imported else "imported before"
    return ok("scripts", f"they compile ({how})")
