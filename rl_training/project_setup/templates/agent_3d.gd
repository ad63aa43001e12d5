extends AIController3D
## What one agent observes, may do and is rewarded for.
##
## Put a node with this script below the node that the agent moves. As it stands, the agent learns
## to move to a point; replace each part by your game's own. Use position, not global_position:
## copies of the scene stand side by side when it trains.

## Half the side of the square in which it moves, m.
const FIELD: float = 4.0
## Its speed, m a second.
const SPEED: float = 4.0
## Distance at which it is there, m.
const NEAR: float = 0.4

## The node that the agent moves; empty: the parent of this one.
@export var player: Node3D

var _goal: Vector3 = Vector3.ZERO
var _velocity: Vector3 = Vector3.ZERO
var _distance: float = 0.0
var _random: RandomNumberGenerator = RandomNumberGenerator.new()


func _ready() -> void:
	super()
	if player == null:
		player = get_parent() as Node3D


func _physics_process(delta: float) -> void:
	if done:
		return
	player.position = (player.position + _velocity * delta).clampf(-FIELD, FIELD)
	var distance: float = player.position.distance_to(_goal)
	# The way there is rewarded too: a reward that random actions never reach teaches nothing.
	reward += (_distance - distance) / FIELD
	_distance = distance
	if distance < NEAR:
		reward += 1.0
		terminated = true


## Puts everything at the start of an episode; what is random comes from the seed.
func begin_episode(episode_seed: int) -> void:
	_random.seed = episode_seed
	player.position = _point()
	_goal = _point()
	_velocity = Vector3.ZERO
	_distance = player.position.distance_to(_goal)


## Always the same number of finite values, best within [-1, 1].
func get_obs() -> Dictionary:
	var way: Vector3 = (_goal - player.position) / (2.0 * FIELD)
	return {"obs": [way.x, way.z]}


## What it decides: here two numbers within [-1, 1].
func get_action_space() -> Dictionary:
	return {"move": {"size": 2, "action_type": "continuous"}}


## Takes a decision; it holds until the next one.
func set_action(action: Variant) -> void:
	var move: Array = action["move"]
	var x: float = move[0]
	var z: float = move[1]
	_velocity = Vector3(x, 0.0, z) * SPEED


## What is told at the end of an episode: did it succeed?
func get_info() -> Dictionary:
	return {"is_success": _distance < NEAR}


func _point() -> Vector3:
	return Vector3(_random.randf_range(-FIELD, FIELD), 0.0, _random.randf_range(-FIELD, FIELD))
