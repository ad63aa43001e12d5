"""The first example of docs/addon.md compiles under strict warnings and is right in every arena."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from rl_training.engine import ensure_imported, find_engine
from rl_training.envs import GodotVecEnv
from rl_training.errors import ProjectError

REPOSITORY = Path(__file__).parents[2]
ARENAS = 4
WARNINGS = (
    *("untyped_declaration", "unsafe_property_access", "unsafe_method_access"),
    *("unsafe_call_argument", "unsafe_cast"),
)

PROJECT = """config_version=5

[application]

config/features=PackedStringArray("4.5")
run/main_scene="res://level.tscn"

[autoload]

GodotRLAgentsSync="*res://addons/godot_rl/sync.gd"

[debug]

gdscript/warnings/directory_rules={}
"""

SCENE = """[gd_scene load_steps=3 format=3]

[ext_resource type="Script" path="res://controller.gd" id="1"]

[sub_resource type="SphereShape3D" id="1"]

[node name="Level" type="Node3D"]

[node name="Player" type="CharacterBody3D" parent="."]

[node name="Shape" type="CollisionShape3D" parent="Player"]
shape = SubResource("1")

[node name="Brain" type="Node3D" parent="Player" node_paths=PackedStringArray("player", "target")]
script = ExtResource("1")
player = NodePath("..")
target = NodePath("../../Target")

[node name="Target" type="Node3D" parent="."]
"""

pytestmark = [pytest.mark.engine, pytest.mark.timeout(200)]


@pytest.fixture
def game(tmp_path: Path) -> Path:
    page = (REPOSITORY / "docs" / "addon.md").read_text()
    example = re.search(r"^```gdscript\n(.*?)^```$", page, re.S | re.M)
    assert example is not None
    folder = tmp_path / "game"
    shutil.copytree(REPOSITORY / "addons" / "godot_rl", folder / "addons" / "godot_rl")
    strict = "".join(f"gdscript/warnings/{name}=2\n" for name in WARNINGS)
    (folder / "controller.gd").write_text(example[1])
    (folder / "level.tscn").write_text(SCENE)
    # The addon's own code is not held to the unsafe_* warnings.
    rules = 'directory_rules={ "res://addons": 0 }'
    (folder / "project.godot").write_text(PROJECT.replace("directory_rules={}", rules) + strict)
    ensure_imported(find_engine(), folder)
    return folder


def test_the_first_example_is_right_in_every_arena(game: Path, free_port: int) -> None:
    with GodotVecEnv(
        project_path=game, scene_path="res://level.tscn", port=free_port, arenas=ARENAS, seed=3
    ) as env:
        seen = env.reset()["obs"]
        assert env.num_envs == ARENAS
        success = np.zeros(ARENAS, bool)
        for _ in range(60):
            assert np.abs(seen).max() <= 1.1, "positions of the world got into the observation"
            actions = seen / np.maximum(np.linalg.norm(seen, axis=1, keepdims=True), 1e-6)
            observation, _, dones, infos = env.step(actions.astype(np.float32))
            seen = observation["obs"]
            for i in np.flatnonzero(dones):
                success[i] = success[i] or infos[i]["is_success"]
        assert success.all()


def test_the_warnings_of_the_test_are_errors(game: Path) -> None:
    """The check has teeth: an untyped line in the example is refused."""
    script = game / "controller.gd"
    script.write_text(script.read_text().replace("var x: float =", "var x ="))
    shutil.rmtree(game / ".godot")
    with pytest.raises(ProjectError):
        ensure_imported(find_engine(), game)
