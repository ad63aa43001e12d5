"""The account of the gate on one policy: worse copies of it are made, played and checked.

Called by `spacetime-rl study gate`.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.request import EvaluationRequest
from rl_training.reporting.table import Table, as_markdown
from rl_training.studies.gate import worsening
from rl_training.studies.gate.account import Account, take_account

_MOST_FALSE = 0.01
_FEWEST_CAUGHT = 0.95
_SEARCH_EPISODES = 300
_ATTEMPTS = 4
_MORE = 5
_PAIRS = {True: "the same episodes", False: "other episodes"}


@dataclass(frozen=True)
class GateStudy:
    """What is measured.

    Attributes:
        model: a good policy, .onnx.
        scenario: what it plays.
        episodes: of one evaluation.
        repeats: evaluations that are checked.
        pool: episodes that they are drawn from.
        drop: loss of mean reward to be caught, as a share.
        tolerance: of the gate.
        alpha: of the gate.
    """

    model: Path
    scenario: str
    episodes: int
    repeats: int
    pool: int
    drop: float
    tolerance: float
    alpha: float


@dataclass(frozen=True)
class GateRow:
    """What the gate said of one policy.

    Attributes:
        policy: what was done to it.
        mean_reward: its change in words; empty: none.
        against: which episodes it was checked on.
        account: the counts.
        passed: whether the gate was right often enough.
    """

    policy: str
    mean_reward: str
    against: str
    account: Account
    passed: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON holds it."""
        names = {name: getattr(self, name) for name in ("policy", "mean_reward", "against")}
        return {**names, **dataclasses.asdict(self.account)}


def measure_gate(study: GateStudy) -> tuple[EvaluationReport, list[GateRow]]:
    """Play the pools in the engine and count.

    Returns:
        The good policy's report over the pool, and the rows.

    Raises:
        HarnessError: the model, the scenario or the engine cannot be used.
    """
    good = _play(study, study.model, study.pool)
    # False alarms are so rare that more repeats are needed to count them.
    account = _count(study, good, good, _MORE * study.repeats, paired=False)
    passed = account.rate <= _MOST_FALSE
    rows = [GateRow("unchanged", "", "other episodes", account, passed)]
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as folder:
        for kind in worsening.KINDS:
            rows += _worse(study, good, kind, Path(folder, "worse.onnx"))
    return good, rows


def table(study: GateStudy, good: EvaluationReport, rows: Sequence[GateRow]) -> str:
    """Return what was measured as Markdown."""
    shown = Table(
        ("policy", "mean reward", "against", "repeats", "failed", "reasons"),
        tuple(
            (
                row.policy,
                row.mean_reward,
                row.against,
                str(row.account.repeats),
                f"{row.account.rate:.1%}",
                ", ".join(f"{name} {number}" for name, number in row.account.metrics.items()),
            )
            for row in rows
        ),
    )
    head = (
        f"mean reward {good.mean_reward:.2f}, success {good.success_rate}, {study.pool} "
        f"episodes; evaluations of {study.episodes}, tolerance {study.tolerance:g}, "
        f"alpha {study.alpha:g}"
    )
    return f"{head}\n\n{as_markdown(shown)}"


def _worse(
    study: GateStudy, good: EvaluationReport, kind: worsening.Kind, worse: Path
) -> list[GateRow]:
    reward = good.mean_reward

    def score(strength: float) -> float:
        worsening.worsen(study.model, worse, kind, strength)
        return _play(study, worse, _SEARCH_EPISODES).mean_reward

    strength = worsening.find_strength(score, study.drop)
    lost = study.drop
    for attempt in range(_ATTEMPTS):
        if attempt > 0:
            # A few hundred episodes only tell it roughly.
            strength = worsening.corrected(strength, lost, study.drop)
        worsening.worsen(study.model, worse, kind, strength)
        bad = _play(study, worse, study.pool)
        lost = (reward - bad.mean_reward) / abs(reward)
        if lost >= study.drop:
            break
    rows = []
    for paired in (True, False):
        account = _count(study, good, bad, study.repeats, paired)
        # Other episodes are told for information: the gate plays those of its baseline.
        passed = not paired or account.rate >= _FEWEST_CAUGHT
        change = f"{-100 * lost:+.1f} %"
        rows.append(GateRow(f"{kind} {strength:.3f}", change, _PAIRS[paired], account, passed))
    return rows


def _play(study: GateStudy, model: Path, episodes: int) -> EvaluationReport:
    return evaluate(EvaluationRequest(model, study.scenario, episodes, in_engine=True))


def _count(
    study: GateStudy,
    good: EvaluationReport,
    current: EvaluationReport,
    repeats: int,
    paired: bool,
) -> Account:
    return take_account(
        good, current, study.episodes, repeats, study.tolerance, study.alpha, paired
    )
