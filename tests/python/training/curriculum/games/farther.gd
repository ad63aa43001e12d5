extends "res://tests/python/algorithms/games/seeker.gd"
## The seeker whose goal is farther the higher the parameter `difficulty` is: in [0, 1], where 0 is
## half a step beyond reach at once. Tells `distance`, what the episode began with.

var _distance: float = 0.0


func begin_episode(episode_seed: int) -> void:
	super.begin_episode(episode_seed)
	var rng: RandomNumberGenerator = RandomNumberGenerator.new()
	rng.seed = episode_seed + 1
	_distance = lerpf(0.5, 2.0, Sync.get_parameter("difficulty", 1.0))
	place = Vector2(Sync.get_parameter("shift", 0.0), Sync.get_parameter("lift", 0.0))
	goal = place + Vector2.from_angle(rng.randf_range(-PI, PI)) * _distance


func get_info() -> Dictionary:
	var info: Dictionary = super.get_info()
	if not info.is_empty():
		info["metrics"]["distance"] = _distance
	return info
