"""Build the optional library that runs ONNX models by onnxruntime inside the engine."""

from __future__ import annotations

from pathlib import Path

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, build, print what came out."""
    parser = Parser(__doc__ or "")
    flags.add(parser, "project_path", type=Path, help="Godot project to build for; ours if absent")
    flags.add(parser, "godot")
    options = parser.parse_args(argv)
    configure_logging()

    from rl_training.engine import find_engine
    from rl_training.policy_export.native_library import build_native_library
    from rl_training.project_files import our_project

    project = (options.project_path or our_project()).absolute()
    built = build_native_library(project, find_engine(options.godot))
    print(
        f"{built.folder}: {built.size / 1e6:.1f} MB ({built.compiler.name}, "
        f"{built.onnxruntime.name}); models use it unless --rl.onnx_runner=gdscript says otherwise"
    )
    return 0
