"""docs/curriculum.md: its game trains with its lessons, and the living run obeys its commands."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from rl_training.config.layers import Layer, resolve
from rl_training.runs.paths import RunPaths
from rl_training.runs.status import read_status

REPOSITORY = Path(__file__).parents[3]
TEXT = (REPOSITORY / "docs" / "curriculum.md").read_text("utf-8")
PROJECT = """\
config_version=5
[application]
config/name="Walk"
[autoload]
GodotRLAgentsSync="*res://addons/godot_rl/sync.gd"
[debug]
gdscript/warnings/untyped_declaration=2
gdscript/warnings/exclude_addons=false
[editor_plugins]
enabled=PackedStringArray("res://addons/godot_rl/plugin.cfg")
"""
SCENE = """\
[gd_scene load_steps=2 format=3]
[ext_resource type="Script" path="res://walk.gd" id="1"]
[node name="Walk" type="Node2D"]
[node name="Agent" type="Node2D" parent="."]
script = ExtResource("1")
"""


def blocks(language: str) -> list[str]:
    """The page's code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.S | re.M)


def commands(start: str) -> list[list[str]]:
    """The page's commands that begin with some words, without the program."""
    lines = re.findall(rf"^    spacetime-rl ({start}.*)$", TEXT, re.M)
    return [shlex.split(line) for line in lines]


@pytest.mark.parametrize("text", blocks("yaml"))
def test_the_settings_are_valid(text: str) -> None:
    resolve([Layer("the page", yaml.safe_load(text))])


@pytest.mark.nightly
@pytest.mark.engine
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("no_process_left")
def test_the_run_of_the_page_and_its_commands(tmp_path: Path, free_port: int) -> None:
    shutil.copytree(REPOSITORY / "addons" / "godot_rl", tmp_path / "addons" / "godot_rl")
    for name, text in {
        "project.godot": PROJECT,
        "walk.gd": blocks("gdscript")[0],
        "walk.tscn": SCENE,
        "curriculum.yaml": blocks("yaml")[0],
    }.items():
        (tmp_path / name).write_text(text)
    (train,) = commands("train")
    small = ["--timesteps", "10000000", "--num_envs", "1", "--port", str(free_port)]
    root = ["--run_root", str(tmp_path)]

    def command(*words: str) -> list[str]:
        return [sys.executable, "-m", "rl_training", *words, *root]

    settings: dict[str, Any] = {
        "cwd": tmp_path,
        "env": {**os.environ, "PYTHONPATH": str(REPOSITORY)},
        "text": True,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
    }
    with subprocess.Popen(command(*train, *small, "--no-export_onnx"), **settings) as run:
        assert run.stdout is not None
        said: list[str] = []
        for line in run.stdout:
            said.append(line)
            if "lesson 2 of 3 begins at" in line:
                break
        answers = [
            subprocess.run(command(*words), **settings, timeout=120)
            for words in commands("runs control")
        ]
        stop = ["runs", "control", "stop", "--experiment_name", "walk"]
        subprocess.run(command(*stop), **settings, timeout=120)
        said += run.stdout
    assert run.returncode == 0, "".join(said)
    assert [answer.returncode for answer in answers[:3]] == [0, 0, 0], answers
    # The page's scene reads no wind: a name that nobody asked for is refused, in one line.
    assert answers[3].returncode == 2
    assert len(answers[3].stdout.splitlines()) == 1
    assert "parameters.wind: the scene has not asked for it" in answers[3].stdout
    shown = subprocess.run(command(*commands("runs show")[0]), **settings, timeout=60)
    assert "of 3 pauses: its parameters were set by hand" in shown.stdout
    assert any("sets distance = uniform(2, 8) (success_rate" in line for line in said)
    status = read_status(RunPaths("walk", tmp_path).status)
    assert status is not None
    keys = re.search(r"`status\.json`: `curriculum`, by parameter: (.*?)\.\n", TEXT, re.S)
    assert keys is not None
    assert set(re.findall(r"`(\w+)`", keys[1])) == set(status.curriculum["distance"])
