"""Export a Stable-Baselines3 model as ONNX for the game, and prove that it is the same policy."""

from __future__ import annotations

from pathlib import Path

from rl_training.commands import flags
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, export, verify, print the figures."""
    parser = Parser(__doc__ or "")
    flags.add(parser, "model", required=True, help="the .zip that was trained")
    flags.add(parser, "output", metavar="ONNX", help="the .onnx; beside the model if absent")
    parser.add_argument("--algorithm", metavar="NAME", help="its class, e.g. SAC; told by its file")
    parser.add_argument(
        "--normaliser", type=Path, metavar="PATH", help="what VecNormalize.save wrote"
    )
    parser.add_argument(
        "--channels_last",
        action="store_true",
        help="the game gives images as (height, width, channels)",
    )
    options = parser.parse_args(argv)
    configure_logging()

    from rl_training.policy_export.export_file import export_file

    result = export_file(
        options.model,
        options.output or options.model.with_suffix(".onnx"),
        None if options.algorithm in (None, "auto") else options.algorithm,
        options.normaliser,
        channels_last=options.channels_last,
    )
    print(f"{result.path}: {result.algorithm}, {result.size} floats in, {result.outputs} out")
    print(
        f"ONNX: differs by at most {result.difference:.1e} from the trained policy over "
        f"{result.samples} observations"
    )
    print(
        next_steps(
            ("check it in the engine", command("verify", "--model", result.path)),
            ("play it", command("play", "--model", result.path)),
        )
    )
    return 0
