"""Export a standalone game that plays a policy by itself, with or without a screen."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from rl_training.commands import flags
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.errors import EngineNotFoundError, StorageError, UsageError

if TYPE_CHECKING:
    from rl_training.game_export.export import ExportedGame
    from rl_training.game_export.request import ExportRequest

ALL = "all-presets"


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, export, print what came out; 0 when every game that could be made was."""
    from rl_training.game_export.presets import (
        DEFAULT_EXCLUDE,
        DEFAULT_INCLUDE,
        PLATFORMS,
        Preset,
        presets_text,
    )
    from rl_training.game_export.request import ExportRequest

    parser = Parser(__doc__ or "")
    add = parser.add_argument
    flags.add(parser, "model", metavar="ONNX", help="policy to put inside; none if absent")
    flags.add(parser, "scenario", help="whose scene and decision rate it plays")
    flags.add(parser, "scene_path", help="res:// path of the first scene, not the scenario's")
    flags.add(parser, "project_path", type=Path)
    add("--action_repeat", type=int, metavar="N", help="physics ticks per decision")
    add("--platform", choices=(*PLATFORMS, ALL), help="this machine's if absent")
    flags.add(parser, "output", metavar="DIR", help="folder that the game is put into")
    add("--name", default="game", help="of the game's file")
    add("--include", default=DEFAULT_INCLUDE, metavar="FILTER", help="further files to pack")
    add("--exclude", default=DEFAULT_EXCLUDE, metavar="FILTER", help="files to leave out")
    add(
        "--drivable",
        action="store_true",
        help="let the game take launch arguments, so that --env_path can train and evaluate it",
    )
    flags.add(parser, "godot")
    add("--template", metavar="PATH", help="release template; found or installed if absent")
    flags.add(parser, "timeout_s", default=600.0, help="limit of the export")
    add(
        "--write_presets",
        type=Path,
        metavar="FILE",
        help="write presets for all platforms, as export_presets.cfg has them, and stop",
    )
    options = parser.parse_args(argv)
    configure_logging()
    from rl_training.project_files import our_project

    if options.write_presets is not None:
        from rl_training.envs.game import read_project
        from rl_training.game_export.export import imports_etc2_astc

        project = read_project(
            str(options.project_path or our_project()), options.scene_path
        ).project_path
        assert project is not None
        etc2_astc = imports_etc2_astc(project)
        presets = [
            Preset(platform, options.name, options.include, options.exclude, etc2_astc=etc2_astc)
            for platform in PLATFORMS
        ]
        return _write_presets(options.write_presets, presets_text(presets))
    if options.output is None:
        raise UsageError("--output is missing: the folder that the game is put into")

    from rl_training.engine.template import host_platform
    from rl_training.game_export.export import export_game
    from rl_training.scenarios import get_scenario

    own = options.project_path is None
    default = "vr_locomotion" if own and options.scene_path is None else "custom"
    scenario = get_scenario(options.scenario or default)
    request = ExportRequest(
        project=our_project() if own else options.project_path,
        output=options.output,
        model=options.model,
        scene=options.scene_path or scenario.scene_path,
        action_repeat=options.action_repeat or scenario.action_repeat,
        name=options.name,
        include=options.include,
        exclude=options.exclude,
        godot=options.godot,
        template=options.template,
        timeout_s=options.timeout_s,
        drivable=options.drivable,
    )
    if options.platform != ALL:
        print(describe(request, export_game(request, options.platform)))
        return 0
    if options.template is not None:
        raise UsageError("--template is for one platform: give that with --platform")
    made = 0
    for platform in PLATFORMS:
        part = dataclasses.replace(request, output=request.output / platform)
        try:
            # The official templates are more than 1 GB: fetched when their platform is asked for.
            game = export_game(part, platform, install=platform == host_platform())
        except EngineNotFoundError as error:
            print(f"{platform}: not exported: {error}")
            continue
        print(f"{platform}: {describe(part, game)}")
        made += 1
    return 0 if made else 1


def describe(request: ExportRequest, game: ExportedGame) -> str:
    """What came out and how to start it, a line each."""
    policy = "no policy inside"
    if request.model is not None:
        policy = f"{request.model.name} inside: it plays every agent, also those that enter later"
    lines = [
        f"{game.path}: {game.size / 1e6:.1f} MB, Godot {game.engine}, {policy}, "
        f"{game.seconds:.1f} s; template: {game.template.source}"
    ]
    if not game.started:
        return "\n".join([*lines, "not started: this machine cannot run it"])
    lines.append(f"play:                {shlex.quote(str(game.path))}")
    lines.append(f"first scene:         {game.scene}")
    if not request.drivable:
        lines.append(
            "launch arguments:    none, as a release build has it; --drivable lets trainers and "
            "evaluations (--env_path) drive the game"
        )
    elif request.model is not None:
        lines.append(
            f"without a screen:    {shlex.quote(str(game.path))} --headless --fixed-fps "
            f"{game.physics_ticks} -- --rl.episodes=20 --rl.report=report.json"
        )
    if request.drivable:
        train = command("train", "--env_path", game.path)
        lines.append(next_steps(("train on it", train)))
    if not game.template.portable:
        lines.append(
            "note: made with a relocated Debian template, so it runs on this machine only; for "
            "other machines give an official template with --template"
        )
    return "\n".join(lines)


def _write_presets(path: Path, text: str) -> int:
    if path.exists():
        raise UsageError(f"{path} exists and is kept: choose another name, or move it away")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}") from None
    print(
        f"{path}: presets for Linux, Windows, macOS and Web; put it beside project.godot as "
        "export_presets.cfg and choose one under Project > Export"
    )
    return 0
