"""Draw the learning curves of runs into one picture."""

from __future__ import annotations

from rl_training.commands import flags
from rl_training.commands.parser import Parser


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, draw, say where the picture is."""
    parser = Parser(__doc__ or "")
    flags.add(parser, "experiment_name", nargs="+", required=True, help="names of the runs")
    flags.add(parser, "output", required=True, metavar="PNG", help="the picture to write")
    flags.add(parser, "run_root")
    parser.add_argument(
        "--labels",
        nargs="+",
        metavar="TEXT",
        help="what the legend calls the runs, one for each; runs of one label have one colour",
    )
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="METRIC",
        help="curves to draw: success_rate, reward and the scene's own metrics; default: all",
    )
    given = parser.parse_args(argv)

    from rl_training.reporting.learning_plot import plot_learning
    from rl_training.runs.paths import RunPaths, default_root

    root = given.run_root or default_root()
    runs = [RunPaths(name, root) for name in given.experiment_name]
    plot_learning(runs, given.output, only=given.only, labels=given.labels)
    print(f"wrote {given.output}")
    return 0
