class_name VoxelView
extends "res://scenes/shared/scene_view.gd"
## Everything that only a spectator or a person who plays sees of `voxel_stress`.
##
## It gives the terrain its material. The first view in a window gets camera and gauges.

const GROUP: StringName = &"voxel_view"
## Where the parts are: loaded only where somebody looks.
const PARTS: String = "res://scenes/voxel_stress/view/"

@export var terrain: VoxelTerrain
@export var walker: VoxelWalker
@export var stress: VoxelStress
@export var controller: VoxelStressController


## Adds the parts that this view shows.
func build() -> void:
	var ground: ShaderMaterial = ShaderMaterial.new()
	ground.shader = load(PARTS + "ground.gdshader")
	terrain.material = ground
	var is_first: bool = enter(GROUP)
	add_parts(PARTS, ["runner_view.gd"])
	if is_first or has_own_world():
		add_parts(PARTS, ["daylight.gd"])
	if is_first:
		add_parts(PARTS, ["chase_camera.gd", "gauges.gd"])
