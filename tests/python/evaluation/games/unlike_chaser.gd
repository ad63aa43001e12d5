extends AIController3D
## Chases a runner on a line, by a speed in [-1, 1]. The game's own control runs at it.

@export var runner: Node3D

## Place on the line, m.
var place: float = 0.0
var wish: float = 0.0


func begin_episode(episode_seed: int) -> void:
	var random: RandomNumberGenerator = RandomNumberGenerator.new()
	random.seed = episode_seed
	place = random.randf_range(-8.0, 0.0)
	wish = 0.0


func get_obs() -> Dictionary:
	return {"obs": PackedFloat32Array([place / 10.0, _runner_place() / 10.0])}


func get_observation_names() -> Dictionary:
	return {"obs": PackedStringArray(["own", "runner"])}


func get_action_space() -> Dictionary:
	return {"move": {"size": 1, "action_type": "continuous"}}


@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	wish = action["move"][0]


func get_info() -> Dictionary:
	var gap: float = absf(place - _runner_place())
	return {"is_success": gap < 1.0, "metrics": {"gap": gap}}


func _physics_process(_delta: float) -> void:
	if heuristic == "human":
		wish = signf(_runner_place() - place)


func _runner_place() -> float:
	return runner.get("place")
