extends AIController3D
## Observes a picture of a box in front of it, as a game with a camera does.

@export var sensor: RGBCameraSensor3D


func begin_episode(_episode_seed: int) -> void:
	pass


func get_obs() -> Dictionary:
	return {"camera_2d": sensor.get_camera_bytes()}


func get_obs_space() -> Dictionary:
	return {"camera_2d": {"size": sensor.get_camera_shape(), "space": "box"}}


func get_action_space() -> Dictionary:
	return {"move": {"size": 1, "action_type": "continuous"}}


@warning_ignore("untyped_declaration")
func set_action(_action) -> void:
	pass
