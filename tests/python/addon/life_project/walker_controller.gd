extends AIController3D
## Walks along a line. What it returns may be spoiled by the director's faults.

## Any value that no action may have.
static var bad_actions: int = 0

var place: float = 0.0
var push: float = 0.0
## Actions taken, and ticks lived.
var acted: int = 0
var lived: int = 0
var episodes: int = 0


func _enter_tree() -> void:  # overridden without super(), as games do
	var director: Node = get_node("/root/Director")
	control_mode = director.mode
	if lived == 0 and director.mode == ControlModes.ONNX_INFERENCE:
		onnx_model_path = director.model


func _physics_process(_delta: float) -> void:  # without super() too
	lived += 1
	place += push / 60.0
	reward += push / 60.0


func begin_episode(_episode_seed: int) -> void:
	place = 0.0
	episodes += 1


func get_obs():
	return get_node("/root/Director").spoil("obs", {"obs": [place, push, 1.0]})


func get_reward():
	return get_node("/root/Director").spoil("reward", reward)


func get_info():
	return get_node("/root/Director").spoil("info", {"is_success": place > 0.0})


func get_obs_space() -> Dictionary:
	return {"obs": {"size": [3], "space": "box"}}


func get_action_space() -> Dictionary:
	return {
		"push": {"size": 1, "action_type": "continuous"},
		"jump": {"size": 2, "action_type": "discrete"},
	}


func action_masks():
	return get_node("/root/Director").spoil("masks", [true, true])


func set_action(action) -> void:
	acted += 1
	var value = action.get("push", [NAN])[0]
	if not is_finite(value) or not action.get("jump") in [0, 1]:
		bad_actions += 1
	push = value
	get_node("/root/Director").on_action(self)
