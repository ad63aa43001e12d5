#!/usr/bin/env python3
"""Play a trained VR locomotion model and print a line per episode."""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import configure_logging, run_main


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, play, print the episodes and a summary."""
    from rl_training.evaluation.arguments import play_request

    configure_logging()
    request = play_request(argv, "vr_locomotion", __doc__ or "")

    from rl_training.evaluation.evaluate import evaluate
    from rl_training.reporting.report_text import episode_line, summary

    print(f"playing {request.model}")
    report = evaluate(request, on_episode=lambda one: print(episode_line(one), flush=True))
    print(summary(report))
    return 0


if __name__ == "__main__":
    sys.exit(run_main(main))
