"""The tables of differences hold for our addon as it is."""

from __future__ import annotations

import pytest

from rl_training.migration.context import Addon, read_addon
from rl_training.migration.stock import (
    CONTROLLER_MEMBERS,
    CONTROLLERS,
    FILES,
    FOLDERS,
    GONE_FROM_CONTROLLERS,
    GONE_FROM_SENSORS,
    GONE_FROM_SYNC,
    SPELLINGS,
    references,
    stock_file,
)
from rl_training.project_files import our_addon

# The stock plugin calls these virtuals by super; whether ours has them is asked at each migration.
_VIRTUALS = {"_ready", "_physics_process"}


@pytest.fixture(scope="module")
def ours() -> Addon:
    return read_addon(our_addon())


def test_every_counterpart_exists() -> None:
    folder = our_addon()
    assert [path for path in FILES.values() if not (folder / path).is_file()] == []
    assert [path for path in FOLDERS.values() if not (folder / path).is_dir()] == []


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_controllers_have_all_members_but_those_listed(ours: Addon, controller: str) -> None:
    missing = CONTROLLER_MEMBERS - set(ours.members_of(controller)) - _VIRTUALS
    assert missing == {gone.name for gone in GONE_FROM_CONTROLLERS}


def test_members_listed_as_gone_are_gone(ours: Addon) -> None:
    sync = ours.members_of("sync.gd")
    assert [gone.name for gone in GONE_FROM_SYNC if gone.name in sync] == []
    for inside in ours.scripts:
        if inside.startswith("sensors/sensors_"):
            members = ours.members_of(inside)
            assert [gone.name for gone in GONE_FROM_SENSORS if gone.name in members] == []


def test_the_right_spelling_is_a_class_of_ours(ours: Addon) -> None:
    assert [right for right in SPELLINGS.values() if ours.file_of_class(right) is None] == []
    assert [wrong for wrong in SPELLINGS if ours.file_of_class(wrong)] == []


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("res://addons/godot_rl_agents/sync.gd", "res://addons/godot_rl/sync.gd"),
        ("res://addons/godot_rl_agents/plugin.cfg", "res://addons/godot_rl/plugin.cfg"),
        (
            "res://addons/godot_rl_agents/sensors/sensors_3d/RayCastSensor3D.gd",
            "res://addons/godot_rl/sensors/sensors_3d/raycast_sensor_3d.gd",
        ),
        ("addons/godot_rl_agents/*", "addons/godot_rl/*"),
        ("addons/godot_rl_agents/controller/*.gd", "addons/godot_rl/agents/*.gd"),
        ("res://addons/godot_rl_agents", "res://addons/godot_rl"),
        ("res://addons/godot_rl_agents/my_own.gd", None),
    ],
)
def test_paths(text: str, new: str | None) -> None:
    assert [found.new for found in references(f'x = "{text}"')] == [new]


def test_other_folders_are_not_touched() -> None:
    assert references("res://addons/godot_rl_agents_extra/a.gd") == []
    assert references("other/addons/godot_rl_agents/a.gd") == []
    assert stock_file("res://player.gd") is None
