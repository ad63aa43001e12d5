"""Runs the official ONNX node cases in the engine: the table in docs/onnx_operators.md.

`python tests/python/inference/node_case_table.py` prints the table, with `--write` it also puts it
into the docs, between the two marker comments. The test (test_onnx_node_cases.py) uses the same
functions.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[3])

import numpy as np

from rl_training.commands.parser import Parser
from rl_training.commands.running import run_main
from rl_training.engine import find_engine
from tests.python.inference.engine_batch import (
    REPOSITORY,
    Answer,
    Array,
    Job,
    Runner,
    run_in_engine,
)
from tests.python.inference.node_cases import (
    OTHERS,
    NodeCase,
    load_cases,
    reason_to_skip,
    version,
)

DOCS = REPOSITORY / "docs" / "onnx_operators.md"
BEGIN = "<!-- node cases: written by tests/python/inference/node_case_table.py -->"
END = "<!-- end of node cases -->"

RTOL = 1e-5
ATOL = 1e-6
"""For floats; onnx's own runner takes 1e-3 and 1e-7. Integers and booleans must be equal."""

LOWEST_OPSET = 9


@dataclass
class Row:
    """Counts of one operator's cases."""

    run: int = 0
    passed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Outcome:
    """What the engine made of all cases.

    Attributes:
        runner: what the runner supports.
        rows: operator to its counts, for the operators of the runner, then `OTHERS`.
        failures: cases that were to pass and did not, each with its reason.
        not_refused: cases beyond what the runner supports that it did not refuse in one line.
        script_errors: errors that the engine itself reported, with the case.
    """

    runner: Runner
    rows: dict[str, Row]
    failures: list[str]
    not_refused: list[str]
    script_errors: list[str]

    @property
    def total(self) -> Row:
        """The sum of all rows."""
        total = Row()
        for row in self.rows.values():
            total.run += row.run
            total.passed += row.passed
            total.skipped += row.skipped
        return total


def run_node_cases(engine: Path) -> Outcome:
    """Run every official node case in one engine and compare."""
    cases = load_cases(LOWEST_OPSET)
    jobs = [Job(case.model, [] if case.feeds is None else [case.feeds]) for case in cases]
    runner, answers = run_in_engine(jobs, engine)
    rows: dict[str, Row] = defaultdict(Row)
    for name in [*sorted(runner.operators), OTHERS]:
        rows[name] = Row()
    outcome = Outcome(runner, rows, [], [], [])
    for case, answer in zip(cases, answers, strict=True):
        outcome.script_errors.extend(f"{case.name}: {text}" for text in answer.script_errors)
        _count(case, answer, outcome)
    return outcome


def markdown(outcome: Outcome) -> str:
    """Return the counts as a Markdown table."""
    lines = ["| Operator | Run | Passed | Skipped, and why |", "|---|---|---|---|"]
    for name, row in [*outcome.rows.items(), ("All", outcome.total)]:
        reasons = row.skipped.most_common() if name != "All" else []
        why = ", ".join(f"{count} {reason}" for reason, count in reasons)
        lines.append(f"| {name} | {row.run} | {row.passed} | {why or row.skipped.total()} |")
    return "\n".join(lines)


def _count(case: NodeCase, answer: Answer, outcome: Outcome) -> None:
    reason = reason_to_skip(case.model, outcome.runner)
    claimed = case.operator in outcome.runner.operators
    row = outcome.rows[case.operator if claimed else OTHERS]
    if reason:
        if claimed:
            row.skipped[reason] += 1
        if not reason.startswith("random") and (not answer.error or "\n" in answer.error):
            outcome.not_refused.append(f"{case.name} ({reason}): {answer.error!r}")
        return
    row.run += 1
    problem = answer.error or _difference(case, answer)
    if problem:
        outcome.failures.append(f"{case.name}: {problem}")
    else:
        row.passed += 1


def _difference(case: NodeCase, answer: Answer) -> str:
    """Return how the engine's outputs differ from the expected ones; "" when they do not."""
    if case.expected is None or not answer.outputs:
        return "its inputs or outputs are no plain arrays"
    names = [item.name for item in case.model.graph.output]
    for name, expected in zip(names, case.expected, strict=True):
        found = answer.outputs[0][name]
        if problem := compare(expected, found):
            return f"{name}: {problem}"
    return ""


def compare(expected: Array, found: Array) -> str:
    """Return how two arrays differ in dtype, shape or value; "" when they do not."""
    expected = np.asarray(expected)
    if (found.dtype, found.shape) != (expected.dtype, expected.shape):
        return f"{expected.dtype}{expected.shape} expected, {found.dtype}{found.shape} found"
    exact = expected.dtype.kind != "f"
    if exact and not np.array_equal(found, expected):
        return f"{expected.ravel()[:8]} expected, {found.ravel()[:8]} found"
    try:
        np.testing.assert_allclose(found, expected, rtol=RTOL, atol=max(ATOL, _rounding(expected)))
    except AssertionError as error:
        return " ".join(str(error).split())
    return ""


def _rounding(expected: Array) -> float:
    """Return a unit of the last decimal where a case's values have exactly four; else 0."""
    wide = expected.astype(np.float64)
    has_four = np.allclose(wide, np.round(wide, 4), rtol=1e-7, atol=0.0)
    has_fewer = np.allclose(wide, np.round(wide, 3), rtol=1e-7, atol=0.0)
    return 1e-4 if has_four and not has_fewer else 0.0


def main(argv: list[str] | None = None) -> int:
    """Run the cases, print the table and the failures; 0 when there are none."""
    parser = Parser(__doc__ or "")
    parser.add_argument("--write", action="store_true", help="put the table into the docs")
    options = parser.parse_args(argv)
    outcome = run_node_cases(find_engine(install=False).path)
    table = markdown(outcome)
    print(table)
    problems = [*outcome.failures, *outcome.not_refused, *outcome.script_errors]
    print("\n".join(problems))
    if options.write:
        text = DOCS.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        after = rest.split(END)[1]
        note = f"onnx {version()}, {outcome.total.passed} of {outcome.total.run} passed:"
        DOCS.write_text(f"{before}{BEGIN}\n{note}\n\n{table}\n{END}{after}", encoding="utf-8")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(run_main(main))
