"""The one table: as text for a terminal and as Markdown."""

from __future__ import annotations

import pytest

from rl_training.reporting.table import Table, as_markdown, as_text, table

SMALL = Table(
    ("name", "n"), (("a", "1"), ("long|er", "23")), marked=frozenset({1}), numbers=frozenset({1})
)


def test_columns_stand_below_each_other() -> None:
    assert as_text(SMALL) == ["name     n", "a        1", "long|er  23"]


def test_markdown() -> None:
    assert as_markdown(SMALL) == ("| name | n |\n| --- | ---: |\n| a | 1 |\n| long\\|er | **23** |")
    assert table(("a",), [["`x`"]]) == "| a |\n| --- |\n| `x` |"


def test_rows_must_fit() -> None:
    with pytest.raises(ValueError, match="a row of 1 cells below a head of 2"):
        Table(("a", "b"), (("1",),))
