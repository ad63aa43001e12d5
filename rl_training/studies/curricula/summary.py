"""What the runs of the study of curricula say: figures of each kind, and whether it helped.

Pure: from a result to values and sentences. A kind is called better or worse only where all its
runs are on one side of all runs of the baseline; with three seeds each that happens by chance in
one of twenty cases, each way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rl_training.play.statistics import Interval, wilson_interval
from rl_training.studies.curricula.plan import CurriculaPlan
from rl_training.studies.curricula.result import CurriculaResult, CurriculaRow
from rl_training.studies.spread import Spread, spread

Verdict = Literal["better", "worse", "no clear difference", "too few runs"]
FEWEST_RUNS = 3
"""Runs of a kind below which nothing is said of it."""


@dataclass(frozen=True)
class KindFigures:
    """What the runs of a kind came to.

    Attributes:
        kind: its name.
        runs: how many.
        success: on the hardest courses at the end, over seeds.
        interval: 95 % of that success, over all its episodes together.
        reached: runs that came to the threshold.
        timesteps: until then; infinite in runs that did not.
        seconds: until then; infinite in runs that did not.
        rate: decisions per second.
        others: success in the other tests, over seeds.
    """

    kind: str
    runs: int
    success: Spread
    interval: Interval
    reached: int
    timesteps: Spread
    seconds: Spread
    rate: Spread
    others: dict[str, Spread]


def figures(plan: CurriculaPlan, result: CurriculaResult) -> list[KindFigures]:
    """Return the figures of every kind of which there is a run, in the plan's order."""
    measured = {kind: result.of_kind(kind) for kind in plan.kinds}
    return [_of_kind(plan, kind, rows) for kind, rows in measured.items() if rows]


def verdicts(plan: CurriculaPlan, result: CurriculaResult) -> list[str]:
    """Return a sentence on every kind but the baseline: did it help?"""
    base = result.of_kind(plan.baseline)
    lines = []
    for kind in plan.kinds:
        rows = result.of_kind(kind)
        if kind == plan.baseline or not rows:
            continue
        ends = compare(_ends(rows), _ends(base))
        times = compare([-each for each in _times(plan, rows)], [-t for t in _times(plan, base)])
        lines.append(_sentence(plan, kind, ends, times))
    return lines


def compare(own: Sequence[float], base: Sequence[float]) -> Verdict:
    """Say how runs stand against those of the baseline; larger is better."""
    if min(len(own), len(base)) < FEWEST_RUNS:
        return "too few runs"
    if min(own) > max(base):
        return "better"
    return "worse" if max(own) < min(base) else "no clear difference"


def _sentence(plan: CurriculaPlan, kind: str, ends: Verdict, times: Verdict) -> str:
    if ends == "too few runs":
        return f"{kind}: too few runs to say, at least {FEWEST_RUNS} of it and of {plan.baseline}."
    goal = f"{100 * plan.threshold:g} %"
    parts = {
        "at the end": ends,
        f"in the decisions until {goal}": times,
    }
    better = [what for what, said in parts.items() if said == "better"]
    worse = [what for what, said in parts.items() if said == "worse"]
    if better and not worse:
        rest = [what for what in parts if what not in better]
        tail = f", no clear difference {rest[0]}" if rest else ""
        return f"{kind} helped: better than {plan.baseline} {' and '.join(better)}{tail}."
    if worse and not better:
        rest = [what for what in parts if what not in worse]
        tail = f", no clear difference {rest[0]}" if rest else ""
        return f"{kind} hurt: worse than {plan.baseline} {' and '.join(worse)}{tail}."
    if better and worse:
        return f"{kind}: better than {plan.baseline} {better[0]}, worse {worse[0]}."
    return (
        f"{kind} did not help: no clear difference from {plan.baseline}, neither at the end nor "
        f"in the decisions until {goal}."
    )


def _of_kind(plan: CurriculaPlan, kind: str, rows: Sequence[CurriculaRow]) -> KindFigures:
    hardest = [row.tests["hardest"] for row in rows]
    reached = [row.reached(plan.threshold) for row in rows]
    return KindFigures(
        kind=kind,
        runs=len(rows),
        success=spread([test.success for test in hardest]),
        interval=wilson_interval(
            sum(test.successes for test in hardest), sum(test.episodes for test in hardest)
        ),
        reached=sum(point is not None for point in reached),
        timesteps=spread(_times(plan, rows)),
        seconds=spread([math.inf if point is None else point.seconds for point in reached]),
        rate=spread([row.timesteps / row.seconds for row in rows]),
        others={
            name: spread([row.tests[name].success for row in rows])
            for name in plan.others
            if all(name in row.tests for row in rows)
        },
    )


def _ends(rows: Sequence[CurriculaRow]) -> list[float]:
    return [row.tests["hardest"].success for row in rows]


def _times(plan: CurriculaPlan, rows: Sequence[CurriculaRow]) -> list[float]:
    reached = [row.reached(plan.threshold) for row in rows]
    return [math.inf if point is None else float(point.timesteps) for point in reached]
