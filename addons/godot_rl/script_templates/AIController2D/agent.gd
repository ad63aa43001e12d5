# meta-name: Godot RL agent
# meta-description: What an agent observes, may do and is rewarded for
# meta-default: true
extends AIController2D

## The node that the agent moves.
@export var player: CharacterBody2D

var _random: RandomNumberGenerator = RandomNumberGenerator.new()


# Put everything at the start of an episode. Use position, not global_position: copies of the scene
# stand side by side when it trains.
func begin_episode(episode_seed: int) -> void:
	_random.seed = episode_seed
	player.position = Vector2(_random.randf_range(-100.0, 100.0), 0.0)
	player.velocity = Vector2.ZERO
	player.force_update_transform()


# Always the same number of finite values, best within [-1, 1].
func get_obs() -> Dictionary:
	return {"obs": [player.position.x / 500.0, player.position.y / 500.0]}


func get_action_space() -> Dictionary:
	return {"move": {"size": 2, "action_type": "continuous"}}


# Held until the next decision; continuous values are within [-1, 1].
func set_action(action: Variant) -> void:
	var move: Array = action["move"]
	player.velocity = Vector2(move[0], move[1]) * 200.0


# While it plays: add to `reward`, and set `terminated = true` when the episode is won or lost.
func get_info() -> Dictionary:
	return {"is_success": false}
