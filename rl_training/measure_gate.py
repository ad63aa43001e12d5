#!/usr/bin/env python3
"""Count the gate's errors on a policy: false alarms, and worse policies that it lets pass."""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import Parser, configure_logging, run_main

if TYPE_CHECKING:
    from rl_training.evaluation.report import EvaluationReport
    from rl_training.reporting.table import Table
    from rl_training.studies.gate.account import Account

_MOST_FALSE = 0.01
_FEWEST_CAUGHT = 0.95
_SEARCH_EPISODES = 300
_ATTEMPTS = 4
_MORE = 5


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, play the pools in the engine, count, print the table."""
    from rl_training.evaluation.evaluate import evaluate
    from rl_training.evaluation.request import EvaluationRequest
    from rl_training.gate import regression
    from rl_training.reporting.table import as_markdown
    from rl_training.studies.gate import worsening
    from rl_training.studies.gate.account import take_account

    configure_logging()
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("--model", type=Path, required=True, metavar="ONNX", help="a good policy")
    add("--scenario", default="vr_locomotion", metavar="NAME", help="what it plays")
    add("--episodes", type=int, default=100, metavar="N", help="of one evaluation")
    add("--repeats", type=int, default=200, metavar="N", help="evaluations that are checked")
    add("--pool", type=int, default=2000, metavar="N", help="episodes that they are drawn from")
    add("--drop", type=float, default=0.1, metavar="X", help="loss of mean reward to be caught")
    add("--tolerance", type=float, default=regression.DEFAULT_TOLERANCE, help="of the gate")
    add("--alpha", type=float, default=regression.DEFAULT_ALPHA, help="of the gate")
    add("--json", type=Path, metavar="PATH", help="write the counts")
    given = parser.parse_args(argv)

    def play(model: Path, episodes: int) -> EvaluationReport:
        request = EvaluationRequest(model, given.scenario, episodes, in_engine=True)
        return evaluate(request)

    def count(current: EvaluationReport, repeats: int, paired: bool) -> Account:
        return take_account(
            good, current, given.episodes, repeats, given.tolerance, given.alpha, paired
        )

    rows: list[tuple[str, str, str, Account, bool]] = []
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as folder:
        worse = Path(folder, "worse.onnx")
        good = play(given.model, given.pool)
        reward = good.mean_reward
        # False alarms are so rare that more repeats are needed to count them.
        account = count(good, _MORE * given.repeats, paired=False)
        passed = account.rate <= _MOST_FALSE
        rows.append(("unchanged", "", "other episodes", account, passed))
        for kind in worsening.KINDS:

            def score(strength: float, kind: worsening.Kind = kind) -> float:
                worsening.worsen(given.model, worse, kind, strength)
                return play(worse, _SEARCH_EPISODES).mean_reward

            strength = worsening.find_strength(score, given.drop)
            lost = given.drop
            for attempt in range(_ATTEMPTS):
                if attempt > 0:
                    # A few hundred episodes only tell it roughly.
                    strength = worsening.corrected(strength, lost, given.drop)
                worsening.worsen(given.model, worse, kind, strength)
                bad = play(worse, given.pool)
                lost = (reward - bad.mean_reward) / abs(reward)
                if lost >= given.drop:
                    break
            change = f"{-100 * lost:+.1f} %"
            for paired in (True, False):
                account = count(bad, given.repeats, paired)
                # Other episodes are told for information: the gate plays those of its baseline.
                passed = not paired or account.rate >= _FEWEST_CAUGHT
                label = f"{kind} {strength:.3f}"
                rows.append((label, change, _PAIRS[paired], account, passed))
    print(
        f"mean reward {reward:.2f}, success {good.success_rate}, {given.pool} episodes; "
        f"evaluations of {given.episodes}, tolerance {given.tolerance:g}, "
        f"alpha {given.alpha:g}\n"
    )
    print(as_markdown(_table(rows)))
    if given.json is not None:
        from rl_training.runs.atomic import write_text

        names = ("policy", "mean_reward", "against")
        data = [
            {**dict(zip(names, row[:3], strict=True)), **dataclasses.asdict(row[3])} for row in rows
        ]
        write_text(given.json, json.dumps(data, indent=1) + "\n")
    return 0 if all(row[4] for row in rows) else 1


def _table(rows: list[tuple[str, str, str, Account, bool]]) -> Table:
    from rl_training.reporting.table import Table

    return Table(
        ("policy", "mean reward", "against", "repeats", "failed", "reasons"),
        tuple(
            (
                *texts,
                str(account.repeats),
                f"{account.rate:.1%}",
                ", ".join(f"{name} {number}" for name, number in account.metrics.items()),
            )
            for *texts, account, _ in rows
        ),
    )


_PAIRS = {True: "the same episodes", False: "other episodes"}


if __name__ == "__main__":
    sys.exit(run_main(main))
