"""A stand-in for the project: links to its files, with settings, presets and policy of its own.

Called by `export`. The user's `project.godot` and `export_presets.cfg` are only read, so that there
is nothing to restore, however an export ends.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

PRESETS_NAME = "export_presets.cfg"
PROJECT_NAME = "project.godot"
POLICY_FOLDER = "godot_rl_policy"
POLICY_PATH = f"res://{POLICY_FOLDER}/policy.onnx"
# Setting, as "section/key", to its value as the file has it.
Settings = Mapping[str, str]


def stage_project(
    project: Path, stage: Path, settings: Settings, presets: str, policy: Path | None
) -> None:
    """Fill an empty folder so that Godot takes it for the project.

    Args:
        project: folder with project.godot.
        stage: an empty folder.
        settings: what differs from the project's own settings.
        presets: text of the export presets.
        policy: ONNX file that becomes `POLICY_PATH`; None: none.

    Raises:
        OSError: a file cannot be read or written.
    """
    for entry in sorted(project.iterdir()):
        if entry.name == ".godot" or _belongs(entry):
            _link(entry, stage / entry.name)
    text = (project / PROJECT_NAME).read_text("utf-8")
    (stage / PROJECT_NAME).write_text(change_settings(text, settings), "utf-8")
    (stage / PRESETS_NAME).write_text(presets, "utf-8")
    if policy is not None:
        (stage / POLICY_FOLDER).mkdir()
        shutil.copyfile(policy, stage / POLICY_FOLDER / Path(POLICY_PATH).name)


def change_settings(text: str, settings: Settings) -> str:
    """Return the text of a project.godot in which some settings are replaced.

    A setting's variants for a feature (`key.web=...`) go too. Values that take several lines cannot
    be replaced.

    Args:
        text: the file.
        settings: "section/key" to the new value; text needs its quotes.
    """
    sections: dict[str, dict[str, str]] = {}
    for name, value in settings.items():
        section, key = name.split("/", 1)
        sections.setdefault(section, {})[key] = value
    lines: list[str] = []
    current: dict[str, str] = {}
    for line in text.splitlines():
        header = re.match(r"\[([^\]]+)\]\s*$", line)
        if header:
            lines.append(line)
            current = sections.get(header[1], {})
            # A section that comes twice gets them once.
            lines += _pop_lines(sections, header[1])
        elif not any(re.match(rf"{re.escape(key)}(\.\w+)?\s*=", line) for key in current):
            lines.append(line)
    for section in list(sections):
        lines += ["", f"[{section}]", *_pop_lines(sections, section)]
    return "\n".join(lines) + "\n"


def _pop_lines(sections: dict[str, dict[str, str]], section: str) -> list[str]:
    values = sections.pop(section, {})
    return [f"{key}={value}" for key, value in values.items()]


def _belongs(entry: Path) -> bool:
    if entry.name.startswith(".") or entry.name in (PROJECT_NAME, PRESETS_NAME, POLICY_FOLDER):
        return False
    return not (entry / ".gdignore").exists()


def _link(source: Path, target: Path) -> None:
    """Link a file or folder; copy it where the system allows no links (Windows, as a rule)."""
    try:
        target.symlink_to(source, target_is_directory=source.is_dir())
    except (OSError, NotImplementedError):
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns(".git"))
        else:
            shutil.copy2(source, target)
