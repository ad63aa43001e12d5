"""A scenario is one folder in scenes/ and one file in rl_training/scenarios/, and nothing else.

The test adds one to a copy of the project and changes no other file. Commands and the conformance
tests find it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
NAME = "throw_away"

SCENARIO = '''"""Walk to the lamp: scenes/throw_away/README.md."""

from __future__ import annotations

from rl_training.scenarios.scenario import Metric, Scenario

SCENARIO = Scenario(
    name="throw_away",
    scene_path="res://scenes/throw_away/throw_away.tscn",
    action_repeat=9,
    physics_ticks_per_second=90,
    time_limit_s=5.0,
    reward_terms=("nearer",),
    metrics=(Metric("success", higher_is_better=True),),
)
'''

CONTROLLER = """extends AIController3D
## Walks along a line to a lamp.

var _lamp: float = 0.0
var _place: float = 0.0
var _push: float = 0.0
var _start: float = 0.0


func _ready() -> void:
	reset_after = 450


func _physics_process(delta: float) -> void:
	if done:
		return
	var before: float = absf(_lamp - _place)
	_place += _push * delta
	reward += before - absf(_lamp - _place)
	if absf(_lamp - _place) < 0.1:
		terminated = true


func begin_episode(episode_seed: int) -> void:
	var rng: RandomNumberGenerator = RandomNumberGenerator.new()
	rng.seed = episode_seed
	_lamp = rng.randf_range(0.5, 1.0)
	_place = 0.0
	_push = 0.0
	_start = _lamp


func get_obs() -> Dictionary:
	return {"obs": PackedFloat32Array([_place, _lamp])}


func get_action_space() -> Dictionary:
	return {"push": {"size": 1, "action_type": "continuous"}}


@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	_push = action["push"][0]


func get_info() -> Dictionary:
	if not done:
		return {}
	var left: float = absf(_lamp - _place)
	return {
		"is_success": left < 0.1,
		"metrics": {"success": float(left < 0.1)},
		"reward_terms": {"nearer": _start - left},
	}
"""

SCENE = """[gd_scene format=3]

[ext_resource type="Script" path="res://scenes/throw_away/throw_away_controller.gd" id="1"]

[node name="ThrowAway" type="Node3D"]

[node name="Walker" type="Node3D" parent="."]
script = ExtResource("1")
policy_name = "walker"
"""

README = """# Scenario `throw_away`

![A line and a lamp](lamp.png)

Reward: `nearer`, metres. Metric: `success`.
"""

FILES = {
    f"rl_training/scenarios/{NAME}.py": SCENARIO,
    f"scenes/{NAME}/{NAME}.tscn": SCENE,
    f"scenes/{NAME}/{NAME}_controller.gd": CONTROLLER,
    f"scenes/{NAME}/README.md": README,
}
"""All that a scenario is."""
COPIED = (
    *("rl_training", "addons", "baselines", "tests/python/scenarios", "tests/python/conftest.py"),
    *("tests/python/fake_engine.py", "tests/python/fake_codec.py"),
    *("pyproject.toml", "project.godot", "openxr_action_map.tres"),
    *(".github", "scenes/.gdignore"),
)
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "models", "logs", "ci", "*.pyc", "*.onnx")


def _copy(folder: Path) -> None:
    for name in COPIED:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=_LEFT_OUT)
        elif source.is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name)


def _hashes(folder: Path) -> dict[str, str]:
    """Return what every file holds, but for what commands write (.godot, models, logs)."""
    written = {".godot", "models", "logs", "__pycache__", "out"}
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not written & set(path.relative_to(folder).parts)
    }


def _run(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.mark.engine
@pytest.mark.timeout(1200)
def test_a_scenario_is_added_by_its_files_alone(tmp_path: Path, free_port: int) -> None:
    folder = tmp_path / "project"
    _copy(folder)
    before = _hashes(folder)
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")

    run = ("rl_training", "scenarios", "--matrix")
    assert NAME in json.loads(_run(folder, *run)), "what the workflows train, play and explore"
    short = ("--timesteps", "256", "--num_envs", "1", "--arenas", "4", "--run_root", "out")
    train = ("train", "--scenario", NAME, "--experiment_name", "one", "--port", str(free_port))
    assert "trained" in _run(folder, "rl_training", *train, *short)
    model = ("--model", "out/models/one_final.onnx", "--in_engine", "--episodes", "4")
    evaluate = ("evaluate", "--scenario", NAME, *model, "--output", "out/report.json")
    assert NAME in _run(folder, "rl_training", *evaluate)
    page = ("report", "--metrics", "out/report.json", "--output", "out/page.md", "--all_scenarios")
    _run(folder, "rl_training", *page)
    assert f"| {NAME} |" in (folder / "out" / "page.md").read_text()
    conform = ("tests/python/scenarios/test_conformance.py", "-k", NAME, "-p", "no:cacheprovider")
    assert "8 passed" in _run(folder, "pytest", "-q", *conform)

    after = _hashes(folder)
    made = {name for name in after if not name.endswith(".uid")}
    assert made - before.keys() == FILES.keys()
    assert {name: after[name] for name in before} == before, "nothing else was touched"
