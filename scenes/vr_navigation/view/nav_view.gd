class_name NavView
extends "res://scenes/shared/scene_view.gd"
## Everything that only a spectator, a person who plays or a wearer sees of VR navigation.
##
## The first view in a window gets cameras and the display; those of other arenas show their course
## and their player only.

const GROUP: StringName = &"nav_view"
## Where the parts are: loaded only where somebody looks.
const PARTS: String = "res://scenes/vr_navigation/view/"

@export var player: NavPlayer
@export var course: NavCourse
@export var controller: VRNavigationController
@export var rays: NavRays


## Adds the parts that this view shows.
func build() -> void:
	var is_first: bool = enter(GROUP)
	add_parts(PARTS, ["course_view.gd", "player_view.gd"])
	if is_first or has_own_world():
		add_parts(PARTS, ["daylight.gd"])
	if is_first:
		add_parts(PARTS, ["rays_view.gd", "hands_view.gd", "screen.gd"])
