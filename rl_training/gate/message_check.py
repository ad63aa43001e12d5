"""Errors and warnings of the engine that a baseline does not have. Pure functions of reports.

A script that fails returns null and the game goes on, wrong, perhaps easier: numbers may even
improve. So a new message fails the gate whatever the numbers say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rl_training.engine.log_messages import message_key
from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.report_parts import EngineErrors, MessageCount, Messages

SCRIPT_ERRORS = "script errors"
"""The kind that is judged whatever the baseline tells: there should be none."""


@dataclass(frozen=True)
class MessageChange:
    """Messages of one kind, current against baseline.

    Attributes:
        kind: what they are, as texts call them.
        before: how many the baseline has.
        now: how many the current report has.
        new: those that the baseline does not have.
    """

    kind: str
    before: int
    now: int
    new: tuple[MessageCount, ...] = ()


def compare_messages(
    current: EvaluationReport, baseline: EvaluationReport
) -> tuple[list[MessageChange], list[str]]:
    """Return each kind of message, and notes on kinds that cannot be judged.

    Messages count as the same when they differ in numbers only, as lines do when a script is
    edited above. A report that does not tell its messages has none to judge.
    """
    if current.engine_errors is None:
        return [], []
    known = (baseline.engine_errors or EngineErrors()).kinds()
    changes, notes = [], []
    for kind, told in current.engine_errors.kinds().items():
        before = known[kind]
        is_judged = kind == SCRIPT_ERRORS or (
            baseline.engine_errors is not None and before.is_complete
        )
        new = _new(told, before)
        if is_judged:
            changes.append(MessageChange(kind, before.count, told.count, new))
        elif new:
            notes.append(
                f"{kind}: {told.count}, the first: {new[0].text}; the baseline does not tell all "
                "of its own, so they are not judged: make it anew"
            )
    return changes, notes


def _new(told: Messages, before: Messages) -> tuple[MessageCount, ...]:
    known = {_key(each.text) for each in before.messages}
    return tuple(each for each in told.messages if _key(each.text) not in known)


def _key(text: str) -> str:
    return message_key(re.sub(r":\d+\)", ")", text))
