"""Lines that use coordinates of the world are found; lines that are right are left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from rl_training.arena_check.coordinates import find_suspects
from rl_training.arena_check.scene_scripts import SceneScript, scene_scripts


def suspects(code: str, function: str = "begin_episode") -> list[str]:
    text = f"extends Node3D\n\nfunc {function}() -> void:\n\t{code}\n"
    return [each.text() for each in find_suspects([SceneScript("player.gd", text, "Player")])]


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("player.global_position = Vector3.ZERO", "player.position = Vector3.ZERO"),
        ("global_position = Vector3(0.0, 1.0, 0.0)  # start", "position = Vector3(0.0, 1.0, 0.0)"),
        ("$Ball.global_position = _start", "$Ball.position = _start"),
        ("set_global_position(Vector3(1, 2, 3))", "position = Vector3(1, 2, 3)"),
        ("global_transform.origin = spot", "position = spot"),
        ("global_transform = Transform3D.IDENTITY", "transform = Transform3D.IDENTITY"),
        ("player.look_at(Vector3(0, 1, 0))", "root.to_global"),
        ("if global_position.x > 10.0:", "compare position"),
        ("position = goal.global_position", "do not mix them"),
        ("coins = get_tree().get_nodes_in_group(\"coin\")", "every arena"),
        ("var query := PhysicsRayQueryParameters3D.create(Vector3(0, 5, 0), to)", "to_global"),
    ],
)  # fmt: skip
def test_a_line_is_named_with_its_remedy(code: str, remedy: str) -> None:
    (text,) = suspects(code)
    assert text.startswith("res://player.gd:4 (node Player): ")
    assert remedy in text.split(" -> ")[1]


@pytest.mark.parametrize(
    "code",
    [
        "player.position = Vector3.ZERO",
        "camera.global_position = player.global_position + offset",
        "ball.global_position = root.to_global(Vector3(1, 0, 1))",
        "global_position += velocity * delta",
        "var away: Vector3 = goal.global_position - player.global_position",
        "if global_position.y < -5.0:",
        "if global_position == other.global_position:",
        "# global_position = Vector3.ZERO",
        'print("global_position = Vector3.ZERO")',
        "player.look_at(goal.global_position)",
    ],
)
def test_lines_that_are_right(code: str) -> None:
    assert suspects(code) == []


def test_an_observation_of_the_place_in_the_world() -> None:
    assert suspects('return {"obs": [global_position.x / 10.0]}', "get_obs")
    assert not suspects("var away: Vector3 = to_local(goal.global_position)", "get_obs")


def test_a_literal_weighs_more_than_a_bound() -> None:
    text = "extends Node3D\nfunc a() -> void:\n\tif global_position.x > 9.0:\n\t\tpass\n"
    text += "\tglobal_position = Vector3.ZERO\n"
    assert [each.line for each in find_suspects([SceneScript("a.gd", text)])] == [5, 3]


def test_the_scripts_of_a_scene(tmp_path: Path) -> None:
    (tmp_path / "addons").mkdir()
    for name, text in {
        "main.tscn": """[gd_scene format=3]
[ext_resource type="Script" uid="uid://x" path="res://main.gd" id="1_a"]
[ext_resource type="PackedScene" path="res://player.tscn" id="2"]
[node name="Main" type="Node3D"]
script = ExtResource("1_a")
[node name="Team" type="Node3D" parent="."]
[node name="Hero" parent="Team" instance=ExtResource("2")]
""",
        "player.tscn": """[gd_scene format=3]
[ext_resource type="Script" path="res://player.gd" id="1"]
[node name="Player" type="Node3D"]
[node name="Body" type="Node3D" parent="."]
script = ExtResource("1")
""",
        "main.gd": 'extends Node3D\nconst COIN := preload("res://coin.gd")\n',
        "player.gd": "extends Walker\n",
        "walker.gd": "class_name Walker\nextends Node3D\n",
        "coin.gd": "extends Node3D\n",
        "other.gd": "extends Node3D\n",
        "addons/plugin.gd": "extends Node\n",
    }.items():
        (tmp_path / name).write_text(text)
    found = {script.path: script.node for script in scene_scripts(tmp_path, "res://main.tscn")}
    assert found == {
        "main.gd": "Main",
        "player.gd": "Team/Hero/Body",
        "walker.gd": "",
        "coin.gd": "",
    }
    everything = {script.path for script in scene_scripts(tmp_path, None)}
    assert everything == {"main.gd", "player.gd", "walker.gd", "coin.gd", "other.gd"}
