"""Show what data holds: episodes, shapes, distributions; as a table and as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging

if TYPE_CHECKING:
    from rl_training.data.summary import Spread, Summary


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, read, print, draw."""
    configure_logging()
    parser = Parser(__doc__ or "")
    flags.add_data(parser)
    flags.add(parser, "output", metavar="PNG", help="draw the distributions there")
    flags.add(parser, "json")
    given = parser.parse_args(argv)

    from rl_training.data.readers import read_all
    from rl_training.data.summary import remarks_on, summarise

    trajectories = read_all(given.data)
    summary = summarise(trajectories)
    told = _text(summary)
    for remark in remarks_on(summary):
        told += f"\nnote: {remark}"
    data = {**summary.to_dict(), "notes": remarks_on(summary)}
    shown = flags.emit(given.json, data, told)
    if given.output is not None:
        from rl_training.reporting.data_picture import draw_data

        draw_data(trajectories, given.output)
        if shown:
            print(f"picture: {given.output}")
    return 0


def _text(summary: Summary) -> str:
    from rl_training.runs.text_table import text_table

    lines = [f"{summary.episodes:,} episodes, {summary.decisions:,} decisions"]
    lines += [f"  {count:,} with {form}" for form, count in summary.forms.items()]
    ended = ", ".join(f"{count:,} {how}" for how, count in summary.ended.items() if count)
    lines.append(f"ended: {ended}")
    succeeded, known = summary.successes
    if known:
        lines.append(f"success: {succeeded:,} of {known:,} that tell it ({succeeded / known:.1%})")
    sources = ", ".join(f"{name} ({count:,})" for name, count in summary.sources.items())
    lines.append(f"from: {sources}")
    rows = [_row(one) for one in (summary.returns, summary.lengths, *summary.numbers)]
    lines.append("")
    lines.append(text_table(("", "lowest", "mean", "highest", "deviation"), rows))
    return "\n".join(lines)


def _row(one: Spread) -> list[str]:
    return [one.name, *(f"{v:.4g}" for v in (one.low, one.mean, one.high, one.deviation))]
