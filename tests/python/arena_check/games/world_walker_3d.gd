extends AIController3D
## Walks to a goal that each episode puts elsewhere; it starts at the origin of the world,
## where only the first arena is.

@export var player: CharacterBody3D
@export var goal: Node3D

var wish: Vector2 = Vector2.ZERO


func begin_episode(episode_seed: int) -> void:
	var random: RandomNumberGenerator = RandomNumberGenerator.new()
	random.seed = episode_seed
	player.global_position = Vector3.ZERO
	player.velocity = Vector3.ZERO
	player.force_update_transform()
	goal.position = Vector3(random.randf_range(-8.0, 8.0), 0.0, random.randf_range(-8.0, 8.0))


func get_obs() -> Dictionary:
	var away: Vector3 = goal.global_position - player.global_position
	return {
		"obs":
		PackedFloat32Array(
			[away.x / 10.0, away.z / 10.0, player.velocity.x / 5.0, player.velocity.z / 5.0]
		)
	}


func get_observation_names() -> Dictionary:
	return {"obs": PackedStringArray(["goal_x", "goal_y", "speed_x", "speed_y"])}


func get_action_space() -> Dictionary:
	return {"move": {"size": 2, "action_type": "continuous"}}


@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	wish = Vector2(action["move"][0], action["move"][1])


func _physics_process(delta: float) -> void:
	super._physics_process(delta)
	if done:
		return
	player.velocity = Vector3(wish.x, 0.0, wish.y) * 5.0
	player.move_and_slide()
	var distance: float = player.global_position.distance_to(goal.global_position)
	reward -= distance / 10.0 * 0.01
	if distance < 1.0:
		reward += 1.0
		terminated = true


func get_info() -> Dictionary:
	return {"is_success": terminated}
