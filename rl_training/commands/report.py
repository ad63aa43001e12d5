"""Write a page on an evaluation: Markdown with pictures, and one self-contained HTML file."""

from __future__ import annotations

from pathlib import Path

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.gate.limits import DEFAULT_ALPHA, DEFAULT_TOLERANCE
from rl_training.gate.thresholds import read_thresholds


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, read everything, write the pages."""
    configure_logging()
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("--metrics", type=Path, required=True, metavar="JSON", help="report of `evaluate`")
    flags.add(parser, "output", required=True, metavar="MD", help="pictures go to a folder beside")
    add("--html", type=Path, metavar="PATH", help="the same as one HTML file")
    flags.add(parser, "baseline")
    flags.add(parser, "tolerance", default=DEFAULT_TOLERANCE)
    flags.add(parser, "alpha", default=DEFAULT_ALPHA)
    flags.add(parser, "other_parameters")
    add("--recordings", type=Path, metavar="DIR", help="of its episodes; else where they were")
    flags.add(parser, "experiment_name", help="training run whose curves are shown")
    flags.add(parser, "run_root", "thresholds")
    given = parser.parse_args(argv)

    from rl_training.evaluation.report import EvaluationReport
    from rl_training.gate import regression
    from rl_training.gate.run_check import RunThresholds, check_run
    from rl_training.reporting.document import save_html, save_markdown
    from rl_training.reporting.play_again import find_recordings
    from rl_training.reporting.report_page import page
    from rl_training.runs.paths import RunPaths, default_root
    from rl_training.runs.training_log import read_training_log

    report = EvaluationReport.load(given.metrics)
    baseline, check, training = None, None, None
    if given.baseline is not None:
        baseline = EvaluationReport.load(given.baseline, "baseline")
        check = regression.check_regression(
            report,
            baseline,
            given.tolerance,
            given.alpha,
            other_parameters=given.other_parameters,
        )
    if given.experiment_name is not None:
        log = read_training_log(RunPaths(given.experiment_name, given.run_root or default_root()))
        limits = {} if given.thresholds is None else read_thresholds(given.thresholds)
        training = (log, check_run(log, RunThresholds().replace(limits)))
    recordings = find_recordings(report, given.recordings)
    blocks = page(report, baseline, check, training, recordings)
    save_markdown(blocks, given.output)
    print(f"wrote {given.output}")
    if given.html is not None:
        save_html(blocks, given.html)
        print(f"wrote {given.html}")
    return 0
