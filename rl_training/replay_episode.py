#!/usr/bin/env python3
"""Play a recorded episode again in the engine: is it bit-identical, and if not, what differs first?

Exit code 0: identical; 1: it differs, or the engine failed; 2: wrong use.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import Parser, configure_logging, run_main


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, play, compare, print the verdict."""
    configure_logging()
    parser = _parser()
    values = vars(parser.parse_args(argv))
    as_json, files = values.pop("json"), values.pop("recordings")
    if len(files) > 1 and (values["video"] or values["keep"]):
        parser.error("--video and --keep take one recording")

    import json

    from rl_training.evaluation.replay import ReplayRequest, replay

    verdicts, identical = [], True
    for file in files:
        result = replay(ReplayRequest(recording=file, **values))
        identical = identical and result.is_identical
        verdicts.append(result.to_dict())
        if not as_json:
            print("\n".join(result.lines()), flush=True)
    if as_json:
        print(json.dumps(verdicts[0] if len(files) == 1 else verdicts, indent=1, allow_nan=False))
    return 0 if identical else 1


def _parser() -> Parser:
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("recordings", type=Path, nargs="+", metavar="FILE", help="a .replay or .part file")
    add("--viz", action="store_true", help="in a window, at the speed of the clock")
    add("--video", type=Path, metavar="AVI", help="film it (.avi, .ogv, or .png for pictures)")
    add("--video_fps", type=int, default=30, metavar="N", help="pictures a simulated second")
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
