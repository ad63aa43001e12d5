extends "res://tests/python/algorithms/games/seeker.gd"
## Seeks the goal in steps along the axes, one discrete choice of five. The masks forbid steps that
## leave the plane's square.

const STEPS: Array[Vector2] = [Vector2.ZERO, Vector2.RIGHT, Vector2.LEFT, Vector2.UP, Vector2.DOWN]
const EDGE: float = 1.2


func get_action_space() -> Dictionary:
	return {"step": {"size": 5, "action_type": "discrete"}}


func action_masks() -> Array:
	var masks: Array = []
	for step: Vector2 in STEPS:
		var to: Vector2 = place + step * STEP
		masks.append(maxf(absf(to.x), absf(to.y)) <= EDGE)
	return masks


@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	move(STEPS[int(action["step"])])
