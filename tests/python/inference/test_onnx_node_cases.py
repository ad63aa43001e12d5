"""Every official ONNX node case of the runner's operators, through the real engine."""

from __future__ import annotations

import pytest
from onnx import defs

from rl_training.engine import find_engine
from tests.python.inference.node_case_table import (
    BEGIN,
    DOCS,
    END,
    Outcome,
    markdown,
    run_node_cases,
)
from tests.python.inference.node_cases import version

REVIEWED = {
    "DequantizeLinear": "output_dtype other than float32 is refused",
    "QuantizeLinear": "precision other than float32 is refused",
    "Cast": "round_mode concerns float8e8m0 only, which the runner refuses",
    "CastLike": "likewise",
    "Range": "stash_type concerns float16 and bfloat16 only, which the runner refuses",
}
"""Operators whose newer versions differ in more than types, and why the runner suits them."""

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


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
    changed = []
    for schema in defs.get_all_schemas_with_history():
        known = schema.domain == "" and schema.name in outcome.runner.operators
        if not known or not 21 < schema.since_version <= outcome.runner.opsets[1]:
            continue
        same = _signature(schema) == _signature(defs.get_schema(schema.name, 21))
        if not same and schema.name not in REVIEWED:
            changed.append((schema.name, schema.since_version))
    assert changed == []
    assert defs.onnx_opset_version() <= outcome.runner.opsets[1], "review the newest opset too"


def test_the_docs_name_exactly_the_operators(outcome: Outcome) -> None:
    section = (
        DOCS.read_text(encoding="utf-8").split("## What is supported")[1].split("| Tensor type")[0]
    )
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| ")]
    named = [name.strip() for row in rows[1:] for name in row.split(",")]
    assert sorted(named) == sorted(outcome.runner.operators)


def test_the_docs_hold_the_counts(outcome: Outcome) -> None:
    """After a change, `python tests/python/inference/node_case_table.py --write` renews them."""
    text = DOCS.read_text(encoding="utf-8")
    written = text.split(BEGIN)[1].split(END)[0]
    if f"onnx {version()}," not in written:
        pytest.skip("the counts in the docs are of another version of the onnx package")
    assert markdown(outcome) in written


# Godot's Variant.Type of each kind of attribute that the reader knows.
_VARIANT_TYPES = {
    defs.OpSchema.AttrType.INT: 2,
    defs.OpSchema.AttrType.FLOAT: 3,
    defs.OpSchema.AttrType.STRING: 4,
    defs.OpSchema.AttrType.TENSOR: 24,
    defs.OpSchema.AttrType.INTS: 31,
    defs.OpSchema.AttrType.FLOATS: 32,
    defs.OpSchema.AttrType.STRINGS: 34,
}


def test_attributes_are_those_of_the_schemas(outcome: Outcome) -> None:
    """At every opset the runner takes exactly the attributes that the operator has there."""
    lowest, highest = outcome.runner.opsets
    differences = []
    for name, declared in outcome.runner.attributes.items():
        for opset in range(lowest, highest + 1):
            try:
                schema = defs.get_schema(name, opset)
            except defs.SchemaError:
                continue
            expected = {
                # A Constant's value has other names since opset 12; without any it is refused.
                key: (_VARIANT_TYPES[item.type], item.required and name != "Constant")
                for key, item in schema.attributes.items()
                if item.type in _VARIANT_TYPES and not key.startswith("value_string")
            }
            found = {
                key: (kind, required)
                for key, (kind, first, last, required) in declared.items()
                if first <= opset <= last
            }
            if found != expected:
                differences.append((name, opset, found, expected))
    assert differences == []


def _signature(schema: defs.OpSchema) -> tuple[object, ...]:
    return (
        sorted(
            (item.name, item.required, str(item.default_value))
            for item in schema.attributes.values()
        ),
        [(item.name, item.option) for item in schema.inputs],
        [(item.name, item.option) for item in schema.outputs],
    )
