class_name NavView
extends Node3D
## Everything that only a spectator, a person who plays or a wearer sees of VR navigation.
##
## It frees itself where nothing is drawn, before any of its parts is loaded, so training pays
## nothing for it. Its parts read the scene and never change it. The first view in a window gets
## cameras and the display; those of other arenas show their course and their player only.

const GROUP: StringName = &"nav_view"
## Where the parts are: loaded only where somebody looks.
const PARTS: String = "res://scenes/vr_navigation/view/"

@export var player: NavPlayer
@export var course: NavCourse
@export var controller: VRNavigationController
@export var rays: NavRays


func _ready() -> void:
	if DisplayServer.get_name() == "headless":
		queue_free()
		return
	build()


## Adds the parts that this view shows.
func build() -> void:
	var is_first: bool = get_tree().get_nodes_in_group(GROUP).is_empty()
	add_to_group(GROUP)
	add_part("course_view.gd")
	add_part("player_view.gd")
	if is_first or get_world_3d() != get_tree().root.find_world_3d():
		add_part("daylight.gd")
	if is_first:
		add_part("rays_view.gd")
		add_part("hands_view.gd")
		add_part("screen.gd")


## Adds a part of the view: a script of that folder that takes this view as its only argument.
func add_part(file: String) -> Node:
	var script: GDScript = load(PARTS + file)
	var part: Node = script.new(self)
	add_child(part)
	return part
