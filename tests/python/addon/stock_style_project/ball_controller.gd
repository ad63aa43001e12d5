extends AIController3D

var move = 0.0
var jump = 0
var is_success = false


func get_obs() -> Dictionary:
	return {"obs": [_player.position_x, _player.resets, move]}


func get_reward() -> float:
	return reward


func get_action_space() -> Dictionary:
	return {
		"move": {"size": 1, "action_type": "continuous"},
		"jump": {"size": 2, "action_type": "discrete"},
	}


func set_action(action) -> void:
	move = clamp(action["move"][0], -1.0, 1.0)
	jump = action["jump"]


func get_info() -> Dictionary:
	if done:
		return {"is_success": is_success}
	return {}
