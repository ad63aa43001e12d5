class_name VoxelView
extends Node3D
## Everything that only a spectator or a person who plays sees of `voxel_stress`.
##
## It frees itself where nothing is drawn, before any of its parts is loaded, so training pays
## nothing for it. It gives the terrain its material; its parts read the scene and never change it.
## The first view in a window gets camera and gauges.

const GROUP: StringName = &"voxel_view"
## Where the parts are: loaded only where somebody looks.
const PARTS: String = "res://scenes/voxel_stress/view/"

@export var terrain: VoxelTerrain
@export var walker: VoxelWalker
@export var stress: VoxelStress
@export var controller: VoxelStressController


func _ready() -> void:
	if DisplayServer.get_name() == "headless":
		queue_free()
		return
	build()


## Adds the parts that this view shows.
func build() -> void:
	var ground: ShaderMaterial = ShaderMaterial.new()
	ground.shader = load(PARTS + "ground.gdshader")
	terrain.material = ground
	var is_first: bool = get_tree().get_nodes_in_group(GROUP).is_empty()
	add_to_group(GROUP)
	add_part("runner_view.gd")
	if is_first or get_world_3d() != get_tree().root.find_world_3d():
		add_part("daylight.gd")
	if is_first:
		add_part("chase_camera.gd")
		add_part("gauges.gd")


## Adds a part of the view: a script of that folder that takes this view as its only argument.
func add_part(file: String) -> Node:
	var script: GDScript = load(PARTS + file)
	var part: Node = script.new(self)
	add_child(part)
	return part
