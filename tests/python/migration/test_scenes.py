"""Scenes and resources before and after a migration."""

from __future__ import annotations

from pathlib import Path

import pytest

from rl_training.migration.context import Context, read_context
from rl_training.migration.report import Entry
from rl_training.migration.scene_text import read_sections, start_lines, write_sections
from rl_training.migration.scenes import migrate_scene
from tests.python.migration import projects

STOCK = f"res://{projects.STOCK}"


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return read_context(projects.reach_3d(tmp_path))


def left(entries: list[Entry]) -> list[tuple[int, str]]:
    return [(entry.line, entry.text) for entry in entries if entry.kind == "left"]


def test_reading_and_writing_keeps_every_character() -> None:
    text = (
        '[gd_scene format=3]\r\n\r\n[sub_resource type="GDScript" id="1"]\r\n'
        'script/source = "extends Node\r\n\r\n[node name=\\"no\\"]\r\n"\r\n\r\n'
        '[node name="A [b]" type="Node"]\nevents = {\n"a": [1,\n2]\n}\nlast = 1'
    )
    sections = read_sections(text)
    assert [section.kind for section in sections] == ["", "gd_scene", "sub_resource", "node"]
    assert write_sections(sections) == text
    assert sections[3].attribute("name") == "A [b]"
    assert sections[3].value("last") == "1"
    assert start_lines(sections)[id(sections[3])] == 9


def test_stored_rays_and_cells_are_taken_out(context: Context) -> None:
    text = (context.root / "scenes/player.tscn").read_text()
    new, entries = migrate_scene("scenes/player.tscn", text, context)
    for gone in ("RayCast3D", "GridCell", "BoxShape3D_cell"):
        assert gone not in new
    assert "CapsuleShape3D_1" in new
    assert "load_steps=6" in new
    lines = new.splitlines()
    for entry in entries:
        if "taken out" in entry.text:
            assert entry.text.split()[3] in lines[entry.line - 1]


def test_a_ray_of_the_games_own_stays(context: Context) -> None:
    text = (
        '[gd_scene format=3]\n\n[ext_resource type="Script" '
        f'path="{STOCK}/sensors/sensors_3d/RaycastSensor3D.gd" id="1"]\n\n'
        '[node name="S" type="Node3D"]\nscript = ExtResource("1")\n\n'
        '[node name="MyRay" type="RayCast3D" parent="."]\n\n'
        '[node name="node_0 0" type="RayCast3D" parent="."]\n'
    )
    new, _ = migrate_scene("a.tscn", text, context)
    assert "MyRay" in new
    assert "node_0" not in new


def test_uids_become_ours_or_go(context: Context) -> None:
    text = (
        f'[gd_scene format=3]\n\n[ext_resource type="Script" uid="{projects.SYNC_UID}" '
        f'path="{STOCK}/sync.gd" id="1"]\n[ext_resource type="Script" '
        f'uid="{projects.SYNC_UID}" path="res://moved.gd" id="2"]\n'
        f'[ext_resource type="Script" uid="uid://unknown" path="{STOCK}/Sync.gd" id="3"]\n'
    )
    new, _ = migrate_scene("a.tscn", text, context)
    uid = context.ours.uids["sync.gd"]
    line = f'[ext_resource type="Script" uid="{uid}" path="res://addons/godot_rl/sync.gd" id='
    assert new == f'[gd_scene format=3]\n\n{line}"1"]\n{line}"2"]\n{line}"3"]\n'


def test_a_default_that_differs_is_written(context: Context) -> None:
    text = (context.root / "scenes/player.tscn").read_text()
    new, entries = migrate_scene("scenes/player.tscn", text, context)
    grid = new.partition('name="Grid"')[2]
    assert "\ncollide_with_bodies = true\n" in grid
    # n_rays_width is 6.0 there and 6 here: the same.
    assert [entry.text for entry in entries if "stock default" in entry.text] == [
        "Grid.collide_with_bodies = true: the stock default, ours differs"
    ]


def test_a_value_of_the_scene_is_kept(context: Context) -> None:
    text = (
        '[gd_scene format=3]\n\n[ext_resource type="Script" '
        f'path="{STOCK}/sensors/sensors_3d/GridSensor3D.gd" id="1"]\n\n'
        '[node name="G" type="Node3D"]\nscript = ExtResource("1")\ncollide_with_bodies = false\n'
    )
    new, _ = migrate_scene("a.tscn", text, context)
    assert "collide_with_bodies = true" not in new


def test_scripts_inside_scenes(context: Context) -> None:
    text = (
        '[gd_scene format=3]\n\n[sub_resource type="GDScript" id="1"]\n'
        f'script/source = "extends \\"{STOCK}/controller/ai_controller_3d.gd\\"\n\n'
        'func get_info():\n\treturn {\\"a\\": get_truncated()}\n"\n\n'
        '[node name="A" type="Node3D"]\nscript = SubResource("1")\n'
    )
    new, entries = migrate_scene("a.tscn", text, context)
    assert 'extends \\"res://addons/godot_rl/agents/ai_controller_3d.gd\\"' in new
    assert left(entries) == [(7, "get_truncated is not in our addon")]
    assert "get_truncated" in new.splitlines()[6]


def test_agents_by_group_alone_are_left(context: Context) -> None:
    text = (
        '[gd_scene format=3]\n\n[ext_resource type="Script" path="res://scenes/player.gd" id="1"]\n'
        '[ext_resource type="Script" path="res://scenes/player_controller.gd" id="2"]\n\n'
        '[node name="P" type="CharacterBody3D" groups=["AGENT"]]\nscript = ExtResource("1")\n\n'
        '[node name="AI" type="Node3D" parent="." groups=["AGENT"]]\nscript = ExtResource("2")\n\n'
        '[node name="Made" parent="." groups=["AGENT"] instance=ExtResource("3")]\n'
    )
    new, entries = migrate_scene("a.tscn", text, context)
    assert new == text
    assert left(entries) == [(6, "the node P is in the group AGENT, but is no AIController")]


def test_files_without_counterpart(context: Context) -> None:
    text = f'[gd_scene format=3]\n\n[ext_resource path="{STOCK}/mine.tscn" id="1"]\n'
    new, entries = migrate_scene("a.tscn", text, context)
    assert new == text
    assert left(entries) == [(3, f"{STOCK}/mine.tscn has no counterpart")]


def test_overrides_inside_a_camera_scene(tmp_path: Path) -> None:
    context = read_context(projects.camera(tmp_path))
    new, entries = migrate_scene("world.tscn", (tmp_path / "world.tscn").read_text(), context)
    wide, plain = new.split('name="Wide"')[1].split('name="Plain"')
    assert "render_image_resolution = Vector2i(64, 48)" in wide
    assert '[node name="Camera" parent="Wide/SubViewport" index="0"]\nfov = 100.0' in wide
    for gone in ("RemoteTransform3D", "TextureRect", "Camera3D", "\nsize ="):
        assert gone not in wide
    assert "render_image_resolution = Vector2i(32, 32)" in plain
    assert left(entries) == []
