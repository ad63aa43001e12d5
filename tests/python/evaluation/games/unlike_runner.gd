extends AIController3D
## Runs from a chaser on a line: left, nothing or right. The game's own control runs to the right.

@export var chaser: Node3D

## Place on the line, m.
var place: float = 0.0
var wish: float = 0.0


func begin_episode(episode_seed: int) -> void:
	var random: RandomNumberGenerator = RandomNumberGenerator.new()
	random.seed = episode_seed
	place = random.randf_range(2.0, 8.0)
	wish = 0.0


func get_obs() -> Dictionary:
	var gap: float = place - _chaser_place()
	return {"obs": PackedFloat32Array([place / 10.0, gap / 10.0, 1.0])}


func get_observation_names() -> Dictionary:
	return {"obs": PackedStringArray(["own", "gap", "one"])}


func get_action_space() -> Dictionary:
	return {"step": {"size": 3, "action_type": "discrete"}}


@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	wish = float(action["step"]) - 1.0


func get_info() -> Dictionary:
	var gap: float = absf(place - _chaser_place())
	return {"is_success": gap >= 1.0, "metrics": {"gap": gap}}


func _physics_process(_delta: float) -> void:
	if heuristic == "human":
		wish = 1.0


func _chaser_place() -> float:
	return chaser.get("place")
