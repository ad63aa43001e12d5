class_name LandingView
extends "res://scenes/shared/scene_view.gd"
## Everything that only a spectator sees of the landing: ground, craft, flames, sky, display.
##
## The first view in a window gets camera, sky and display; those of other arenas show their ground
## and their craft only.

const GROUP: StringName = &"landing_view"
## Where the parts are: loaded only where somebody looks.
const PARTS: String = "res://scenes/spacecraft_landing/view/"

@export var lander: Lander
@export var terrain: LandingTerrain
@export var pilot: LanderPilot
@export var walk: LandingWalk
@export var controller: SpacecraftLandingController


## Adds the parts that this view shows.
func build() -> void:
	var is_first: bool = enter(GROUP)
	add_parts(PARTS, ["ground_view.gd", "craft_view.gd", "pilot_view.gd"])
	if is_first:
		add_parts(PARTS, ["martian_sky.gd", "landing_camera.gd", "landing_display.gd"])
