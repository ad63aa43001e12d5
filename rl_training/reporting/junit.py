"""JUnit XML, as every CI reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree


@dataclass(frozen=True)
class Case:
    """One test case.

    Attributes:
        name: of the case.
        failure: why it failed; None: it passed.
        skipped: why it says nothing; None: it does.
        properties: what else is known of it.
    """

    name: str
    failure: str | None = None
    skipped: str | None = None
    properties: Mapping[str, object] = field(default_factory=dict)


def junit(suite: str, cases: Sequence[Case], properties: Mapping[str, object]) -> str:
    """Return a document with one test suite.

    Args:
        suite: its name, which is also the class name of its cases.
        cases: in their order.
        properties: of the suite.
    """
    root = ElementTree.Element(
        "testsuite",
        name=suite,
        tests=str(len(cases)),
        failures=str(sum(case.failure is not None for case in cases)),
        errors="0",
        skipped=str(sum(case.skipped is not None for case in cases)),
    )
    _add_properties(root, properties)
    for case in cases:
        element = ElementTree.SubElement(root, "testcase", classname=suite, name=case.name)
        _add_properties(element, case.properties)
        if case.failure is not None:
            ElementTree.SubElement(element, "failure", message=case.failure)
        elif case.skipped is not None:
            ElementTree.SubElement(element, "skipped", message=case.skipped)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _add_properties(element: ElementTree.Element, properties: Mapping[str, object]) -> None:
    if properties:
        parent = ElementTree.SubElement(element, "properties")
        for name, value in properties.items():
            ElementTree.SubElement(parent, "property", name=name, value=_text(value))


def _text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
