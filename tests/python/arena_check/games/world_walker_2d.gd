extends AIController2D
## Walks to a goal that each episode puts elsewhere; it starts at the origin of the world,
## where only the first arena is.

@export var player: CharacterBody2D
@export var goal: Node2D

var wish: Vector2 = Vector2.ZERO


func begin_episode(episode_seed: int) -> void:
	var random: RandomNumberGenerator = RandomNumberGenerator.new()
	random.seed = episode_seed
	player.global_position = Vector2.ZERO
	player.velocity = Vector2.ZERO
	player.force_update_transform()
	goal.position = Vector2(random.randf_range(-400.0, 400.0), random.randf_range(-400.0, 400.0))


func get_obs() -> Dictionary:
	var away: Vector2 = goal.global_position - player.global_position
	return {
		"obs":
		PackedFloat32Array(
			[away.x / 500.0, away.y / 500.0, player.velocity.x / 250.0, player.velocity.y / 250.0]
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
	player.velocity = wish * 250.0
	player.move_and_slide()
	var distance: float = player.global_position.distance_to(goal.global_position)
	reward -= distance / 500.0 * 0.01
	if distance < 50.0:
		reward += 1.0
		terminated = true


func get_info() -> Dictionary:
	return {"is_success": terminated}
