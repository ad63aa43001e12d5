"""docs/multi_agent.md: every script runs on the real engine, shorter."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[3]
PAGES = ("multi_agent.md",)
SHORTER = (
    (r'"timesteps": [\d_]+', '"timesteps": 512, "export_onnx": False'),
    (r"total_timesteps=[\d_]+", "total_timesteps=256"),
)
"""What the test makes smaller in a script: it asks whether it runs, not what it learns."""
SMALL = {"n_steps": 4, "batch_size": 64, "n_epochs": 1}

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]


def scripts() -> list[tuple[str, int, str]]:
    """Page, number and text of every Python block."""
    found = []
    for page in PAGES:
        text = (REPOSITORY / "docs" / page).read_text("utf-8")
        blocks = re.findall(r"^```python\n(.*?)^```$", text, re.S | re.M)
        found += [(page, number, block) for number, block in enumerate(blocks)]
    return found


@pytest.mark.parametrize(
    ("page", "number", "script"), scripts(), ids=[f"{p}-{n}" for p, n, _ in scripts()]
)
def test_the_script_runs(
    page: str,
    number: int,
    script: str,
    free_port: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(REPOSITORY)
    for pattern, replacement in SHORTER:
        script = re.sub(pattern, replacement, script)
    script = script.replace('"scenario": "tag",', f'"scenario": "tag", "algorithm": {SMALL},')
    script = script.replace('"build', f'"{tmp_path.as_posix()}')
    script = script.replace('project_path="."', f'project_path=".", port={free_port}')
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(script, f"{page}, script {number}", "exec"), names)


def test_a_page_begins_with_an_example() -> None:
    assert {page for page, number, _ in scripts() if number == 0} == set(PAGES)
