"""What is said of lessons: in logs, in the status, at a run's end. Called by `curriculum`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rl_training.config.samplers import value_text
from rl_training.errors import nearest

if TYPE_CHECKING:
    from rl_training.training.curriculum.lessons import Lessons, Move, Value
    from rl_training.training.curriculum.measures import Measure


def shown(value: Value) -> str:
    """Return a parameter's value as the command line takes it."""
    return "the scene's default" if value is None else value_text(value)


def shown_all(values: Mapping[str, Value]) -> str:
    """Return several values: `a = 1, b = uniform(0, 1)`."""
    return ", ".join(f"{name} = {shown(value)}" for name, value in values.items())


def title(lessons: Lessons, index: int | None = None) -> str:
    """Return `lesson 2 of 3 'middle'`."""
    place = lessons.index if index is None else index
    name = lessons.settings.lessons[place].name
    return f"lesson {place + 1} of {lessons.count}" + (f" '{name}'" if name else "")


def found(lessons: Lessons, *, needs: bool = True) -> str:
    """Return how a lesson stands: `success_rate 0.62 of 0.70 over 100 episodes (needs 100)`."""
    rule, measure, counts = lessons.rule, lessons.measure, lessons.counts
    if rule is None or measure is None:
        return "nothing judges it"
    wanted = f" (needs {rule.min_episodes})" if needs else ""
    after = f"after {_episodes(counts.ended)}{wanted}"
    value = counts.current()
    if value is None:
        return _nothing_yet(lessons, measure, after)
    number, threshold = _apart(value, lessons.threshold)
    if threshold is not None:
        number += f" of {'at most ' if rule.below else ''}{threshold}"
    if measure.kind == "episodes":
        after = f"over {_episodes(len(counts.values))}{wanted}"
    return f"{measure.name} {number} {after}"


def line(lessons: Lessons) -> str:
    """Return why a lesson has not advanced, or how the last one goes."""
    head = f"{lessons.parameter}: {title(lessons)}"
    if lessons.held:
        return (
            f"{head} pauses: its parameters were set by hand; set curriculum.{lessons.parameter}=N "
            "goes on with a lesson"
        )
    if lessons.is_last:
        return f"{head}, the last" + ("" if lessons.rule is None else f": {found(lessons)}")
    waiting = lessons.seats.waiting
    short = lessons.rule is not None and lessons.counts.ended < lessons.rule.min_episodes
    more = f"; {waiting} more wait for longer ones that began before" if waiting and short else ""
    return f"{head} has not advanced: {found(lessons)}{more}"


def begun(lessons: Lessons, move: Move, timesteps: int, before: str) -> str:
    """Return what is said when a lesson begins.

    Args:
        lessons: of the parameter, in the new lesson.
        move: to it.
        timesteps: of the run.
        before: how the lesson that ended stood (`found`).
    """
    why = before
    if move.why == "fell back":
        limit = lessons.settings.lessons[move.before - 1].fall_back
        why = f"fell back from lesson {move.before} with fall_back {limit:g}: {before}"
    return (
        f"{lessons.parameter}: {title(lessons)} begins at {timesteps:,} steps, sets "
        f"{shown_all(lessons.values())} ({why})"
    )


def status(lessons: Lessons) -> dict[str, Any]:
    """Return a parameter's part of status.json; see `RunStatus.curriculum`."""
    rule = lessons.rule
    return {
        "lesson": lessons.index + 1,
        "of": lessons.count,
        "name": lessons.name,
        "measure": None if rule is None else rule.measure,
        "value": lessons.counts.current(),
        "threshold": lessons.threshold,
        "episodes": lessons.counts.ended,
        "min_episodes": 0 if rule is None else rule.min_episodes,
        "line": line(lessons),
    }


def _nothing_yet(lessons: Lessons, measure: Measure, after: str) -> str:
    if measure.kind == "logged":
        return f"nothing was logged as {measure.key} in this lesson, {after}"
    if lessons.counts.ended == 0 or measure.kind == "progress":
        return f"{measure.name} is not known yet, {after}"
    names = lessons.counts.tellable
    hint = nearest(measure.name, names)
    told = f"The scene tells {', '.join(names)}" if names else "The scene tells nothing"
    return f"no episode tells {measure.name}, {after}.{hint} {told}"


def _episodes(count: int) -> str:
    return f"{count} episode{'' if count == 1 else 's'}"


def _apart(value: float, threshold: float | None) -> tuple[str, str | None]:
    """Return both with so many digits that they look as unlike as they are."""
    for digits in range(2, 7):
        one = _number(value, digits)
        other = None if threshold is None else _number(threshold, digits)
        if value == threshold or one != other:
            break
    return one, other


def _number(value: float, digits: int) -> str:
    if value and abs(value) < 10.0 ** (1 - digits):
        return f"{value:.{digits}g}"
    return f"{value:.{digits}f}"
