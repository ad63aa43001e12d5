class_name LandingView
extends Node3D
## Everything that only a spectator sees of the landing: ground, craft, flames, sky, display.
##
## It frees itself where nothing is drawn, before any of its parts is loaded, so training pays
## nothing for it. Its parts read the scene and never change it. The first view in a window gets
## camera, sky and display; those of other arenas show their ground and their craft only.

const GROUP: StringName = &"landing_view"
## Where the parts are: loaded only where somebody looks.
const PARTS: String = "res://scenes/spacecraft_landing/view/"

@export var lander: Lander
@export var terrain: LandingTerrain
@export var pilot: LanderPilot
@export var walk: LandingWalk
@export var controller: SpacecraftLandingController


func _ready() -> void:
	if DisplayServer.get_name() == "headless":
		queue_free()
		return
	var is_first: bool = get_tree().get_nodes_in_group(GROUP).is_empty()
	add_to_group(GROUP)
	add_part("ground_view.gd")
	add_part("craft_view.gd")
	add_part("pilot_view.gd")
	if is_first:
		add_part("martian_sky.gd")
		add_part("landing_camera.gd")
		add_part("landing_display.gd")


## Adds a part of the view: a script of that folder that takes this view as its only argument.
func add_part(file: String) -> Node:
	var script: GDScript = load(PARTS + file)
	var part: Node = script.new(self)
	add_child(part)
	return part
