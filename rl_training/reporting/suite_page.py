"""One page of several scenarios: who passed, at a glance, then each evaluation in full.

Called by the command `report` when it is given several reports. It reads what others wrote and
starts no engine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rl_training.errors import UsageError
from rl_training.evaluation.report import EvaluationReport
from rl_training.gate.regression import RegressionCheck
from rl_training.gate.training_check import TrainingCheck
from rl_training.reporting.document import Block, Folded, Heading, Picture, Text
from rl_training.reporting.numbers import number
from rl_training.reporting.report_page import page
from rl_training.reporting.table import Table
from rl_training.runs.training_log import TrainingLog

_HEAD = ("scenario", "success", "mean reward", "episodes", "training", "baseline", "findings")
_SHOWN_FINDINGS = 20


@dataclass(frozen=True)
class Explored:
    """What an exploration of the scenario found (`spacetime-rl explore`).

    Attributes:
        decisions: that it played.
        cells: that it was in.
        findings: kind, message, episodes, and whether it was known before.
    """

    decisions: int
    cells: int
    findings: tuple[tuple[str, str, int, bool], ...]

    @property
    def new(self) -> int:
        """Findings that were not known."""
        return sum(not known for *_, known in self.findings)


@dataclass(frozen=True)
class Member:
    """What is known of one scenario.

    Attributes:
        scenario: its name.
        report: its evaluation; None: there is none, which the page says.
        baseline: what it was held against.
        check: the comparison; given together with `baseline`.
        training: the logs of the policy's training, and their check.
        explored: what an exploration found.
        recordings: number of an episode to its recording.
    """

    scenario: str
    report: EvaluationReport | None = None
    baseline: EvaluationReport | None = None
    check: RegressionCheck | None = None
    training: tuple[TrainingLog, TrainingCheck] | None = None
    explored: Explored | None = None
    recordings: Mapping[int, Path] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether it was evaluated and nothing failed."""
        checks = [self.check, None if self.training is None else self.training[1]]
        return self.report is not None and all(each is None or each.passed for each in checks)


def read_explored(path: Path) -> Explored:
    """Read the report of an exploration.

    Raises:
        UsageError: it cannot be read, or is no such report.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        rows = tuple(
            (str(row["kind"]), str(row["message"]), int(row["episodes"]), bool(row["known"]))
            for row in data["findings"]
        )
        return Explored(int(data["decisions"]), int(data["coverage"]["cells"]), rows)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no report of an exploration: {error!r}") from error


def suite_page(members: Sequence[Member]) -> list[Block]:
    """Return the page's blocks in their order.

    Args:
        members: the scenarios, in the order in which they are shown.

    Raises:
        RecordingError: a recording is damaged.
    """
    failed = [each.scenario for each in members if not each.passed]
    told = f"{len(members) - len(failed)} of {len(members)} scenarios passed."
    if failed:
        told += f" Not passed: {', '.join(failed)}."
    blocks: list[Block] = [
        Heading("All scenarios", 1),
        Text(told, strong=True, good=not failed),
        _overview(members),
    ]
    for member in members:
        blocks += _section(member)
    return blocks


def _overview(members: Sequence[Member]) -> Table:
    return Table(
        _HEAD,
        tuple(_row(each) for each in members),
        marked=frozenset(i for i, each in enumerate(members) if not each.passed),
        numbers=frozenset({1, 2, 3}),
    )


def _row(member: Member) -> tuple[str, ...]:
    report, found = member.report, member.explored
    explored = "" if found is None else f"{found.new} new of {len(found.findings)}"
    training = "" if member.training is None else _verdict(member.training[1].passed)
    if report is None:
        return (member.scenario, "", "", "", training, "no evaluation", explored)
    baseline = "none" if member.check is None else _verdict(member.check.passed)
    success = "" if report.success_rate is None else f"{report.success_rate:.1%}"
    reward, episodes = number(report.mean_reward), str(report.num_episodes)
    return (member.scenario, success, reward, episodes, training, baseline, explored)


def _verdict(passed: bool) -> str:
    return "passed" if passed else "FAILED"


def _section(member: Member) -> list[Block]:
    blocks: list[Block]
    if member.report is None:
        told = "There is no evaluation of this scenario: its training or its evaluation failed."
        blocks = [Heading(member.scenario, 2), Text(told, strong=True, good=False)]
    else:
        parts = page(
            member.report, member.baseline, member.check, member.training, member.recordings
        )
        blocks = [_below(block, member.scenario) for block in parts]
    if member.explored is not None:
        blocks += _exploration(member.explored)
    return blocks


def _below(block: Block, scenario: str) -> Block:
    """Put a block of a scenario's own page below the title of this page."""
    if isinstance(block, Heading):
        return replace(block, level=block.level + 1)
    if isinstance(block, Picture):
        return replace(block, name=f"{scenario}_{block.name}")
    return block


def _exploration(found: Explored) -> list[Block]:
    told = f"{found.decisions:,} decisions in {found.cells:,} cells."
    blocks: list[Block] = [Heading("Exploration", 3), Text(told)]
    if found.findings:
        rows = tuple(
            (kind, message, str(episodes), "known" if known else "new")
            for kind, message, episodes, known in found.findings[:_SHOWN_FINDINGS]
        )
        head = ("kind", "what was found", "episodes", "")
        new = frozenset(i for i, row in enumerate(rows) if row[-1] == "new")
        title = f"{len(found.findings)} findings, {found.new} new"
        blocks.append(Folded(title, Table(head, rows, new, frozenset({2}))))
    else:
        blocks.append(Text("Nothing was found."))
    return blocks
