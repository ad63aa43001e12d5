class_name PartyController
extends AIController3D
## The agent of one player of `multi_agent_vr`: observes, pushes the sticks, reaches, is rewarded.
##
## README.md beside this file lists observation, actions, rewards and ends. MultiAgentVR draws the
## round and ends it; its game adds the rewards.

const PartyDriver := preload("res://scenes/multi_agent_vr/party_driver.gd")
## Side of a cell of [method get_cell], m.
const CELL: float = 2.0

@export var player: PartyPlayer
@export var observation: PartyObservation

## The running episode's rewards.
var rewards: PartyRewards = PartyRewards.new()

var _driver: PartyDriver = PartyDriver.new()


func _ready() -> void:
	init(player)


func _physics_process(_delta: float) -> void:
	if heuristic == "human" and player.arena.is_on:
		set_action(_driver.decide(player))


## Begins the player's account: MultiAgentVR.begin_arena() has drawn the round.
func begin_episode(_episode_seed: int) -> void:
	rewards.restart()


## The round is over: [param by_rules], or because its time is.
func finish(by_rules: bool) -> void:
	if by_rules:
		terminated = true
	else:
		truncated = true


## See AIController3D.
func get_reward() -> float:
	reward += rewards.take()
	return reward


## See AIController3D.
func get_obs_size() -> int:
	return PartyObservation.SIZE


## See AIController3D.
func write_obs(buffer: PackedFloat32Array, offset: int) -> void:
	observation.write(buffer, offset)


## See AIController3D.
func get_obs_space() -> Dictionary:
	return {"obs": {"size": [PartyObservation.SIZE], "space": "box"}}


## See AIController3D.
func get_observation_names() -> Dictionary:
	return {"obs": PartyObservation.names()}


## Four continuous actions: the left stick (right, forwards), the right stick, the right arm.
func get_action_space() -> Dictionary:
	return {
		"move": {"size": 2, "action_type": "continuous"},
		"turn": {"size": 1, "action_type": "continuous"},
		"reach": {"size": 1, "action_type": "continuous"},
	}


## See AIController3D.
@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	var move: Array = action["move"]
	var turn: float = action["turn"][0]
	var reach: float = action["reach"][0]
	var right: float = move[0]
	var ahead: float = move[1]
	var stick: Vector2 = Vector2(right, ahead).limit_length()
	player.rig.set_sticks(_past_dead_zone(stick), _past_dead_zone(Vector2(turn, 0.0)).x)
	player.rig.wanted_stretch = (clampf(reach, -1.0, 1.0) + 1.0) / 2.0


## Returns success, metrics and reward terms when the episode has ended, else {}.
func get_info() -> Dictionary:
	if not done:
		return {}
	var metrics: Dictionary = player.arena.game.metrics_of(player)
	return {
		"is_success": metrics["success"] > 0.5,
		"metrics": metrics,
		"reward_terms": rewards.sums.duplicate(),
	}


## Where the player is, and what it is: for counts of coverage.
func get_cell() -> String:
	var cell: Vector2i = Vector2i((player.place / CELL).floor())
	var role: String = PartyPlayer.Role.keys()[player.role]
	return "%d,%d/%s/%d" % [cell.x, cell.y, role.to_lower(), player.arena.players.size()]


# A small wish is a slow walk, not none: an action that must pass a threshold teaches a policy to
# wait for its own noise.
static func _past_dead_zone(wish: Vector2) -> Vector2:
	var length: float = wish.length()
	if length < 1e-3:
		return Vector2.ZERO
	return wish / length * (PartyPlayer.DEAD_ZONE + (1.0 - PartyPlayer.DEAD_ZONE) * length)
