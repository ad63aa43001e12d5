"""docs/python.md and its notebook: every script runs on the real engine, only shorter."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import rl_training

REPOSITORY = Path(__file__).parents[3]
PAGE = REPOSITORY / "docs" / "python.md"
NOTEBOOK = REPOSITORY / "docs" / "notebooks" / "quickstart.ipynb"
SHORTER = (
    (r"total_timesteps=[\d_]+", "total_timesteps=256"),
    (r'"timesteps": [\d_]+', '"timesteps": 256'),
    (r"arenas=\d+", "arenas=4"),
    (r"num_envs=2", "num_envs=1"),
    (r"n_steps=\d+", "n_steps=16"),
    (r"batch_size=\d+", "batch_size=64"),
    (r"learning_starts=[\d_]+", "learning_starts=64"),
    (r"episodes=20", "episodes=2"),
    (r"range\(20\)", "range(2)"),
)
"""What the test makes smaller in a script: it asks whether it runs, not what it learns."""

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]


def scripts() -> dict[str, str]:
    """The page's Python blocks by the heading that they stand under."""
    found = {}
    for section in re.split(r"^## ", PAGE.read_text("utf-8"), flags=re.M)[1:]:
        block = re.search(r"^```python\n(.*?)^```$", section, re.S | re.M)
        if block is not None:
            found[section.partition("\n")[0]] = block[1]
    return found


def shorter(script: str, output: Path) -> str:
    for pattern, replacement in SHORTER:
        script = re.sub(pattern, replacement, script)
    return script.replace('"build', f'"{output.as_posix()}')


def run(script: str, name: str) -> dict[str, Any]:
    """Run as a script; its names are returned."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(script, name, "exec"), names)
    return names


@pytest.mark.parametrize("heading", list(scripts()))
def test_the_script_runs(heading: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = scripts()[heading]
    if "rl_training import EvaluationRequest" in script and not hasattr(rl_training, "train"):
        pytest.skip("rl_training.train comes with the pipeline")
    monkeypatch.chdir(REPOSITORY)
    run(shorter(script, tmp_path), heading)
    for saved in re.findall(r'\.save\("build/([^"]+)"\)', script):
        assert list(tmp_path.glob(f"{saved}*")), f"{saved} was not saved"
    if heading == "From model to game":
        flags = re.search(r"^    spacetime-rl export policy (.+)$", PAGE.read_text("utf-8"), re.M)
        assert flags is not None
        words = flags[1].replace("build/", f"{tmp_path.as_posix()}/").split()
        export = [sys.executable, "-m", "rl_training.export_policy", *words]
        assert subprocess.run(export, cwd=REPOSITORY, check=False).returncode == 0
        assert (tmp_path / "my_policy.onnx").is_file()


def test_a_script_is_about_ten_lines() -> None:
    for heading in ("PPO", "SAC"):
        lines = [line for line in scripts()[heading].splitlines() if line.strip()]
        assert len(lines) <= 10, heading


def test_the_notebook_is_one_and_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    assert notebook["nbformat"] == 4
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    for cell in notebook["cells"]:
        assert {"cell_type", "metadata", "source"} <= cell.keys()
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] for cell in code), "commit it without outputs"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    names = run(
        shorter("\n".join("".join(cell["source"]) for cell in code), tmp_path), "quickstart.ipynb"
    )
    assert len(names["returns"]) == 2
