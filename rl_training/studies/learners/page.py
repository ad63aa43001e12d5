"""The page of the study of learners, from its result.

Called by `spacetime-rl study learners`, after every run.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from rl_training.reporting.document import render as render_template
from rl_training.reporting.table import table
from rl_training.studies.benchmark.markdown import machine_rows
from rl_training.studies.learners.picture import plot
from rl_training.studies.learners.plan import LearnersPlan, Task
from rl_training.studies.learners.result import LearnersResult
from rl_training.studies.learners.summary import decision_seconds, figures
from rl_training.studies.page_file import notes_mark, with_notes, write_with_picture
from rl_training.studies.spread import parameter_texts, shown

NOTES_MARK = notes_mark("learners")


def write_page(plan: LearnersPlan, result: LearnersResult, path: Path) -> None:
    """Write the Markdown page, and its picture to images/ beside it; notes of the page are kept.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    write_with_picture(path, partial(plot, plan, result), partial(render, plan, result))


def render(plan: LearnersPlan, result: LearnersResult, earlier: str = "", picture: str = "") -> str:
    """Return the page.

    Args:
        plan: the plan.
        result: what was measured.
        earlier: the file's text until now, whose notes are kept.
        picture: its path relative to the file; empty: there is none.
    """
    planned = len(plan.tasks) * len(plan.entrants) * len(plan.seeds)
    text = render_template(
        "learners.md.j2",
        machine=table(
            ("", ""),
            [
                ("command", f"`{result.command}`"),
                ("runs done", f"{len(result.rows)} of {planned}"),
                ("runs at a time", str(result.jobs)),
                *machine_rows(result.machine),
            ],
        ),
        tasks=[_task(name, task) for name, task in plan.tasks.items()],
        entrants=[(name, one.about) for name, one in plan.entrants.items() if one.about],
        tables=[
            (name, _table(plan, result, name))
            for name in plan.tasks
            if any(row.task == name for row in result.rows)
        ],
        episodes=plan.episodes,
        final_episodes=plan.final_episodes,
        threshold=f"{100 * plan.threshold:g} %",
        picture=picture,
        notes_mark=NOTES_MARK,
    )
    return with_notes(text, NOTES_MARK, earlier)


def summary(plan: LearnersPlan, result: LearnersResult) -> str:
    """Return the tables, for a terminal."""
    parts = [f"{name}\n\n{_table(plan, result, name)}" for name in plan.tasks]
    return "\n\n".join(parts) if result.rows else "nothing measured yet"


def _task(name: str, task: Task) -> tuple[str, str]:
    given = parameter_texts(task.parameters)
    words = [
        f"scenario `{task.scenario}`" + (f" ({', '.join(given)})" if given else ""),
        f"at most {task.timesteps:,} decisions of {decision_seconds(task):g} s",
        f"evaluated every {task.every:,}",
    ]
    if task.demonstrations is not None:
        shown = task.demonstrations
        words.append(f"demonstrations: {shown.episodes} episodes of `{shown.model}`")
    return name, f"{task.about}: {'; '.join(words)}"


def _table(plan: LearnersPlan, result: LearnersResult, task: str) -> str:
    goal = f"{100 * plan.threshold:g} %"
    header = (
        "learner",
        "seeds",
        "decisions of a run",
        "success at the end, %",
        "95 % of it",
        f"runs that reached {goal}",
        f"decisions until {goal}",
        f"real-time minutes until {goal}",
        f"processor seconds until {goal}",
        "processor seconds of a run",
        "clock seconds of a run",
    )
    rows = [
        (
            f"`{each.entrant}`",
            str(each.runs),
            f"{each.timesteps:,}",
            shown(each.success, 100.0),
            f"{100 * each.interval.low:.0f} to {100 * each.interval.high:.0f}",
            f"{each.reached} of {each.runs}",
            shown(each.decisions),
            shown(each.play_seconds, 1 / 60),
            shown(each.processor),
            shown(each.whole),
            shown(each.seconds),
        )
        for each in figures(plan, result)
        if each.task == task
    ]
    return table(header, rows) if rows else "not measured"
