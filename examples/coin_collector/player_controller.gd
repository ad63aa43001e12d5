extends AIController2D
## What the agent sees, does and is rewarded for.

const SIGHT: float = 200.0  # px at which an offset counts as 1

@export var level: Level

var _has_won: bool = false
var _coins_taken: int = 0
# Distance to the nearest coin when it was looked at last; negative: not yet.
var _distance: float = -1.0


func _ready() -> void:
	level.coin_taken.connect(_on_coin_taken)
	level.round_ended.connect(_on_round_ended)


func _physics_process(_delta: float) -> void:
	if level.is_over:
		return
	var coin: Disc = _sorted_by_distance(level.coins)[0]
	var distance: float = level.player.position.distance_to(coin.position)
	if _distance >= 0.0:
		reward += (_distance - distance) / SIGHT  # coming closer pays
	_distance = distance


func begin_episode(episode_seed: int) -> void:
	_has_won = false
	_coins_taken = 0
	_distance = -1.0
	level.begin_round(episode_seed)


func get_obs() -> Dictionary:
	var place: Vector2 = level.player.position / Level.FIELD
	var values: Array[float] = [place.x, place.y]
	_append_offset(values, _sorted_by_distance(level.coins), 0)
	_append_offset(values, _sorted_by_distance(level.hazards), 0)
	_append_offset(values, _sorted_by_distance(level.hazards), 1)
	var enemies: Array[Disc] = []
	if level.enemy != null:
		enemies.append(level.enemy)
	_append_offset(values, enemies, 0)
	return {"obs": values}


func get_action_space() -> Dictionary:
	return {"move": {"size": 2, "action_type": "continuous"}}


@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	var move: Array = action["move"]
	level.player.reads_keys = false
	level.player.wish = Vector2(move[0], move[1])


func get_info() -> Dictionary:
	return {"is_success": _has_won, "metrics": {"coins": _coins_taken}}


func _on_coin_taken() -> void:
	reward += 1.0
	_coins_taken += 1
	_distance = -1.0  # another coin is the nearest now


func _on_round_ended(is_won: bool) -> void:
	_has_won = is_won
	reward += 1.0 if is_won else -2.0
	terminated = true


# Where the thing lies from the player, and 1 as a sign that it is there; else zeros.
func _append_offset(values: Array[float], things: Array[Disc], i: int) -> void:
	if i >= things.size():
		values.append_array([0.0, 0.0, 0.0])
		return
	var offset: Vector2 = (things[i].position - level.player.position) / SIGHT
	values.append_array([offset.x, offset.y, 1.0])


func _sorted_by_distance(things: Array[Disc]) -> Array[Disc]:
	var from: Vector2 = level.player.position
	var sorted: Array[Disc] = things.duplicate()
	sorted.sort_custom(
		func(a: Disc, b: Disc) -> bool:
			return from.distance_squared_to(a.position) < from.distance_squared_to(b.position)
	)
	return sorted
