"""Play a recorded episode again in the engine: is it bit-identical, and if not, what differs first?

A recording of `explore` also says whether its finding is seen again.

Exit code 0: identical; 1: it differs, or the engine failed; 2: wrong use.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rl_training.commands import flags
from rl_training.commands.game_flags import GAME
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.project_files import chosen_project, chosen_scene

if TYPE_CHECKING:
    from rl_training.exploration.again import ShownAgain
    from rl_training.replay.replay import ReplayResult

logger = logging.getLogger(__name__)

_SHRINKING = ("shrink", "target", "output", "arenas", "num_envs", "budget")
_NOT_SHRINKING = ("viz", "video", "bundle", "from_bundle", "keep")


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, play, compare, print the verdicts."""
    configure_logging()
    parser = _parser()
    values = vars(parser.parse_args(argv))
    json, files = values.pop("json"), values.pop("recordings")
    shrinks = {name: values.pop(name) for name in _SHRINKING}
    if shrinks.pop("shrink"):
        return _shrink(parser, files, json, values, shrinks)
    if any(value is not None for value in shrinks.values()):
        parser.error(f"--{', --'.join(_SHRINKING[1:])} need --shrink")
    if len(files) > 1 and (values["video"] or values["keep"] or values["bundle"]):
        parser.error("--video, --keep and --bundle take one recording")

    from rl_training.replay.replay_file import play_file

    quiet = json == Path(flags.STDOUT)
    verdicts, different = [], []
    for file in files:
        result, notes = play_file(file, **values)
        shown = _finding(result, values)
        if shown is not None:
            notes = [*notes, shown.line()]
        if not result.is_identical:
            different.append(file)
        verdict = {**result.to_dict(), "recording": str(file), "notes": notes}
        if shown is not None:
            verdict["finding"] = shown.to_dict()
        verdicts.append(verdict)
        if not quiet:
            print("\n".join([*result.lines(), *notes]), flush=True)
    data = verdicts[0] if len(files) == 1 else verdicts
    if quiet:
        flags.emit(json, data, "")
        return 1 if different else 0
    flags.write_json(json, data)
    if different and values["bundle"] is None:
        bundle = command("replay", different[0], "--bundle", different[0].with_suffix(".zip"))
        print(next_steps(("pack it up to show it to others", bundle)))
    return 1 if different else 0


def _shrink(
    parser: Parser,
    files: list[Path],
    json: Path | None,
    values: dict[str, Any],
    given: dict[str, Any],
) -> int:
    """Shrink one recording: 0: it was shrunk and repeats; 1: it does not show the target."""
    if len(files) > 1:
        parser.error("--shrink takes one recording")
    for name in _NOT_SHRINKING:
        if values.pop(name):
            parser.error(f"--shrink cannot be combined with --{name}")
    del values["video_fps"]

    from rl_training.shrink.request import ShrinkRequest
    from rl_training.shrink.shrinking import shrink_recording

    if given["output"] is None:
        given["output"] = files[0].with_suffix(".shrunk")
    chosen = {name: value for name, value in given.items() if value is not None}
    request = ShrinkRequest(recording=files[0], **values, **chosen)
    quiet = json == Path(flags.STDOUT)
    result = shrink_recording(request, logger.info)
    if result is None:
        shown = given["target"] or "what it was recorded for"
        print(f"{files[0]} does not show {shown} when it is played", file=sys.stderr)
        return 1
    if quiet:
        flags.emit(json, result.to_dict(), "")
    else:
        flags.write_json(json, result.to_dict())
        print("\n".join(result.lines()))
    return 0 if result.replay.is_identical else 1


def _finding(result: ReplayResult, values: Mapping[str, Any]) -> ShownAgain | None:
    """Return whether a recording of `explore` still shows its finding; None: of no finding."""
    from rl_training.data.recording import FINDING

    if FINDING not in result.recorded.header:
        return None  # the most usual: nothing heavy is imported
    from rl_training.envs.settings import EnvSettings
    from rl_training.exploration.again import show_again

    project = chosen_project(values["project_path"], values["env_path"])
    header = result.recorded.header
    return show_again(
        result.recorded,
        EnvSettings(
            env_path=values["env_path"],
            project_path=project,
            scene_path=chosen_scene(values["scene_path"], project, str(header["scene"])),
            action_repeat=result.recorded.action_repeat,
            port=0,
            timeout_s=values["timeout_s"],
            godot=values["godot"],
        ),
    )


def _parser() -> Parser:
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("recordings", type=Path, nargs="+", metavar="FILE", help="a .replay or .part, or a bundle")
    flags.add(parser, "viz", help="in a window, at the speed of the clock")
    add("--video", type=Path, metavar="AVI", help="film it (.avi, .ogv, or .png for pictures)")
    add("--video_fps", type=int, default=30, metavar="N", help="pictures a simulated second")
    add("--bundle", type=Path, metavar="ZIP", help="pack recording, scene, versions, log, verdict")
    add("--from_bundle", action="store_true", help="run the scripts and scenes of the bundle")
    add("--keep", type=Path, metavar="FILE", help="keep the replay's own recording")
    flags.add(parser, "json", "godot", *GAME)
    group = parser.add_argument_group("shrinking (docs/shrink.md)")
    add = group.add_argument
    add("--shrink", action="store_true", help="find the shortest episode that still shows the bug")
    add(
        "--target",
        metavar="TARGET",
        help="what it shows: finding:KIND, state:EXPRESSION, log:REGEX or warning:KIND "
        "(default: its last finding)",
    )
    add("--output", type=Path, metavar="DIR", help="of the shrunk episode (default: FILE.shrunk)")
    add("--arenas", type=int, metavar="N", help="candidates at once in an engine (default: 32)")
    add("--num_envs", type=int, metavar="N", help="engines (default: 1)")
    add("--budget", type=int, metavar="N", help="candidates at most (default: 4000)")
    flags.add(parser, "timeout_s", default=60.0, help="longest start of the engine")
    return parser
