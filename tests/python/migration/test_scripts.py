"""GDScript texts before and after a migration."""

from __future__ import annotations

from pathlib import Path

import pytest

from rl_training.migration.context import Addon, Context, read_addon
from rl_training.migration.gdscript import Script, code_only, function_body, read_script
from rl_training.migration.report import Entry
from rl_training.migration.scripts import migrate_script
from rl_training.project_files import our_addon

_OURS = read_addon(our_addon())
# Our controllers without virtuals, whatever they declare today.
_BARE = Addon(
    Path("ours"),
    {
        "agents/ai_controller_3d.gd": Script(
            class_name="AIController3D",
            members={"reset": 1, "arena_index": 2, "get_obs_size": 3, "get_obs_space": 4},
            returns={"reset": "void", "get_obs_size": "int", "get_obs_space": "Dictionary"},
        ),
    },
    {"sync.gd": "uid://ours"},
)


def context(ours: Addon = _OURS, **scripts: str) -> Context:
    files = {f"{name}.gd": read_script(text) for name, text in scripts.items()}
    stock = Addon(Path("stock"), {}, {"sync.gd": "uid://theirs"})
    return Context(Path("project"), tuple(files), files, stock, ours)


def migrated(text: str, where: Context | None = None) -> tuple[str, list[Entry]]:
    return migrate_script("a.gd", text, where or context())


def left(text: str, where: Context | None = None) -> list[str]:
    return [f"{e.line}: {e.text}" for e in migrated(text, where)[1] if e.kind == "left"]


def test_paths_and_uids() -> None:
    text = (
        'extends Node\nconst A := preload("res://addons/godot_rl_agents/sync.gd")\n'
        'var b = load("uid://theirs")\n'
    )
    new, entries = migrated(text, context(_BARE))
    assert new == (
        'extends Node\nconst A := preload("res://addons/godot_rl/sync.gd")\n'
        'var b = load("uid://ours")\n'
    )
    assert [entry.line for entry in entries] == [2, 3]


@pytest.mark.parametrize("call", ["super._ready()", "super()"])
def test_super_of_a_virtual_that_our_class_has_not(call: str) -> None:
    text = f"extends AIController3D\n\nfunc _ready():\n\t{call}\n\treset()\n"
    new, entries = migrated(text, context(_BARE))
    assert new == "extends AIController3D\n\nfunc _ready():\n\tpass\n\treset()\n"
    assert [entry.kind for entry in entries] == ["change"]


def test_super_is_kept_where_the_class_between_has_it() -> None:
    base = "extends AIController3D\nclass_name Base\n\nfunc _ready():\n\tpass\n"
    text = "extends Base\n\nfunc _ready():\n\tsuper._ready()\n\nfunc reset():\n\tsuper.reset()\n"
    assert migrated(text, context(_BARE, base=base)) == (text, [])


def test_super_in_an_expression_is_left() -> None:
    text = "extends AIController3D\n\nfunc _ready():\n\tawait super._ready()\n"
    assert left(text, context(_BARE)) == [
        "4: calls _ready() of the plugin's class, which our class does not have"
    ]


def test_windows_line_ends_stay() -> None:
    text = "extends AIController3D\r\n\r\nfunc _ready():\r\n\tsuper._ready()\r\n"
    assert migrated(text, context(_BARE))[0] == text.replace("super._ready()", "pass")


def test_spelling_of_ray_sensors() -> None:
    text = (
        "extends Node3D\nvar a: RaycastSensor3D\n@onready var b = $RaycastSensor3D\n"
        '# RaycastSensor3D\nvar c = get_node("RaycastSensor3D")\nvar d: Array[RayCastSensor2D]\n'
    )
    new, entries = migrated(text)
    assert new == text.replace("a: RaycastSensor3D", "a: RayCastSensor3D").replace(
        "RayCastSensor2D", "RaycastSensor2D"
    )
    assert sorted(entry.line for entry in entries) == [2, 6]


def test_a_class_of_ones_own_keeps_its_name() -> None:
    own = "extends Node3D\nclass_name RaycastSensor3D\n"
    text = "extends Node\nvar a: RaycastSensor3D\n"
    assert migrated(text, context(own=own)) == (text, [])


def test_members_that_are_gone() -> None:
    text = (
        "extends AIController2D\nvar store := 1\n\nfunc get_info() -> Dictionary:\n"
        "\tif get_truncated():\n\t\tset_truncated_false()\n\treturn {}\n"
    )
    assert left(text) == [
        "5: get_truncated is not in our addon",
        "6: set_truncated_false is not in our addon",
    ]
    away = "extends Node\nfunc a(sync, ray_sensor):\n\tsync.all_agents[0].obs_done\n"
    away += "\tray_sensor.rays.clear()\n\tself.rays = 1\n"
    assert left(away) == [
        "3: obs_done is not in our addon",
        "3: all_agents is not in our addon",
        "4: rays is not in our addon",
    ]


def test_a_member_of_ones_own_is_not_gone() -> None:
    assert left("extends AIController2D\nvar obs_done := {}\nfunc a():\n\tobs_done = {}\n") == []


def test_names_that_our_class_has_too() -> None:
    text = (
        "extends AIController3D\nvar arena_index := 3\nfunc get_obs_size() -> int:\n\treturn 3\n"
        "func reset() -> void:\n\tpass\n"
    )
    assert left(text, context(_BARE)) == [
        "2: declares arena_index, which our class declares too",
        "3: get_obs_size() overrides a method of our class",
    ]


def test_return_types_that_do_not_fit() -> None:
    text = "extends AIController3D\nfunc get_obs_space() -> Array:\n\treturn []\n"
    assert left(text, context(_BARE)) == [
        "2: get_obs_space() returns Array; our class says Dictionary"
    ]


def test_models_of_dotnet() -> None:
    text = "extends Node\nvar m = ONNXModel.new(path, 1)\nfunc a():\n\tm.run_inference([], 1)\n"
    assert [line.split(":")[0] for line in left(text)] == ["2", "4"]


def test_agents_that_are_no_controllers() -> None:
    text = 'extends Node\nfunc _ready():\n\tadd_to_group("AGENT")\n\t# add_to_group("AGENT")\n'
    assert left(text) == ["3: an agent that is no AIController"]
    assert left(text.replace("extends Node", "extends AIController2D")) == []


def test_a_subclass_of_sync_is_left() -> None:
    text = 'extends "res://addons/godot_rl_agents/sync.gd"\n'
    assert left(text) == ["1: extends Sync"]


def test_files_without_counterpart_are_left_but_not_in_comments() -> None:
    text = 'extends Node\n# res://addons/godot_rl_agents/mine.gd\nvar a = load("%s")\n'
    mine = "res://addons/godot_rl_agents/mine.gd"
    assert left(text % mine) == [f"3: {mine} has no counterpart"]


def test_own_counting_is_noted() -> None:
    text = "extends AIController2D\n\nfunc _physics_process(_d):\n\t%s\n"
    for body in ("n_steps += 1", "pass"):
        _, entries = migrated(text % body)
        assert [entry.kind for entry in entries] == ["note"]


def test_code_only_keeps_length_and_lines() -> None:
    text = 'var a = "x # y" # z "\nvar b = $Node/Path.c\nvar d = """\nfunc e():\n"""\n'
    code = code_only(text)
    assert len(code) == len(text)
    assert code.count("\n") == text.count("\n")
    for word in ("x", "z", "Node", "func"):
        assert word not in code


def test_read_script() -> None:
    script = read_script(
        "@tool\nclass_name Thing\nextends Node2D\n\nconst A: int = 1\n"
        '@export_range(0.1, 2.0, 0.1, "or_greater") var width: float = 1.5:\n\tset(v):\n\t\tpass\n'
        '@export var text := "a: b"\n@export_group("G")\n@onready var node = $X\n'
        "static func make(\n\ta: int = f(2), b: Array = []\n) -> Array[int]:\n\tvar inner = 1\n"
    )
    assert (script.class_name, script.extends) == ("Thing", "Node2D")
    assert script.exports == {"width": "1.5", "text": '"a: b"'}
    assert set(script.members) == {"A", "width", "text", "node", "make"}
    assert script.returns == {"make": "Array[int]"}


@pytest.mark.parametrize(
    "head", ["@tool\nclass_name A\nextends B\n", "class_name A extends B\n", "@tool extends B\n"]
)
def test_heads_of_scripts(head: str) -> None:
    script = read_script(head)
    assert script.extends == "B"
    assert script.class_name == ("A" if "class_name" in head else "")


def test_function_body_ends_at_the_next_declaration() -> None:
    code = "func a(\n\tb = (1)\n):\n\tpass\n\nfunc c():\n\tpass\n"
    body = function_body(code, "a")
    assert body is not None
    assert code[slice(*body)] == ":\n\tpass\n\n"
