extends AIController3D
## One of two on a line: the chaser earns what the runner loses. The referee moves and rewards both.

@export var opponent: Node3D

var place: float = 0.0
var wish: float = 0.0


func begin_episode(episode_seed: int) -> void:
	var random: RandomNumberGenerator = RandomNumberGenerator.new()
	random.seed = episode_seed
	place = random.randf_range(-5.0, 5.0)
	wish = 0.0


func get_obs() -> Dictionary:
	var other: float = opponent.get("place")
	return {"obs": PackedFloat32Array([place / 10.0, other / 10.0])}


func get_observation_names() -> Dictionary:
	return {"obs": PackedStringArray(["own", "other"])}


func get_action_space() -> Dictionary:
	return {"move": {"size": 1, "action_type": "continuous"}}


@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	wish = action["move"][0]


func get_info() -> Dictionary:
	var gap: float = absf(place - (opponent.get("place") as float))
	var caught: bool = gap < 2.0
	return {"is_success": caught == (policy_name == "chaser"), "metrics": {"gap": gap}}
