#!/usr/bin/env python3
"""Build the optional library that runs ONNX models by onnxruntime inside the engine."""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import Parser, configure_logging, run_main


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, build, print what came out."""
    repository = Path(__file__).resolve().parents[1]
    parser = Parser(__doc__ or "")
    parser.add_argument(
        "--project", type=Path, default=repository, help="Godot project to build for"
    )
    parser.add_argument(
        "--godot", metavar="PATH", help="engine binary; found or installed if absent"
    )
    options = parser.parse_args(argv)
    configure_logging()

    from rl_training.engine import find_engine
    from rl_training.policy_export.native_library import build_native_library

    built = build_native_library(options.project.absolute(), find_engine(options.godot))
    print(
        f"{built.folder}: {built.size / 1e6:.1f} MB ({built.compiler.name}, "
        f"{built.onnxruntime.name}); models use it unless --rl.onnx_runner=gdscript says otherwise"
    )
    return 0


if __name__ == "__main__":
    sys.exit(run_main(main))
