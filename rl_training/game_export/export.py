"""One export, from a project and a policy to a game that was seen to start.

Called by `export_game.py`. Its stages stand in order in `export_game`. The user's project is never
changed: Godot exports a stand-in (`staging`).
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rl_training.engine import EngineBinary, ensure_imported, find_engine, find_template
from rl_training.engine.commands import run_command
from rl_training.engine.launch import EngineCommand, EngineProcess
from rl_training.engine.locks import file_lock
from rl_training.engine.log_tail import telling_line
from rl_training.engine.template import Template, host_platform
from rl_training.envs.game import read_project, require_autoload, setting
from rl_training.errors import (
    EngineStartError,
    EngineTimeoutError,
    ModelError,
    ProjectError,
    StorageError,
)
from rl_training.game_export.presets import Preset, presets_text
from rl_training.game_export.request import ExportRequest
from rl_training.game_export.staging import POLICY_FOLDER, POLICY_PATH, stage_project

LOGGER = logging.getLogger(__name__)
DRIVABLE_SETTING = "godot_rl/launch_arguments_in_release"
"""Project setting with which a release build takes the addon's launch arguments."""
_TRIAL_FRAMES = 60
_TRIAL_LIMIT_S = 60.0


@dataclass(frozen=True)
class ExportedGame:
    """What came out.

    Attributes:
        path: the game's program (or archive, or page).
        size: bytes of all its files.
        seconds: that Godot's export took.
        engine: version of Godot.
        template: what it was made with.
        started: whether it was started here; False for other platforms.
        physics_ticks: of the project, per simulated second.
        scene: res:// path of its first scene.
    """

    path: Path
    size: int
    seconds: float
    engine: str
    template: Template
    started: bool
    physics_ticks: int
    scene: str


def export_game(
    request: ExportRequest, platform: str | None = None, *, install: bool = True
) -> ExportedGame:
    """Export a project, with a policy inside, and start the result once.

    Args:
        request: what to export.
        platform: "linux", "windows", "macos" or "web"; None: this machine's.
        install: whether a template may be downloaded when none is found.

    Raises:
        EngineNotFoundError: no engine, or no template for the platform.
        HarnessError: the project, the model, the engine or the template cannot be used, the game
            does not start, or nothing can be written.
    """
    platform = platform or host_platform()
    game = read_project(str(request.project), request.scene)
    project = game.project_path
    assert project is not None
    _check(request, project, game.has_our_addon)
    engine = find_engine(request.godot)
    template = find_template(engine, platform, request.template, install=install)
    ensure_imported(engine, project)
    preset = Preset(
        platform,
        request.name,
        include=",".join(filter(None, [request.include, f"{POLICY_FOLDER}/*"])),
        exclude=_excluded(request.exclude, game.scene_path or ""),
        template=template.path,
        etc2_astc=imports_etc2_astc(project),
    )
    settings = {"application/run/main_scene": f'"{game.scene_path}"'}
    if request.model is not None:
        settings["godot_rl/onnx_model"] = f'"{POLICY_PATH}"'
    if request.action_repeat is not None:
        settings["godot_rl/action_repeat"] = str(request.action_repeat)
    if request.drivable:
        settings[DRIVABLE_SETTING] = "true"
    # Godot takes a relative path from the project's folder, not from ours.
    output = request.output.absolute()
    with _writing(output), contextlib.ExitStack() as cleaning:
        output.mkdir(parents=True, exist_ok=True)
        open_folder = cleaning.enter_context
        stage = Path(open_folder(tempfile.TemporaryDirectory(prefix="spacetime_rl_")))
        made = Path(open_folder(tempfile.TemporaryDirectory(prefix=".export_", dir=output)))
        stage_project(project, stage, settings, presets_text([preset]), request.model)
        _try(EngineCommand(engine.path, stage, fixed_fps=game.physics_ticks), "before its export")
        with file_lock(project / ".godot" / "spacetime_rl.lock", timeout_s=600.0, what="exporting"):
            seconds = _run_export(engine, stage, preset, made / preset.file_name, request.timeout_s)
        started = platform == host_platform() and platform != "macos"
        if started:
            _try(EngineCommand(made / preset.file_name, fixed_fps=game.physics_ticks), "exported")
        size = _publish(made, output)
    return ExportedGame(
        path=output / preset.file_name,
        size=size,
        seconds=seconds,
        engine=engine.version_text,
        template=template,
        started=started,
        physics_ticks=game.physics_ticks,
        scene=game.scene_path or "",
    )


def imports_etc2_astc(project: Path) -> bool:
    """Whether a project imports its textures for ARM machines too."""
    text = (project / "project.godot").read_text("utf-8", "replace")
    return setting(text, "rendering", "textures/vram_compression/import_etc2_astc") == "true"


def _check(request: ExportRequest, project: Path, has_our_addon: bool) -> None:
    if request.model is not None:
        if not request.model.is_file():
            raise ModelError(f"no model at {request.model}")
        if request.model.suffix != ".onnx":
            raise ModelError(
                f"{request.model} is no .onnx file: a game plays ONNX; training writes it beside "
                "the .zip (--export_onnx)"
            )
    if not has_our_addon:
        raise ProjectError(
            f"{project} has no addons/godot_rl: copy it there and enable the plugin Godot RL"
        )
    require_autoload(project)


def _excluded(patterns: str, scene: str) -> str:
    """The filter without what would leave out the scene's own folder."""
    folder = scene.removeprefix("res://").split("/")[0]
    kept = [item for item in patterns.split(",") if item.strip() and item.strip() != f"{folder}/*"]
    return ",".join(kept)


def _try(command: EngineCommand, when: str) -> None:
    """Run the game for a moment without a screen; what its policy does not fit shows here.

    Raises:
        EngineStartError: it ended with an error, its policy cannot be played, or a script failed;
            the message is the game's own.
        EngineTimeoutError: it did not end.
    """
    command = EngineCommand(
        command.binary,
        command.project_path,
        fixed_fps=command.fixed_fps,
        extra_args=("--quit-after", str(_TRIAL_FRAMES)),
    )
    with EngineProcess(command) as process:
        code = process.wait(_TRIAL_LIMIT_S)
        if code is None:
            process.stop(timeout_s=0.0)
            raise EngineTimeoutError(f"the game, {when}, ran on after {_TRIAL_LIMIT_S:.0f} s")
        if code != 0:
            raise EngineStartError(f"the game does not start, {when}: {process.describe_end()}")
        # A game goes on without a policy that it cannot play; who exports it wants to know.
        told = [text for text in process.messages().errors.texts if "godot_rl: " in text]
        if told:
            reason = told[0].partition("godot_rl: ")[2]
            raise EngineStartError(f"the game does not start, {when}: {reason}")
        error = process.first_script_error()
        if error:
            raise EngineStartError(f"the game starts, {when}, but a script fails: {error}")


def _run_export(
    engine: EngineBinary, stage: Path, preset: Preset, target: Path, timeout_s: float
) -> float:
    started = time.monotonic()
    LOGGER.info("exporting for %s", preset.title)
    result = run_command(
        [engine.path, "--headless", "--path", stage, "--export-release", preset.title, target],
        timeout_s=timeout_s,
    )
    if result.timed_out:
        raise EngineTimeoutError(f"the export did not end within {timeout_s:.0f} s")
    if result.returncode != 0 or not target.is_file():
        reason = _reason(result.output.splitlines())
        raise EngineStartError(f"the export for {preset.title} failed: {reason}")
    return time.monotonic() - started


def _reason(lines: list[str]) -> str:
    """Why an export failed, as the engine says; its list of wrong settings takes several lines."""
    for number, line in enumerate(lines):
        if line.rstrip().endswith("due to configuration errors:"):
            listed = itertools.takewhile(
                lambda text: not text.startswith("   "), lines[number + 1 :]
            )
            return " ".join(text.strip() for text in listed if text.strip())
    return telling_line(lines)


def _publish(made: Path, output: Path) -> int:
    """Put the finished files in their place, replacing older ones; return their bytes."""
    size = 0
    for file in sorted(path for path in made.rglob("*") if path.is_file()):
        size += file.stat().st_size
        target = output / file.relative_to(made)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(file, target)
    return size


@contextlib.contextmanager
def _writing(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"cannot write the game to {output}: {error}") from error
