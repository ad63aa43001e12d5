"""Small Godot projects in the formats that projects with the stock plugin have.

All text is our own: the formats (paths, uids, stored nodes, property types, C# files) are those of
the peer's example games. The plugin folder holds the names and defaults that a migration reads, not
the plugin.
"""

from __future__ import annotations

from pathlib import Path

STOCK = "addons/godot_rl_agents"
SYNC_UID = "uid://d4beros1x11jq"
RAYCAST_2D_SCENE_UID = "uid://drvfihk5esgmv"
GRID_DEFAULT = "true"

_PLUGIN: dict[str, str] = {
    "plugin.cfg": '[plugin]\n\nname="stand-in"\nscript="godot_rl_agents.gd"\n',
    "godot_rl_agents.gd": "@tool\nextends EditorPlugin\n",
    "sync.gd": "extends Node\nclass_name Sync\n\n"
    "enum ControlModes { HUMAN, TRAINING, ONNX_INFERENCE }\n"
    "@export var control_mode: ControlModes = ControlModes.TRAINING\n"
    "@export_range(1, 10, 1) var action_repeat := 8\n@export var speed_up := 1.0\n"
    '@export var onnx_model_path := ""\nvar all_agents: Array\n',
    "controller/ai_controller_2d.gd": "extends Node2D\nclass_name AIController2D\n"
    "@export var reset_after := 1000\nvar done := false\n\nfunc _ready():\n\tpass\n",
    "controller/ai_controller_3d.gd": "extends Node3D\nclass_name AIController3D\n"
    "@export var reset_after := 1000\nvar done := false\n\nfunc _ready():\n\tpass\n",
    "onnx/wrapper/ONNX_wrapper.gd": "extends Resource\nclass_name ONNXModel\n",
    "onnx/csharp/ONNXInference.cs": "// stand-in\n",
    "sensors/sensors_2d/RaycastSensor2D.gd": "@tool\nextends Node2D\nclass_name RaycastSensor2D\n"
    "@export var n_rays := 16.0:\n\tset(value):\n\t\tn_rays = value\n"
    "@export_range(5, 3000, 5.0) var ray_length := 200\n",
    "sensors/sensors_2d/RaycastSensor2D.tscn": "[gd_scene load_steps=2 format=3 "
    f'uid="{RAYCAST_2D_SCENE_UID}"]\n\n[ext_resource type="Script" '
    f'path="res://{STOCK}/sensors/sensors_2d/RaycastSensor2D.gd" id="1"]\n\n'
    '[node name="RaycastSensor2D" type="Node2D"]\nscript = ExtResource("1")\n',
    "sensors/sensors_3d/ISensor3D.gd": "extends Node3D\nclass_name ISensor3D\n",
    "sensors/sensors_3d/RaycastSensor3D.gd": "@tool\nextends ISensor3D\n"
    "class_name RayCastSensor3D\n@export var n_rays_width := 6.0\n@export var ray_length := 10.0\n",
    "sensors/sensors_3d/GridSensor3D.gd": "@tool\nextends ISensor3D\nclass_name GridSensor3D\n"
    f"@export var debug_view := false\n@export var collide_with_bodies := {GRID_DEFAULT}:\n"
    "\tset(value):\n\t\tcollide_with_bodies = value\n@export var cell_width := 1.0\n",
    "sensors/sensors_3d/RGBCameraSensor3D.gd": "extends Node3D\nclass_name RGBCameraSensor3D\n",
    "sensors/sensors_3d/RGBCameraSensor3D.tscn": "[gd_scene load_steps=2 format=3 "
    'uid="uid://baaywi3arsl2m"]\n\n[node name="RGBCameraSensor3D" type="Node3D"]\n\n'
    '[node name="SubViewport" type="SubViewport" parent="."]\nsize = Vector2i(32, 32)\n',
}
_UIDS = {
    "sync.gd": SYNC_UID,
    "sensors/sensors_3d/RaycastSensor3D.gd": "uid://b1fvnvl2twpjo",
    "controller/ai_controller_2d.gd": "uid://cqxm2wb8k1vvx",
}


def write(root: Path, files: dict[str, str]) -> Path:
    """Write text files below `root` and return it."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return root


def add_stock_plugin(root: Path) -> None:
    """Put the plugin's folder into a project."""
    write(root / STOCK, _PLUGIN)
    write(root / STOCK, {f"{name}.uid": f"{uid}\n" for name, uid in _UIDS.items()})


def settings(name: str, scene: str, *, dotnet: bool = False, more: str = "") -> str:
    """Return a project.godot as the editor writes it."""
    features = '"4.3", "C#", "Forward Plus"' if dotnet else '"4.3", "Forward Plus"'
    section = f'[dotnet]\n\nproject/assembly_name="{name}"\n\n' if dotnet else ""
    return (
        "; Engine configuration file.\n\nconfig_version=5\n\n[application]\n\n"
        f'config/name="{name}"\nrun/main_scene="res://{scene}"\n'
        f"config/features=PackedStringArray({features})\n\n{section}[editor_plugins]\n\n"
        f'enabled=PackedStringArray("res://{STOCK}/plugin.cfg")\n\n[input]\n\n'
        'go_left={\n"deadzone": 0.5,\n"events": []\n}\n' + more
    )


CSPROJ = """<Project Sdk="Godot.NET.Sdk/4.3.0">
  <PropertyGroup>
    <TargetFramework>net6.0</TargetFramework>
    <EnableDynamicLoading>true</EnableDynamicLoading>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Microsoft.ML.OnnxRuntime" Version="1.15.1" />
    <PackageReference Include="Microsoft.ML.OnnxRuntime.Gpu" Version="1.15.1" />
  </ItemGroup>
</Project>
"""


def chase_2d(root: Path) -> Path:
    """A 2D game: copies of a scene, a Sync node, .NET for ONNX, a controller that counts steps."""
    add_stock_plugin(root)
    return write(
        root,
        {
            "project.godot": settings("Chase", "batch.tscn", dotnet=True),
            "Chase.csproj": CSPROJ,
            "Chase.sln": "Microsoft Visual Studio Solution File\n",
            "batch.tscn": '[gd_scene load_steps=3 format=3 uid="uid://b6wx3tp61hta1"]\n\n'
            '[ext_resource type="PackedScene" uid="uid://bj8j0v5unrea2" path="res://chase.tscn" '
            'id="1"]\n'
            f'[ext_resource type="Script" path="res://{STOCK}/sync.gd" id="2"]\n\n'
            '[node name="Batch" type="Node2D"]\n\n'
            '[node name="Chase" parent="." instance=ExtResource("1")]\n\n'
            '[node name="Chase2" parent="." instance=ExtResource("1")]\n'
            "position = Vector2(1305.28, 0)\n\n"
            '[node name="Sync" type="Node" parent="."]\nscript = ExtResource("2")\n'
            'speed_up = 8\naction_repeat = 4\nonnx_model_path = "model.onnx"\n',
            "chase.tscn": '[gd_scene load_steps=6 format=3 uid="uid://bj8j0v5unrea2"]\n\n'
            '[ext_resource type="Script" path="res://player.gd" id="1_a"]\n'
            '[ext_resource type="Script" path="res://player_controller.gd" id="2_b"]\n'
            f'[ext_resource type="PackedScene" uid="{RAYCAST_2D_SCENE_UID}" '
            f'path="res://{STOCK}/sensors/sensors_2d/RaycastSensor2D.tscn" id="3_c"]\n\n'
            '[sub_resource type="CircleShape2D" id="CircleShape2D_1"]\nradius = 30.0\n\n'
            '[sub_resource type="RectangleShape2D" id="RectangleShape2D_1"]\n'
            "size = Vector2(20, 720)\n\n"
            '[node name="Chase" type="Node2D"]\n\n'
            '[node name="Player" type="CharacterBody2D" parent="."]\nposition = Vector2(300, 200)\n'
            'script = ExtResource("1_a")\n\n'
            '[node name="Shape" type="CollisionShape2D" parent="Player"]\n'
            'shape = SubResource("CircleShape2D_1")\n\n'
            '[node name="AIController2D" type="Node2D" parent="Player"]\n'
            'script = ExtResource("2_b")\nreset_after = 40\n\n'
            '[node name="RaycastSensor2D" parent="Player" instance=ExtResource("3_c")]\n'
            "n_rays = 9.0\nray_length = 500\n\n"
            '[node name="Wall" type="StaticBody2D" parent="."]\nposition = Vector2(10, 360)\n\n'
            '[node name="Shape" type="CollisionShape2D" parent="Wall"]\n'
            'shape = SubResource("RectangleShape2D_1")\n',
            "player.gd": "extends CharacterBody2D\n\nvar move := Vector2.ZERO\n"
            "@onready var ai: AIController2D = $AIController2D\n"
            "@onready var sensor = $RaycastSensor2D\n\n\n"
            "func _ready():\n\tai.init(self)\n\tsensor.activate()\n\n\n"
            "func _physics_process(_delta):\n\tif ai.needs_reset:\n\t\tai.reset()\n"
            "\t\tposition = Vector2(300, 200)\n\tvelocity = move * 100.0\n\tmove_and_slide()\n"
            "\tai.reward -= 0.01\n",
            "player_controller.gd": "extends AIController2D\n\n\n"
            "func _ready():\n\tsuper._ready()\n\treset()\n\n\n"
            "func _physics_process(_delta):\n\tn_steps += 1\n\tif n_steps > reset_after:\n"
            "\t\tneeds_reset = true\n\t\tdone = true\n\n\n"
            "func get_reward():\n\treturn reward\n\n\n"
            "func get_obs():\n\tvar result := [_player.position.x / 1280.0]\n"
            "\tresult.append_array(_player.sensor.get_observation())\n"
            '\treturn {"obs": result}\n\n\n'
            'func set_action(action):\n\t_player.move = Vector2(action["move"][0], '
            'action["move"][1])\n\n\n'
            "func get_action_space():\n"
            '\treturn {"move": {"size": 2, "action_type": "continuous"}}\n',
        },
    )


def reach_3d(root: Path) -> Path:
    """A 3D game: stored rays and cells, node paths, an inherited scene, a base controller."""
    add_stock_plugin(root)
    rays = "".join(
        f'[node name="{name}" type="RayCast3D" parent="AIController3D/Rays"]\n'
        f"target_position = Vector3({index}, 0, 8)\n\n"
        for index, name in enumerate(("node_0 0", "@RayCast3D@69341", "@node_1 0@18993"))
    )
    cells = "".join(
        f'[node name="GridCell 0 {index}" type="Area3D" parent="AIController3D/Grid"]\n'
        "collision_layer = 0\ncollision_mask = 1\ninput_ray_pickable = false\n\n"
        f'[node name="CollisionShape3D" type="CollisionShape3D" '
        f'parent="AIController3D/Grid/GridCell 0 {index}"]\n'
        'shape = SubResource("BoxShape3D_cell")\n\n'
        for index in range(2)
    )
    return write(
        root,
        {
            "project.godot": settings(
                "Reach",
                "scenes/training.tscn",
                more="\n[physics]\n\ncommon/physics_ticks_per_second=90\n",
            ),
            "scenes/training.tscn": '[gd_scene load_steps=4 format=3 uid="uid://b12majbajmkb1"]\n\n'
            '[ext_resource type="PackedScene" path="res://scenes/fast_player.tscn" id="1_p"]\n'
            f'[ext_resource type="Script" uid="{SYNC_UID}" path="res://{STOCK}/sync.gd" '
            'id="2_s"]\n\n'
            '[sub_resource type="BoxShape3D" id="BoxShape3D_g"]\nsize = Vector3(10, 1, 10)\n\n'
            '[node name="Training" type="Node3D"]\n\n'
            '[node name="Ground" type="StaticBody3D" parent="."]\n'
            "transform = Transform3D(1, 0, 0, 0, 1, 0, 0, 0, 1, 0, -0.5, 0)\n\n"
            '[node name="Shape" type="CollisionShape3D" parent="Ground"]\n'
            'shape = SubResource("BoxShape3D_g")\n\n'
            '[node name="Player" parent="." instance=ExtResource("1_p")]\n\n'
            '[node name="Sync" type="Node" parent="."]\nscript = ExtResource("2_s")\n'
            "control_mode = 1\nspeed_up = 16.0\n",
            "scenes/fast_player.tscn": "[gd_scene load_steps=2 format=3 "
            'uid="uid://fhnd4o88w5b2"]\n\n'
            '[ext_resource type="PackedScene" uid="uid://fhnd4o88w5b1" '
            'path="res://scenes/player.tscn" id="1"]\n\n'
            '[node name="FastPlayer" instance=ExtResource("1")]\nspeed = 8.0\n\n'
            '[node name="AIController3D" parent="." index="1"]\nreset_after = 30\n\n'
            '[node name="Rays" parent="AIController3D" index="0"]\nray_length = 4.0\n',
            "scenes/player.tscn": '[gd_scene load_steps=7 format=3 uid="uid://fhnd4o88w5b1"]\n\n'
            '[ext_resource type="Script" path="res://scenes/player.gd" id="1_p"]\n'
            '[ext_resource type="Script" path="res://scenes/player_controller.gd" id="2_c"]\n'
            f'[ext_resource type="Script" uid="uid://b1fvnvl2twpjo" '
            f'path="res://{STOCK}/sensors/sensors_3d/RaycastSensor3D.gd" id="3_r"]\n'
            f'[ext_resource type="Script" '
            f'path="res://{STOCK}/sensors/sensors_3d/GridSensor3D.gd" id="4_g"]\n\n'
            '[sub_resource type="CapsuleShape3D" id="CapsuleShape3D_1"]\nradius = 0.25\n'
            "height = 1.0\n\n"
            '[sub_resource type="BoxShape3D" id="BoxShape3D_cell"]\nsize = Vector3(1, 1, 1)\n\n'
            '[node name="Player" type="CharacterBody3D" '
            'node_paths=PackedStringArray("ai_controller")]\n'
            "transform = Transform3D(1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0.5, 0)\n"
            'script = ExtResource("1_p")\nai_controller = NodePath("AIController3D")\n\n'
            '[node name="Shape" type="CollisionShape3D" parent="."]\n'
            'shape = SubResource("CapsuleShape3D_1")\n\n'
            '[node name="AIController3D" type="Node3D" parent="." '
            'node_paths=PackedStringArray("player", "sensors")]\n'
            'script = ExtResource("2_c")\nplayer = NodePath("..")\n'
            'sensors = [NodePath("Rays"), NodePath("Grid")]\npolicy_name = "runner"\n\n'
            '[node name="Rays" type="Node3D" parent="AIController3D"]\n'
            "transform = Transform3D(1, 0, 0, 0, 0, -1, 0, 1, 0, 0, 0, 0)\n"
            'script = ExtResource("3_r")\nn_rays_width = 3.0\nn_rays_height = 1.0\n\n'
            + rays
            + '[node name="Grid" type="Node3D" parent="AIController3D"]\n'
            'script = ExtResource("4_g")\ndetection_mask = 1\n\n' + cells,
            "scenes/player.gd": "extends CharacterBody3D\nclass_name Player\n\n"
            "@export var speed := 5.0\n@export var ai_controller: BaseController\n"
            "var wanted: Vector2\n\n\n"
            "func _physics_process(_delta: float) -> void:\n"
            '\tif ai_controller.heuristic == "human":\n'
            '\t\twanted = Input.get_vector("ui_left", "ui_right", "ui_up", "ui_down")\n'
            "\tvelocity = Vector3(wanted.x, 0.0, wanted.y) * speed\n"
            "\tif not ai_controller.done:\n\t\tmove_and_slide()\n",
            "scenes/base_controller.gd": "extends AIController3D\nclass_name BaseController\n\n\n"
            'func _ready():\n\tsuper()\n\tprint("base")\n\n\n'
            "func reset():\n\tsuper.reset()\n",
            "scenes/player_controller.gd": "extends BaseController\n\n"
            "@export var player: Player\n@export var sensors: Array[Node3D]\n\n\n"
            "func _ready():\n\tsuper._ready()\n\n\n"
            "func _physics_process(delta):\n\tsuper._physics_process(delta)\n"
            "\tif needs_reset:\n\t\tplayer.position = Vector3(0.0, 0.5, 0.0)\n\t\treset()\n\n\n"
            "func get_obs() -> Dictionary:\n\tvar obs: PackedFloat32Array = []\n"
            "\tfor sensor in sensors:\n\t\tobs.append_array(sensor.get_observation())\n"
            '\treturn {"obs": obs}\n\n\n'
            "func get_reward() -> float:\n\treturn reward\n\n\n"
            "func get_action_space() -> Dictionary:\n"
            '\treturn {"move": {"size": 2, "action_type": "continuous"}}\n\n\n'
            "func set_action(action) -> void:\n"
            "\tplayer.wanted = Vector2(action.move[0], action.move[1])\n",
        },
    )


def memory(root: Path) -> Path:
    """Bare controllers, discrete actions, episodes that end inside set_action."""
    add_stock_plugin(root)
    return write(
        root,
        {
            "project.godot": settings("Memory", "training.tscn"),
            "training.tscn": '[gd_scene load_steps=3 format=3 uid="uid://cpce2lhgw67b1"]\n\n'
            '[ext_resource type="Script" path="res://recall.gd" id="1_r"]\n'
            f'[ext_resource type="Script" uid="{SYNC_UID}" path="res://{STOCK}/sync.gd" '
            'id="2_s"]\n\n'
            '[node name="Training" type="Node2D"]\n\n'
            '[node name="One" type="Node2D" parent="."]\nscript = ExtResource("1_r")\n\n'
            '[node name="Two" type="Node2D" parent="."]\nscript = ExtResource("1_r")\n\n'
            '[node name="Sync" type="Node" parent="."]\nscript = ExtResource("2_s")\n'
            "action_repeat = 1\nspeed_up = 100.0\n",
            "recall.gd": f'extends "res://{STOCK}/controller/ai_controller_2d.gd"\n\n'
            "var answer := 0\nvar asked := 0\n\n\n"
            "func get_obs() -> Dictionary:\n"
            '\treturn {"obs": [float(answer) if asked == 0 else 0.0, float(asked)]}\n\n\n'
            "func _physics_process(_delta):\n\treturn\n\n\n"
            "func reset():\n\tasked = 0\n\tn_steps = 0\n\tneeds_reset = false\n"
            "\tanswer = randi_range(0, 2)\n\n\n"
            "func get_reward() -> float:\n\treturn reward\n\n\n"
            "func get_action_space() -> Dictionary:\n"
            '\treturn {"answer": {"size": 3, "action_type": "discrete"}}\n\n\n'
            "func set_action(action) -> void:\n\tasked += 1\n\tif asked == 4:\n"
            "\t\treward = -absf(action.answer - answer)\n\t\tdone = true\n\t\treset()\n",
        },
    )


def camera(root: Path) -> Path:
    """An older camera scene, instanced with overrides inside it."""
    add_stock_plugin(root)
    sensor = f"res://{STOCK}/sensors/sensors_3d/RGBCameraSensor3D.tscn"
    return write(
        root,
        {
            "project.godot": settings("Camera", "world.tscn"),
            "world.tscn": '[gd_scene load_steps=3 format=3 uid="uid://df4wlurc5gub1"]\n\n'
            '[ext_resource type="Script" path="res://looker.gd" id="1"]\n'
            f'[ext_resource type="PackedScene" uid="uid://baaywi3arsl2m" path="{sensor}" '
            'id="3"]\n\n'
            '[node name="World" type="Node3D"]\n\n'
            '[node name="AIController3D" type="Node3D" parent="."]\nscript = ExtResource("1")\n\n'
            '[node name="Wide" parent="." instance=ExtResource("3")]\n\n'
            '[node name="RemoteTransform3D" parent="Wide" index="0"]\n'
            'remote_path = NodePath("../SubViewport/Camera3D")\n\n'
            '[node name="SubViewport" parent="Wide" index="1"]\nsize = Vector2i(64, 48)\n\n'
            '[node name="Camera3D" parent="Wide/SubViewport" index="0"]\nfov = 100.0\n\n'
            '[node name="TextureRect" parent="Wide/Control" index="0"]\nvisible = false\n\n'
            '[node name="Plain" parent="." instance=ExtResource("3")]\n\n'
            '[editable path="Wide"]\n',
            "looker.gd": "extends AIController3D\n\n\n"
            'func get_obs() -> Dictionary:\n\treturn {"obs": [0.0]}\n\n\n'
            "func get_reward() -> float:\n\treturn reward\n\n\n"
            "func get_action_space() -> Dictionary:\n"
            '\treturn {"look": {"size": 1, "action_type": "continuous"}}\n\n\n'
            "func set_action(_action) -> void:\n\tpass\n",
        },
    )
