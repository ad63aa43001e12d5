extends AIController3D
## One of a crowd: observes its own place among the agents of its scene.

## What its episode is drawn from.
var drawn_from: int = -1


func begin_episode(episode_seed: int) -> void:
	drawn_from = episode_seed


func get_obs() -> Dictionary:
	return {"obs": [get_index() / 16.0]}


func get_action_space() -> Dictionary:
	return {"move": {"size": 1, "action_type": "continuous"}}


@warning_ignore("untyped_declaration")
func set_action(_action) -> void:
	pass
