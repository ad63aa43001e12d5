"""Make a Godot project ready for training: addon, project.godot, a controller, a settings file."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rl_training.errors import ProjectError, StorageError, UsageError
from rl_training.migration.settings import migrate_settings
from rl_training.project_files import ADDON, PACKAGE
from rl_training.project_setup.addon_files import copy_addon, differing_files

Dimension = Literal["2d", "3d"]
DIMENSIONS: tuple[Dimension, ...] = ("2d", "3d")
CONTROLLER = "rl_agent.gd"
SETTINGS = "spacetime_rl.yaml"
SCHEMA = "spacetime_rl.schema.json"
_STOCK = "addons/godot_rl_agents"
_TEMPLATES = Path(__file__).with_name("templates")
_SHOWN = 3


@dataclass(frozen=True)
class InitReport:
    """What was done to a project.

    Attributes:
        project: its folder.
        lines: what was done or found, a line each.
        changed: whether anything was written.
    """

    project: Path
    lines: tuple[str, ...]
    changed: bool


def init_project(
    folder: Path, dimension: Dimension, *, force: bool = False, timesteps: int = 500_000
) -> InitReport:
    """Put what training needs into a project; a second call changes nothing.

    Args:
        folder: holds project.godot.
        dimension: of the controller that is added.
        force: replace files that differ from ours.
        timesteps: of a training, as the settings file says.

    Raises:
        ProjectError: no Godot project, or one that carries godot-rl's own plugin.
        UsageError: the project has an addon of another version, and `force` is not given.
        StorageError: a file cannot be written.
    """
    project = folder.expanduser().resolve()
    settings_file = project / "project.godot"
    if not settings_file.is_file():
        raise ProjectError(
            f"{project} holds no project.godot: give the folder of a Godot project (make one with "
            "the editor's New Project)"
        )
    if (project / _STOCK).is_dir():
        raise ProjectError(
            f"{project} carries godot-rl's own plugin ({_STOCK}): bring it over with "
            "`spacetime-rl migrate` instead"
        )
    differing = differing_files(project)
    if differing and not force:
        shown = ", ".join(path.as_posix() for path in differing[:_SHOWN])
        raise UsageError(
            f"{len(differing)} files of {ADDON} differ from this version's ({shown}"
            f"{', ...' if len(differing) > _SHOWN else ''}); --force replaces them"
        )
    lines: list[str] = []
    copied = copy_addon(project)
    lines.append(f"{ADDON}: {f'{copied} files written' if copied else 'up to date'}")
    before = settings_file.read_bytes().decode("utf-8")
    after, entries = migrate_settings(before, drop_dotnet=False)
    if after != before:
        _write(settings_file, after)
    done = [entry.text for entry in entries if entry.kind == "change"]
    lines.append(f"project.godot: {'; '.join(done) or 'addon and autoloads are enabled'}")
    lines += [entry.as_line() for entry in entries if entry.kind == "left"]
    template = (_TEMPLATES / f"agent_{dimension}.gd").read_text("utf-8")
    kept = [_put(project / CONTROLLER, template, force, lines)]
    schema = _schema()
    if schema is not None and not (project / SCHEMA).exists():
        shutil.copyfile(schema, project / SCHEMA)
    text = settings_text(timesteps, with_schema=schema is not None)
    kept.append(_put(project / SETTINGS, text, force, lines))
    return InitReport(project, tuple(lines), copied > 0 or after != before or not all(kept))


def settings_text(timesteps: int, *, with_schema: bool) -> str:
    """Return the settings file of a project.

    Args:
        timesteps: of a training.
        with_schema: its JSON schema lies beside it, by which editors complete it.
    """
    head = [f"# yaml-language-server: $schema={SCHEMA}"] if with_schema else []
    return "\n".join(
        [
            *head,
            "# Settings of a training: spacetime-rl train --config spacetime_rl.yaml",
            "# Flags win over this file; paths are relative to it.",
            "environment:",
            '  project_path: "."',
            '  # scene_path: "res://level.tscn"  # the scene with the agents; else the main scene',
            "training:",
            f"  timesteps: {timesteps}",
            "",
        ]
    )


def _put(path: Path, text: str, force: bool, lines: list[str]) -> bool:
    """Write a file that is not there; return whether it was kept as it is."""
    if path.is_file():
        same = path.read_text("utf-8") == text
        if same or not force:
            lines.append(f"{path.name}: {'up to date' if same else 'is there and was kept'}")
            return True
    _write(path, text)
    lines.append(f"{path.name}: written")
    return False


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8", newline="")
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}") from error


def _schema() -> Path | None:
    """Return the JSON schema of the settings, where this installation has one."""
    found = sorted((PACKAGE / "config").glob("schema.json"))
    return found[0] if found else None
