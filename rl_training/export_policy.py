#!/usr/bin/env python3
"""Export a Stable-Baselines3 model as ONNX for the game, and prove that it is the same policy."""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import Parser, configure_logging, run_main


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, export, verify, print the figures."""
    parser = Parser(__doc__ or "")
    parser.add_argument("--model", type=Path, required=True, help="the .zip that was trained")
    parser.add_argument("--output", type=Path, help="the .onnx (default: beside the model)")
    parser.add_argument("--algorithm", default="auto", help="its class, e.g. SAC (auto: its file)")
    parser.add_argument("--normaliser", type=Path, help="what VecNormalize.save wrote")
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
        None if options.algorithm == "auto" else options.algorithm,
        options.normaliser,
        channels_last=options.channels_last,
    )
    print(f"{result.path}: {result.algorithm}, {result.size} floats in, {result.outputs} out")
    print(f"differs by at most {result.difference:.1e} over {result.samples} observations")
    return 0


if __name__ == "__main__":
    sys.exit(run_main(main))
