extends AIController3D

# Counts its own steps, resets the game itself within the tick, and gives its reward away by hand.


func _physics_process(_delta):
	n_steps += 1
	if n_steps >= reset_after:
		needs_reset = true
		done = true
	if needs_reset:
		needs_reset = false
		_player.start_again()


func get_obs():
	var result = [_player.height, _player.falls]
	result.append(_player.grounded)
	return {"obs": result}


func get_reward():
	var collected = reward
	reward = 0
	return collected


func get_action_space():
	return {
		"jump": {"size": 1, "action_type": "continuous"},
		"turn": {"size": 1, "action_type": "continuous"},
	}


func set_action(action):
	_player.jumps = action["jump"][0] > 0
