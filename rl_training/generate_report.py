#!/usr/bin/env python3
"""Write a page on an evaluation: Markdown with pictures, and one self-contained HTML file."""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import Parser, configure_logging, run_main


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, read everything, write the pages."""
    from rl_training.evaluation.report import EvaluationReport
    from rl_training.gate import regression
    from rl_training.gate.thresholds import Thresholds, read_thresholds
    from rl_training.gate.training_check import check_training
    from rl_training.reporting.document import save_html, save_markdown
    from rl_training.reporting.play_again import find_recordings
    from rl_training.reporting.report_page import page
    from rl_training.runs.paths import DEFAULT_ROOT, RunPaths
    from rl_training.runs.training_log import read_training_log

    configure_logging()
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("--metrics", type=Path, required=True, metavar="JSON", help="report of evaluate_model.py")
    add("--output", type=Path, required=True, metavar="MD", help="pictures go to a folder beside")
    add("--html", type=Path, metavar="PATH", help="the same as one HTML file")
    add("--baseline", type=Path, metavar="JSON", help="what it is compared with")
    add("--tolerance", type=float, default=regression.DEFAULT_TOLERANCE, help="of the comparison")
    add("--alpha", type=float, default=regression.DEFAULT_ALPHA, help="of the comparison")
    add("--recordings", type=Path, metavar="DIR", help="of its episodes; else where they were")
    add("--experiment", metavar="S", help="training run whose curves are shown")
    add("--run_root", type=Path, default=DEFAULT_ROOT, metavar="DIR", help="holds logs/")
    add("--thresholds", type=Path, metavar="FILE", help="of the training's check")
    given = parser.parse_args(argv)

    report = EvaluationReport.load(given.metrics)
    baseline, check, training = None, None, None
    if given.baseline is not None:
        baseline = EvaluationReport.load(given.baseline, "baseline")
        check = regression.check_regression(report, baseline, given.tolerance, given.alpha)
    if given.experiment is not None:
        log = read_training_log(RunPaths(given.experiment, given.run_root))
        limits = {} if given.thresholds is None else read_thresholds(given.thresholds)
        training = (log, check_training(log, Thresholds().replace(limits)))
    recordings = find_recordings(report, given.recordings)
    blocks = page(report, baseline, check, training, recordings)
    save_markdown(blocks, given.output)
    print(f"wrote {given.output}")
    if given.html is not None:
        save_html(blocks, given.html)
        print(f"wrote {given.html}")
    return 0


if __name__ == "__main__":
    sys.exit(run_main(main))
