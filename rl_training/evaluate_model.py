#!/usr/bin/env python3
"""Play a model on fixed episodes and write the JSON report; --in_engine plays without Python."""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import configure_logging, run_main


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, evaluate, write the report and print its summary."""
    from rl_training.evaluation.arguments import evaluation_request

    configure_logging()
    request, outputs = evaluation_request(argv, "vr_locomotion", __doc__ or "")

    from rl_training.evaluation.evaluate import evaluate
    from rl_training.reporting.report_junit import as_junit
    from rl_training.reporting.report_text import summary
    from rl_training.runs.atomic import write_text
    from rl_training.runs.progress import Progress

    progress = Progress(request.episodes, unit="episode")
    report = evaluate(request, on_episode=lambda _: progress.advance())
    progress.close()
    if outputs.report is not None:
        report.save(outputs.report)
    if outputs.junit is not None:
        write_text(outputs.junit, as_junit(report))
    print(summary(report))
    return 0


if __name__ == "__main__":
    sys.exit(run_main(main))
