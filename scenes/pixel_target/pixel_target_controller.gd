class_name PixelTargetController
extends AIController3D
## The agent of the pixel scenario: all that it observes is its camera's picture. README.md beside
## this file lists the observation, the rewards and the episode's end.

@export var seeker: PixelSeeker
@export var camera: RGBCameraSensor3D

var _rewards: PixelRewards = PixelRewards.new()
var _distance: float = 0.0
var _ticks: int = 0


func _physics_process(delta: float) -> void:
	if done:
		return
	super._physics_process(delta)
	_ticks += 1
	var distance: float = seeker.room.distance_to_target(seeker.position)
	_rewards.add(&"progress", _distance - distance)
	_rewards.add(&"time", delta)
	_distance = distance
	if seeker.touched == 0:
		_rewards.add(&"target", 1.0)
	elif seeker.touched > 0:
		_rewards.add(&"wrong", 1.0)
	reward += _rewards.take()
	terminated = seeker.touched >= 0


## See AIController3D.
func begin_episode(episode_seed: int) -> void:
	_rewards.restart()
	seeker.room.begin(episode_seed)
	seeker.begin()
	_distance = seeker.room.distance_to_target(seeker.position)
	_ticks = 0


## See AIController3D.
func get_obs() -> Dictionary:
	seeker.force_update_transform()
	return {"camera_2d": camera.get_camera_bytes()}


## See AIController3D.
func get_obs_space() -> Dictionary:
	return {"camera_2d": {"size": camera.get_camera_shape(), "space": "box"}}


## See AIController3D.
func get_action_space() -> Dictionary:
	return {"move": {"size": 2, "action_type": "continuous"}}


## See AIController3D.
@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	var move: Array = action["move"]
	seeker.walk = clampf(move[0], -1.0, 1.0)
	seeker.turn = clampf(move[1], -1.0, 1.0)


## See AIController3D.
func get_info() -> Dictionary:
	if not done:
		return {}
	var success: bool = seeker.touched == 0
	return {
		"is_success": success,
		"metrics":
		{
			"success": float(success),
			"wrong": float(seeker.touched > 0),
			"course_time": float(_ticks) / Engine.physics_ticks_per_second,
		},
		"reward_terms": _rewards.sums.duplicate(),
	}
