"""docs/learning_problems.md has a row for every hint that a run can give."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
HINTS = REPOSITORY / "rl_training" / "runs" / "hints"


def test_every_hint_has_a_row() -> None:
    if not HINTS.is_dir():
        pytest.skip("hints come with the runs")
    sources = "".join(path.read_text("utf-8") for path in sorted(HINTS.glob("*.py")))
    names = set(re.findall(r"\bHint\(\s*\"([^\"]+)\"", sources))
    page = (REPOSITORY / "docs" / "learning_problems.md").read_text("utf-8")
    assert len(names) > 10
    assert names == set(re.findall(r"^\| \*\*([^*]+)\*\*", page, re.M))
