"""docs/gymnasium.md, pettingzoo.md and rllib.md: every script runs on the real engine, shorter."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[3]
# RLlib needs dm-tree; Ray alone does not bring it.
NEEDS = {"pettingzoo.md": "pettingzoo", "rllib.md": "tree"}
SHORTER = (
    (r"total_timesteps=[\d_]+", "total_timesteps=256"),
    (r"timesteps=[\d_]+, learning", "timesteps=256, learning"),
    (r"n_steps=\d+", "n_steps=64"),
    (r"arenas=\d+", "arenas=4"),
    (r"range\(60\)", "range(2)"),
    (r"range\(20\)", "range(1)"),
    (r"PPOConfig\(\)", "PPOConfig().training(train_batch_size_per_learner=128, minibatch_size=64)"),
)
"""What the test makes smaller in a script: it asks whether it runs, not what it learns."""

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]


def scripts() -> list[tuple[str, int, str]]:
    """Page, number and text of every Python block."""
    found = []
    for page in ("gymnasium.md", "pettingzoo.md", "rllib.md"):
        text = (REPOSITORY / "docs" / page).read_text("utf-8")
        blocks = re.findall(r"^```python\n(.*?)^```$", text, re.S | re.M)
        found += [(page, number, block) for number, block in enumerate(blocks)]
    return found


@pytest.mark.parametrize(
    ("page", "number", "script"), scripts(), ids=[f"{p}-{n}" for p, n, _ in scripts()]
)
def test_the_script_runs(
    page: str, number: int, script: str, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if page in NEEDS and importlib.util.find_spec(NEEDS[page]) is None:
        pytest.skip(f"{NEEDS[page]} is not installed")
    monkeypatch.chdir(REPOSITORY)
    for pattern, replacement in SHORTER:
        script = re.sub(pattern, replacement, script)
    script = script.replace('project_path="."', f'project_path=".", port={free_port}')
    names: dict[str, Any] = {"__name__": "__main__"}
    try:
        exec(compile(script, f"{page}, script {number}", "exec"), names)
    finally:
        if page == "rllib.md":
            import ray

            ray.shutdown()


def test_a_page_begins_with_a_script_of_about_ten_lines() -> None:
    for page, number, script in scripts():
        if number == 0:
            assert len([line for line in script.splitlines() if line.strip()]) <= 11, page
