"""The page of an exploration: what was found, how to see it again, what was covered.

Called by `spacetime-rl explore`. It reads a report and starts no engine.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rl_training.exploration.report import ExplorationReport, FindingRow
from rl_training.project_files import NO_PROJECT
from rl_training.reporting.document import Block, Command, Folded, Heading, Picture, Text
from rl_training.reporting.table import Table
from rl_training.reporting.theme import Drawing, Theme, both_themes

_SHOWN_CELLS = 50
_COLUMNS = (
    "First at: decisions of all arenas{of_job} until it was seen. Episodes: in how many it was "
    "seen, and in how many of 1,000. Shortest: decisions of the shortest way to it. Red: new."
)
_MAP_SIDE = 200  # a map with more cells in a row shows nothing
_AGAIN = {True: "yes", False: "no", None: "not tried"}


def page(report: ExplorationReport, game: Sequence[str] = ()) -> list[Block]:
    """Return the page's blocks in their order.

    Args:
        report: of an exploration.
        game: words that name the game to `spacetime-rl replay`.
    """
    blocks: list[Block] = [Heading(f"{_title(report)}: exploration", 1), _verdict(report)]
    blocks.append(Text(_what(report)))
    if report.findings:
        columns = _COLUMNS.format(of_job=" of that job" if report.jobs else "")
        blocks += [Heading("Findings"), Text(columns), _findings(report.findings)]
        for row in report.findings:
            blocks += _finding(row, game, of_job=bool(report.jobs))
    if report.unconfirmed:
        blocks += [
            Heading("Not confirmed"),
            Text("Seen once, and not again when the same was played anew, alone."),
            _unconfirmed(report.unconfirmed),
        ]
    blocks += [Heading("Coverage"), *_coverage(report)]
    blocks += [Heading("How reliable this is"), *_reliability(report)]
    return blocks


def coverage_figure(curves: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> Drawing:
    """Draw cells over decisions.

    Args:
        curves: name and points [decisions, cells] of each, at least one.
    """
    return both_themes(lambda theme: _curve(curves, theme))


def cell_map_figure(visits: dict[str, int]) -> Drawing | None:
    """Draw how often cells with two or more numbers were visited, from above; None: they have none.

    Of cells with three numbers the first and the last are drawn: the ground of a 3D game.
    """
    places: dict[tuple[int, int], int] = {}
    for name, count in visits.items():
        try:
            numbers = [int(part) for part in name.split(",")]
        except ValueError:
            return None
        if len(numbers) not in (2, 3):
            return None
        spot = (numbers[0], numbers[-1])
        places[spot] = places.get(spot, 0) + count
    if len(places) < 4 or any(
        max(spots) - min(spots) > _MAP_SIDE for spots in zip(*places, strict=True)
    ):
        return None
    return both_themes(lambda theme: _map(places, theme))


def _verdict(report: ExplorationReport) -> Text:
    new = report.new
    if new:
        kinds = ", ".join(sorted({row.kind for row in new}))
        return Text(f"{_counted(len(new), 'new finding')}: {kinds}.", strong=True, good=False)
    known = f" {len(report.findings)} known ones came again." if report.findings else ""
    return Text(f"Nothing new was found.{known}", strong=True, good=True)


def _what(report: ExplorationReport) -> str:
    ways = ", ".join(f"{count} by {way}" for way, count in sorted(report.episodes.items()))
    text = (
        f"{report.scene or report.game}: {report.decisions} decisions in {report.arenas} arenas, "
        f"{sum(report.episodes.values())} episodes ({ways}), {report.seconds:.0f} s, seed "
        f"{report.seed}."
    )
    if report.jobs:
        text += (
            f" {_counted(len(report.jobs), 'job')} played beside each other on a cluster. When "
            "something was seen first is told in decisions of the job that saw it."
        )
    if report.parameters:
        told = ", ".join(f"{name}={value}" for name, value in sorted(report.parameters.items()))
        text += f" Parameters: {told}."
    return text + (f" It ended early: {report.stopped}." if report.stopped else "")


def _findings(rows: Sequence[FindingRow]) -> Table:
    head = ("finding", "what", "first at", "episodes", "per 1,000", "shortest", "seen again")
    return Table(
        head,
        tuple(
            (
                row.id,
                row.message + (" (known)" if row.known else ""),
                str(row.first_step),
                str(row.episodes),
                f"{row.episodes_per_1000:.4g}",
                str(row.decisions),
                _AGAIN[row.confirmed],
            )
            for row in rows
        ),
        marked=frozenset(i for i, row in enumerate(rows) if not row.known),
        numbers=frozenset({2, 3, 4, 5}),
    )


def _finding(row: FindingRow, game: Sequence[str], *, of_job: bool) -> list[Block]:
    where = f" at {row.where}" if row.where else ""
    job = f" of job {row.job}" if of_job else ""
    text = (
        f"{row.message}{where}. Seen in {_counted(row.episodes, 'episode')}, first after "
        f"{_counted(row.first_step, 'decision')}{job} ({row.way}), at decision "
        f"{row.decision} of level {row.level}."
    )
    if row.times_ms:
        text += f" Played again the tick took {', '.join(f'{t:g}' for t in row.times_ms)} ms."
    if row.note:
        text += f" {row.note[0].upper()}{row.note[1:]}."
    blocks: list[Block] = [Heading(row.id, 3), Text(text)]
    if row.data:
        cells = tuple((name, str(value)[:300]) for name, value in row.data.items())
        blocks.append(Folded("what else is known", Table(("name", "value"), cells)))
    if row.replay:
        blocks.append(Command(" ".join(["spacetime-rl replay", row.replay, *_words(game)])))
    return blocks


def _title(report: ExplorationReport) -> str:
    """Return the scenario's name, or of a game of one's own the scene's."""
    if report.game != NO_PROJECT or not report.scene:
        return report.game
    return report.scene.rpartition("/")[2].rpartition(".")[0]


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _words(game: Sequence[str]) -> list[str]:
    """Return the words that `replay` takes: it finds the scenario in the recording."""
    words = list(game)
    if "--scenario" in words:
        at = words.index("--scenario")
        del words[at : at + 2]
    return words


def _unconfirmed(rows: Sequence[FindingRow]) -> Table:
    return Table(
        ("finding", "what", "first at", "why"),
        tuple((row.id, row.message, str(row.first_step), row.note) for row in rows),
        numbers=frozenset({2}),
    )


def _coverage(report: ExplorationReport) -> list[Block]:
    coverage = report.coverage
    blocks: list[Block] = [
        Text(
            f"{_counted(coverage.cells, 'cell')}: {coverage.source}. "
            f"{_counted(coverage.returnable, 'way')} back to one of them are known."
        )
    ]
    if len(coverage.curve) > 1:
        drawing = coverage_figure([(report.way, coverage.curve)])
        of_one = " of one job, the cells of all" if report.jobs else ""
        caption = f"Cells over decisions{of_one}."
        blocks.append(Picture("coverage", caption, drawing.light, drawing.dark))
    drawn = cell_map_figure(coverage.visits)
    if drawn is not None:
        blocks.append(Picture("cells", "Visits of cells, from above.", drawn.light, drawn.dark))
    rows = tuple((name, str(count)) for name, count in list(coverage.visits.items())[:_SHOWN_CELLS])
    if rows:
        table = Table(("cell", "decisions"), rows, numbers=frozenset({1}))
        blocks.append(Folded(f"the {len(rows)} most visited cells", table))
    return blocks


def _reliability(report: ExplorationReport) -> list[Block]:
    calibration, returns = report.calibration, report.returns
    repeats = {
        True: "The same level and actions gave the same observations, bit by bit, in every arena.",
        False: f"The game does NOT repeat: {calibration.first_difference}. Returns to states and "
        "replays may come out otherwise.",
        None: "This game cannot be ordered to play a level again: findings have no replays.",
    }
    lines = [repeats[calibration.repeats]]
    if returns.tried:
        lines.append(f"{returns.exact} of {returns.tried} returns to a state were exact.")
        if returns.first_difference:
            lines.append(f"The first that was not: {returns.first_difference}.")
    if calibration.tick_ms:
        lines.append(
            f"A decision's longest tick took {calibration.tick_ms:.2f} ms in the median, repeated "
            f"ones at most {calibration.spread_ms:.2f} ms longer (99.9 %); beyond "
            f"{calibration.slow_ms:.2f} ms it was looked at again, five times, alone."
        )
    blocks: list[Block] = [Text(" ".join(lines))]
    blocks += [Text(f"Note: {note}.") for note in report.notes]
    if report.left_out:
        told = ", ".join(f"{count} of {kind}" for kind, count in report.left_out.items())
        blocks.append(Text(f"Further findings were only counted: {told}."))
    return blocks


def _curve(curves: Sequence[tuple[str, Sequence[tuple[int, int]]]], theme: Theme) -> Figure:
    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    axis = figure.subplots()
    for (name, points), colour in zip(curves, theme.paths * len(curves), strict=False):
        steps, cells = zip(*points, strict=True)
        axis.step(steps, cells, where="post", color=colour, label=name)
    axis.set_xlabel("decisions")
    axis.set_ylabel("cells")
    axis.set_ylim(bottom=0)
    axis.yaxis.set_major_locator(MaxNLocator(integer=True))
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False)
    return figure


def _map(places: dict[tuple[int, int], int], theme: Theme) -> Figure:
    from matplotlib.colors import LogNorm

    figure = Figure(figsize=(5.2, 4.2), layout="constrained")
    axis = figure.subplots()
    columns, rows = (range(min(spots), max(spots) + 1) for spots in zip(*places, strict=True))
    counts = np.full((len(rows), len(columns)), np.nan)
    for (column, row), count in places.items():
        counts[row - rows.start, column - columns.start] = count
    shown = axis.imshow(
        counts,
        origin="lower",
        extent=(columns.start - 0.5, columns.stop - 0.5, rows.start - 0.5, rows.stop - 0.5),
        interpolation="nearest",
        cmap="viridis",
        norm=LogNorm(vmin=1, vmax=max(2, *places.values())),
    )
    for each in (axis.xaxis, axis.yaxis):
        each.set_major_locator(MaxNLocator(integer=True))
    bar = figure.colorbar(shown, ax=axis, label="decisions")
    bar.outline.set_edgecolor(theme.grey)
    axis.set_xlabel("first number of the cell")
    axis.set_ylabel("last number of the cell")
    axis.spines[["top", "right"]].set_visible(False)
    return figure
