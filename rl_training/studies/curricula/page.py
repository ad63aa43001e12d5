"""The page and the picture of the study of curricula, from its result.

Called by `spacetime-rl study curricula`, after every run.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rl_training.reporting.document import render as render_template
from rl_training.reporting.table import table
from rl_training.reporting.theme import SERIES
from rl_training.runs.atomic import atomic_path
from rl_training.studies.benchmark.markdown import machine_rows
from rl_training.studies.curricula.plan import CurriculaPlan
from rl_training.studies.curricula.result import CurriculaResult, CurriculaRow
from rl_training.studies.curricula.summary import KindFigures, figures, verdicts
from rl_training.studies.page_file import notes_mark, with_notes, write_with_picture
from rl_training.studies.spread import parameter_texts, shown

NOTES_MARK = notes_mark("curricula")
_MARKERS = "os^Dv<>"


def write_page(plan: CurriculaPlan, result: CurriculaResult, path: Path) -> None:
    """Write the Markdown page, and its picture to images/ beside it; notes of the page are kept.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    write_with_picture(path, partial(plot_curves, plan, result), partial(render, plan, result))


def render(
    plan: CurriculaPlan, result: CurriculaResult, earlier: str = "", picture: str = ""
) -> str:
    """Return the page.

    Args:
        plan: the plan.
        result: what was measured.
        earlier: the file's text until now, whose notes are kept.
        picture: its path relative to the file; empty: there is none.
    """
    found = figures(plan, result)
    text = render_template(
        "curricula.md.j2",
        machine=table(
            ("", ""),
            [
                ("command", f"`{result.command}`"),
                ("scenario", plan.scenario),
                ("decisions a run", f"{plan.timesteps:,}"),
                ("hardest courses", _parameters(plan)),
                ("runs at a time", str(result.jobs)),
                *machine_rows(result.machine),
            ],
        ),
        kinds=[(name, kind.about) for name, kind in plan.kinds.items() if kind.about],
        figures=_table(plan, found) if found else "not measured",
        verdicts=verdicts(plan, result),
        every=f"{plan.every:,}",
        episodes=plan.episodes,
        final_episodes=plan.final_episodes,
        threshold=f"{100 * plan.threshold:g} %",
        alone=result.jobs == 1,
        picture=picture,
        notes_mark=NOTES_MARK,
    )
    return with_notes(text, NOTES_MARK, earlier)


def summary(plan: CurriculaPlan, result: CurriculaResult) -> str:
    """Return the table and the sentences, for a terminal."""
    found = figures(plan, result)
    lines = [_table(plan, found) if found else "nothing measured yet", ""]
    return "\n".join([*lines, *verdicts(plan, result)])


def plot_curves(plan: CurriculaPlan, result: CurriculaResult, path: Path) -> None:
    """Draw success on the hardest courses over decisions and over seconds.

    A line is the mean over seeds, the band round it reaches from the worst to the best.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.0, 4.2), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, sharey=True)
    for number, kind in enumerate(plan.kinds):
        rows = result.of_kind(kind)
        if not rows:
            continue
        colour = SERIES[number % len(SERIES)]
        steps, seconds, low, mean, high = _band(rows)
        for axes, across in ((left, steps), (right, seconds)):
            axes.fill_between(across, low, high, color=colour, alpha=0.12, linewidth=0)
            axes.plot(
                across,
                mean,
                color=colour,
                marker=_MARKERS[number % len(_MARKERS)],
                markersize=4,
                linewidth=1.6,
                label=f"{kind} ({len(rows)})",
            )
    left.set_xlabel("thousand decisions")
    right.set_xlabel("seconds of learning, evaluations left out")
    left.set_ylabel("success on the hardest courses, %")
    for axes in (left, right):
        axes.axhline(100 * plan.threshold, color="0.6", linewidth=0.8, linestyle=":")
        axes.set_ylim(0, 102)
        axes.set_xlim(left=0)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    if left.get_legend_handles_labels()[0]:
        left.legend(frameon=False, title="kind (runs)", fontsize=9, title_fontsize=9)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png")


def _band(rows: Sequence[CurriculaRow]) -> tuple[list[float], ...]:
    """Return thousand decisions, seconds, and least, mean and largest success in per cent."""
    # The n-th evaluations of all seeds belong together: they are as many decisions apart.
    together = list(zip(*(row.curve for row in rows), strict=False))
    successes = [[100 * point.success for point in points] for points in together]
    return (
        [statistics.fmean(point.timesteps for point in points) / 1000 for points in together],
        [statistics.fmean(point.seconds for point in points) for points in together],
        [min(each) for each in successes],
        [statistics.fmean(each) for each in successes],
        [max(each) for each in successes],
    )


def _table(plan: CurriculaPlan, found: Sequence[KindFigures]) -> str:
    goal = f"{100 * plan.threshold:g} %"
    header = (
        "kind",
        "runs",
        "success at the end, %",
        "95 % of its episodes",
        f"runs that reached {goal}",
        f"thousand decisions until {goal}",
        f"seconds until {goal}",
        "decisions/s",
        *(f"{name}, %" for name in plan.others),
    )
    rows = [
        (
            f"`{each.kind}`",
            str(each.runs),
            shown(each.success, 100.0),
            f"{100 * each.interval.low:.0f} to {100 * each.interval.high:.0f}",
            f"{each.reached} of {each.runs}",
            shown(each.timesteps, 0.001),
            shown(each.seconds, 1.0),
            f"{each.rate.middle:,.0f}",
            *(shown(each.others[n], 100.0) if n in each.others else "-" for n in plan.others),
        )
        for each in found
    ]
    return table(header, rows)


def _parameters(plan: CurriculaPlan) -> str:
    return ", ".join(parameter_texts(plan.hardest)) or "as the scene is"
