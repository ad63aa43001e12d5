#!/usr/bin/env python3
"""Play a recorded episode again in the engine: is it bit-identical, and if not, what differs first?

Exit code 0: identical; 1: it differs, or the engine failed; 2: wrong use.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import Parser, configure_logging, run_main


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, play, compare, print the verdicts."""
    configure_logging()
    parser = _parser()
    values = vars(parser.parse_args(argv))
    as_json, files = values.pop("json"), values.pop("recordings")
    if len(files) > 1 and (values["video"] or values["keep"] or values["bundle"]):
        parser.error("--video, --keep and --bundle take one recording")

    from rl_training.replay.replay_file import play_file

    verdicts, identical = [], True
    for file in files:
        result, notes = play_file(file, **values)
        identical = identical and result.is_identical
        verdicts.append({**result.to_dict(), "recording": str(file), "notes": notes})
        if not as_json:
            print("\n".join([*result.lines(), *notes]), flush=True)
    if as_json:
        print(json.dumps(verdicts[0] if len(files) == 1 else verdicts, indent=1, allow_nan=False))
    return 0 if identical else 1


def _parser() -> Parser:
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("recordings", type=Path, nargs="+", metavar="FILE", help="a .replay or .part, or a bundle")
    add("--viz", action="store_true", help="in a window, at the speed of the clock")
    add("--video", type=Path, metavar="AVI", help="film it (.avi, .ogv, or .png for pictures)")
    add("--video_fps", type=int, default=30, metavar="N", help="pictures a simulated second")
    add("--bundle", type=Path, metavar="ZIP", help="pack recording, scene, versions, log, verdict")
    add("--from_bundle", action="store_true", help="run the scripts and scenes of the bundle")
    add("--keep", type=Path, metavar="FILE", help="keep the replay's own recording")
    add("--json", action="store_true", help="print the verdict as JSON")
    add("--godot", metavar="PATH", help="engine binary; found or installed if absent")
    add("--env_path", metavar="PATH", help="an exported game to play in")
    add("--project_path", metavar="DIR", help="another Godot project")
    add("--scene_path", metavar="RES", help="res:// path of another scene")
    add("--timeout_s", type=float, default=60.0, metavar="S", help="longest start of the engine")
    return parser


if __name__ == "__main__":
    sys.exit(run_main(main))
