class_name LanderController
extends AIController3D

var is_success: bool
var last_depths


func get_obs() -> Dictionary:
	var depths = [_player.altitude / 100.0, n_steps / float(reset_after)]
	if not last_depths:
		last_depths = depths
	var observations: Array = depths + last_depths
	last_depths = depths
	return {"obs": observations}


func get_info() -> Dictionary:
	if done:
		return {"is_success": is_success}
	return {}


func get_reward() -> float:
	return reward


func get_action_space() -> Dictionary:
	return {
		"up": {"size": 2, "action_type": "discrete"},
		"side": {"size": 3, "action_type": "discrete"},
	}


func _physics_process(_delta):
	n_steps += 1
	if n_steps > reset_after:
		needs_reset = true
		done = true
		is_success = false
		reward = -7.0


func set_action(action = null) -> void:
	_player.thrust = action.up
	match int(action.side):
		0:
			_player.side = -1
		1:
			_player.side = 0
		2:
			_player.side = 1


func reset():
	last_depths = null
	n_steps = 0
	needs_reset = false
