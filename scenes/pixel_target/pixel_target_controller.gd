class_name PixelTargetController
extends AIController3D
## The agent of the pixel scenario: all that it observes is its camera's picture. README.md beside
## this file lists the observation, the rewards and the episode's end.

## Environment parameter of a reward term's weight -> its default.
const WEIGHTS: Dictionary[String, float] = {
	"reward_target": 10.0,
	"reward_wrong": -10.0,
	"reward_progress": 1.0,
	"reward_time": -0.2,
}

@export var seeker: PixelSeeker
@export var camera: RGBCameraSensor3D

var _weights: Dictionary[String, float] = {}
var _sums: Dictionary[String, float] = {}
var _distance: float = 0.0
var _ticks: int = 0


func _physics_process(delta: float) -> void:
	if done:
		return
	super._physics_process(delta)
	_ticks += 1
	var distance: float = seeker.room.distance_to_target(seeker.position)
	_earn("progress", _distance - distance)
	_earn("time", delta)
	_distance = distance
	if seeker.touched == 0:
		_earn("target", 1.0)
	elif seeker.touched > 0:
		_earn("wrong", 1.0)
	terminated = seeker.touched >= 0


## See AIController3D.
func begin_episode(episode_seed: int) -> void:
	for name: String in WEIGHTS:
		_weights[name] = Sync.get_parameter(name, WEIGHTS[name])
		_sums[name.trim_prefix("reward_")] = 0.0
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
		"reward_terms": _sums.duplicate(),
	}


func _earn(term: String, amount: float) -> void:
	var earned: float = _weights["reward_" + term] * amount
	_sums[term] += earned
	reward += earned
