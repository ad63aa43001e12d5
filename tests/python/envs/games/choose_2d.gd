extends "res://tests/python/envs/games/seek_2d.gd"
## The seeker within walls that steps along the axes: one discrete choice of five.

const STEPS: Array[Vector2] = [Vector2.ZERO, Vector2.RIGHT, Vector2.LEFT, Vector2.UP, Vector2.DOWN]


func get_action_space() -> Dictionary:
	return {"step": {"size": 5, "action_type": "discrete"}}


@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	move(STEPS[int(action["step"])])
