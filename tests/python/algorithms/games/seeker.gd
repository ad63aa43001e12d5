extends AIController2D
## Seeks a goal on a plane: a game small enough for any algorithm to learn within seconds.
##
## Observation: the way to the goal (2, in [-2, 2]). Action: a speed, in [-1, 1]. The episode
## succeeds within 0.3 of the goal and is cut off after 40 decisions.

const STEP: float = 0.15
const NEAR: float = 0.3
const LIMIT: int = 40

var place: Vector2 = Vector2.ZERO
var goal: Vector2 = Vector2.ZERO
var decisions: int = 0


func begin_episode(episode_seed: int) -> void:
	var rng: RandomNumberGenerator = RandomNumberGenerator.new()
	rng.seed = episode_seed
	place = Vector2(rng.randf_range(-1.0, 1.0), rng.randf_range(-1.0, 1.0))
	goal = Vector2(rng.randf_range(-1.0, 1.0), rng.randf_range(-1.0, 1.0))
	decisions = 0


func get_obs() -> Dictionary:
	var way: Vector2 = goal - place
	return {"obs": PackedFloat32Array([way.x, way.y])}


func get_action_space() -> Dictionary:
	return {"speed": {"size": 2, "action_type": "continuous"}}


@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	move(Vector2(action["speed"][0], action["speed"][1]))


func move(speed: Vector2) -> void:
	if done:
		return
	var before: float = place.distance_to(goal)
	place += speed.limit_length(1.0) * STEP
	reward += before - place.distance_to(goal)
	decisions += 1
	if place.distance_to(goal) <= NEAR:
		reward += 1.0
		terminated = true
	elif decisions >= LIMIT:
		truncated = true


func get_info() -> Dictionary:
	if not done:
		return {}
	var success: bool = place.distance_to(goal) <= NEAR
	return {"is_success": success, "metrics": {"success": float(success)}}
