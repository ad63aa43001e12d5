"""Every official ONNX node case of the runner's operators, through the real engine."""

from __future__ import annotations

import pytest
from onnx import defs

from rl_training.engine import find_engine
from tests.python.inference.node_case_table import Outcome, markdown, run_node_cases

REVIEWED = {
    "Cast": "round_mode concerns float8e8m0 only, which the runner refuses",
}
"""Operators whose newer versions differ in more than types, and why the runner suits them."""

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return run_node_cases(find_engine(install=False).path)


def test_every_supported_case_passes(outcome: Outcome, capsys: pytest.CaptureFixture[str]) -> None:
    print(markdown(outcome))
    total = outcome.total
    with capsys.disabled():
        skipped = total.skipped.total()
        print(f"\nONNX node cases: {total.run} run, {total.passed} passed, {skipped} skipped")
    assert outcome.failures == []
    assert total.passed == total.run
    assert total.run > 0


def test_what_is_not_supported_is_refused(outcome: Outcome) -> None:
    assert outcome.not_refused == []


def test_no_model_breaks_the_engine(outcome: Outcome) -> None:
    assert outcome.script_errors == []


def test_newer_opsets_change_only_types(outcome: Outcome) -> None:
    """Opset 21 is what the runner is written for: a later one must mean the same."""
    for schema in defs.get_all_schemas_with_history():
        known = schema.domain == "" and schema.name in outcome.runner.operators
        if not known or not 21 < schema.since_version <= outcome.runner.opsets[1]:
            continue
        if schema.name not in REVIEWED:
            older = defs.get_schema(schema.name, 21)
            assert _signature(schema) == _signature(older), (schema.name, schema.since_version)
    assert defs.onnx_opset_version() <= outcome.runner.opsets[1], "review the newest opset too"


def _signature(schema: defs.OpSchema) -> tuple[object, ...]:
    return (
        sorted(
            (item.name, item.required, str(item.default_value))
            for item in schema.attributes.values()
        ),
        [(item.name, item.option) for item in schema.inputs],
        [(item.name, item.option) for item in schema.outputs],
    )
