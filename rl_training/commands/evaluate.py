"""Play a model on fixed episodes and write the JSON report; --in_engine plays without Python."""

from __future__ import annotations

from pathlib import Path

from rl_training.commands import flags
from rl_training.commands.evaluation_flags import add_playing_flags, take_request
from rl_training.commands.game_flags import game_words
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.evaluation.request import EvaluationRequest


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, evaluate, write the report and print its summary."""
    configure_logging()
    parser = Parser(__doc__ or "")
    flags.add(parser, "model", required=True)
    flags.add(parser, "output", metavar="JSON", help="where the report goes")
    flags.add(parser, "junit", help="write JUnit XML too: an episode is a test case")
    flags.add(parser, "json")
    parser.add_argument("--in_engine", action="store_true", help="the engine plays alone")
    parser.add_argument("--record", type=Path, metavar="DIR", help="record every episode there")
    add_playing_flags(parser, episodes=100)
    values = vars(parser.parse_args(argv))
    output, junit, json = (values.pop(name) for name in ("output", "junit", "json"))
    request = take_request(
        values, values["model"], in_engine=values["in_engine"], record=values["record"]
    )

    from rl_training.evaluation.evaluate import evaluate
    from rl_training.evaluation.report import save_report, summary
    from rl_training.reporting.report_junit import as_junit
    from rl_training.runs.atomic import write_text
    from rl_training.runs.progress import Progress

    progress = Progress(request.episodes, unit="episode")
    report = evaluate(request, on_episode=lambda _: progress.advance())
    progress.close()
    if output is not None:
        save_report(report, output)
    if junit is not None:
        write_text(junit, as_junit(report))
    if flags.emit(json, report, summary(report)):
        print(_next(request, output))
    return 0


def _next(request: EvaluationRequest, output: Path | None) -> str:
    """Return where the report is and what can be done with it."""
    given = {name: getattr(request, name) for name in ("env_path", "project_path", "scene_path")}
    game = game_words(request.scenario, given)
    model = ["--model", request.model]
    if output is None:
        again = command("evaluate", *model, *game, "--output", "report.json")
        return next_steps(("keep the report", again))
    page = command("report", "--metrics", output, "--output", output.with_suffix(".md"))
    gate = command("gate", "--current", output, "--baseline", "baseline.json", "--update_baseline")
    lines = f"report: {output}\n"
    return lines + next_steps(
        ("page", page),
        ("make it the baseline", gate),
        ("watch it", command("play", *model, *game)),
    )
