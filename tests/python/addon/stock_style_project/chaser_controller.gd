extends AIController2D


func _ready():
	reset()


func _physics_process(_delta):
	n_steps += 1
	if n_steps > reset_after:
		done = true
		needs_reset = true


func get_obs():
	var result = [_player.position.x / 100.0, float(_player.walls_hit)]
	result.append_array(_player.rays.get_observation())
	return {"obs": result}


func get_reward():
	return reward


func get_action_space():
	return {"move": {"size": 2, "action_type": "continuous"}}


func set_action(action):
	_player.wish.x = action["move"][0]
	_player.wish.y = action["move"][1]
