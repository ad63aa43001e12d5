"""`train.py --mode`: which words reach `train`, and what goes wrong."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import rl_training
from rl_training.commands.train_modes import training_words
from rl_training.errors import UsageError

SCRIPT = Path(rl_training.__file__).parent / "train.py"


def test_modes_become_flags_of_train() -> None:
    assert training_words("policy", [], ["--algorithm", "sac"]) == ["--algorithm", "sac"]
    assert training_words("dreamer", [], []) == ["--algorithm", "dreamer"]
    words = training_words("supervised", ["a.traj", "b.traj"], ["--seed", "3"])
    assert words == [
        *("--seed", "3", "--algorithm", "bc"),
        *("--set", "algorithm.demonstrations=[a.traj, b.traj]"),
    ]
    assert training_words("supervised", [], ["--set", "algorithm.name=dagger"])[-1].endswith("er")


@pytest.mark.parametrize(
    ("mode", "demonstrations", "rest", "message"),
    [
        ("dreamer", [], ["--algorithm", "sac"], "learns by dreamer; found --algorithm sac"),
        ("dreamer", ["a"], [], "--demonstrations teach in --mode supervised"),
        ("policy", ["a"], [], "--demonstrations teach in --mode supervised"),
        ("policy", [], ["--algorithm=bc"], "--algorithm bc is taught"),
        ("supervised", [], ["--algorithm", "sac"], "found --algorithm sac"),
    ],
)
def test_what_is_not_there_is_told(
    mode: str, demonstrations: list[str], rest: list[str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        training_words(mode, demonstrations, rest)


def test_the_script(run: Callable[..., tuple[int, str, str]]) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--mode", "all", "--scenario", "nothing"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: no scenario 'nothing'")
    code, _, err = run("train.py", "--mode", "all", "--demonstrations", "no.traj")
    assert (code, "leave out --demonstrations" in err) == (2, True)
    code, out, _ = run("train.py", "--mode", "all", "--show_config")
    assert (code, "preset all_modes" in out) == (0, True)
    code, _, err = run("train.py", "--mode", "world_model", "--demonstrations", "no.traj")
    assert code == 2
    assert "--output" in err
    code, _, err = run("train.py", "--mode", "dreamr")
    assert code == 2
    assert "dreamer" in err
    code, _, err = run("train.py", "--mode", "supervised", "--scenario", "nothing")
    assert code == 2
    assert "nothing" in err


def test_the_name_is_still_the_pipelines() -> None:
    importlib.import_module("rl_training.train")
    with pytest.raises(TypeError, match="config"):
        rl_training.train()  # type: ignore[call-arg]
