class_name CarBallView
extends "res://scenes/shared/scene_view.gd"
## Everything that only people see of `car_ball`: field, cars, ball, pads, light, camera, display.
##
## The first view in a window gets light, camera and display; those of other arenas show their field
## and what moves. Freed in headless runs.

const GROUP: StringName = &"car_ball_view"
## Where the parts are: loaded only where somebody looks.
const PARTS: String = "res://scenes/car_ball/view/"
const TEAM_COLOURS: Array[Color] = [Color(0.16, 0.45, 1.0), Color(1.0, 0.48, 0.1)]

@export var arena: CarBall


## Adds the parts that this view shows.
func build() -> void:
	var is_first: bool = enter(GROUP)
	add_parts(PARTS, ["field_view.gd", "pads_view.gd", "cars_view.gd", "ball_view.gd"])
	if is_first:
		add_parts(PARTS, ["stadium_light.gd", "match_camera.gd", "match_display.gd"])
