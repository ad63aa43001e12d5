"""Keep a project's imported state (`.godot/`) in step with its files.

A headless run needs the class cache and the imported assets of an earlier `--import`; a stale one
makes class names unknown. Called before every launch, so it costs a walk over the project and no
more when nothing that matters changed. Runs the engine, changes nothing but `.godot/`.
"""

from __future__ import annotations

import json
import logging
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from rl_training.engine.binary import EngineBinary
from rl_training.engine.cache import write_text_atomically
from rl_training.engine.commands import run_command
from rl_training.engine.locks import file_lock
from rl_training.errors import EngineTimeoutError, ProjectError

LOGGER = logging.getLogger(__name__)
IMPORT_LIMIT_S = 300.0
STAMP_NAME = "spacetime_rl_import.json"
_CLASS_CACHE = "global_script_class_cache.cfg"
# Their presence matters to the engine's index; a change inside them does not need an import.
_READ_AT_RUN_TIME = {".gd", ".tscn", ".scn", ".tres", ".res", ".gdshader", ".gdshaderinc"}
# Their content is what an import turns into something else.
_IMPORTED = {
    *(".png", ".jpg", ".jpeg", ".webp", ".svg", ".bmp", ".tga", ".exr", ".hdr", ".dds", ".ktx"),
    *(".glb", ".gltf", ".fbx", ".obj", ".dae", ".blend", ".wav", ".ogg", ".mp3"),
    *(".ttf", ".otf", ".woff", ".woff2", ".csv", ".gdextension", ".godot"),
}
_CLASS_LINE = re.compile(r"^\s*(@icon|@tool|@abstract|class_name\b|extends\b).*$", re.MULTILINE)
_SCRIPT_ERROR = re.compile(
    r"^(?:SCRIPT ERROR|ERROR): (?P<text>.*(?:Parse Error|Compile Error|Failed to load script).*)\n"
    r"(?:\s+at: .*?\((?P<place>res://[^)]*)\))?",
    re.MULTILINE,
)

Stamp = dict[str, list[int | str]]


@dataclass(frozen=True)
class ImportReport:
    """Whether an import ran and how long it took, in seconds."""

    imported: bool
    seconds: float


def ensure_imported(
    engine: EngineBinary, project_dir: Path | str, *, timeout_s: float = IMPORT_LIMIT_S
) -> ImportReport:
    """Run `--import` when the project's imported state is missing or stale.

    Args:
        engine: the engine that will run the project.
        project_dir: the folder with `project.godot`.
        timeout_s: seconds for an import.

    Raises:
        ProjectError: no project there, or a script in it does not compile.
        EngineTimeoutError: the import did not end in time, or another process holds it too long.
    """
    project = Path(project_dir).absolute()
    if not (project / "project.godot").is_file():
        raise ProjectError(f"{project} is no Godot project: it holds no project.godot")
    started = time.monotonic()
    if _is_fresh(engine, project):
        return ImportReport(False, time.monotonic() - started)
    lock = project / ".godot" / "spacetime_rl.lock"
    with file_lock(lock, timeout_s=timeout_s, what=f"importing {project}"):
        if _is_fresh(engine, project):
            return ImportReport(False, time.monotonic() - started)
        LOGGER.info("importing %s", project)
        errors = _import_once(engine, project, timeout_s)
        if errors:
            # In a first import autoloads compile before the class names are known.
            errors = _import_once(engine, project, timeout_s)
        if errors:
            more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
            raise ProjectError(f"scripts of {project} do not compile: {errors[0]}{more}")
        # Read anew: the import itself writes files.
        _write_stamp(engine, project, _scan(project, {}))
        return ImportReport(True, time.monotonic() - started)


def find_script_errors(output: str) -> list[str]:
    """Read the scripts that failed out of an engine's output, as "place: text" lines."""
    errors = [
        f"{match['place'] or 'unknown place'}: {match['text'].strip()}"
        for match in _SCRIPT_ERROR.finditer(output)
    ]
    return list(dict.fromkeys(errors))


def _import_once(engine: EngineBinary, project: Path, timeout_s: float) -> list[str]:
    result = run_command(
        [engine.path, "--headless", "--path", project, "--import"], timeout_s=timeout_s
    )
    if result.timed_out:
        raise EngineTimeoutError(
            f"importing {project} did not end within {timeout_s:.0f} s; its last words: "
            f"{result.last_line()}"
        )
    errors = find_script_errors(result.output)
    if not errors and result.returncode != 0:
        return [f"the import ended with code {result.returncode}: {result.last_line()}"]
    return errors


def _is_fresh(engine: EngineBinary, project: Path) -> bool:
    state = project / ".godot"
    try:
        stamp = json.loads((state / STAMP_NAME).read_text("utf-8"))
        known: Stamp = stamp["files"]
        if stamp["engine"] != engine.version_text or not (state / _CLASS_CACHE).is_file():
            return False
    except (OSError, ValueError, KeyError, TypeError):
        return False
    now = _scan(project, known)
    if {path: entry[-1] for path, entry in now.items()} != {
        path: entry[-1] for path, entry in known.items()
    }:
        return False
    if now != known:
        # Only bodies of scripts and scenes changed: remember their times, import nothing.
        _write_stamp(engine, project, now)
    return True


def _write_stamp(engine: EngineBinary, project: Path, files: Stamp) -> None:
    text = json.dumps({"engine": engine.version_text, "files": files})
    write_text_atomically(project / ".godot" / STAMP_NAME, text)


def _scan(project: Path, known: Stamp) -> Stamp:
    """Map each file that the engine indexes to [modified ns, size, key].

    A key that differs from the one of the last import calls for another import.
    """
    files: Stamp = {}
    folders = [str(project)]
    prefix = len(str(project)) + 1
    while folders:
        with os.scandir(folders.pop()) as entries:
            listed = list(entries)
        if any(entry.name == ".gdignore" for entry in listed):
            continue
        for entry in listed:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=True):
                folders.append(entry.path)
                continue
            suffix = os.path.splitext(entry.name)[1].lower()
            if suffix in _IMPORTED or suffix in _READ_AT_RUN_TIME:
                status = entry.stat()
                path = entry.path[prefix:]
                files[path] = _describe(entry.path, suffix, status, known.get(path))
    return files


def _describe(
    path: str, suffix: str, status: os.stat_result, known: list[int | str] | None
) -> list[int | str]:
    times: list[int | str] = [status.st_mtime_ns, status.st_size]
    if known is not None and known[:2] == times:
        return known
    if suffix in _IMPORTED:
        return [*times, f"{status.st_mtime_ns}:{status.st_size}"]
    if suffix != ".gd":
        return [*times, ""]
    text = Path(path).read_text("utf-8", "replace")
    return [*times, "\n".join(match[0].strip() for match in _CLASS_LINE.finditer(text))]
