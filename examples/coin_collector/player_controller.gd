extends AIController2D
## What the agent sees, does and is rewarded for.

const SIGHT: float = 200.0  # px at which an offset counts as 1

@export var level: Level

var _has_won: bool = false
var _coins_taken: int = 0
# Distance to the nearest coin a tick ago, in units of SIGHT; negative: not known.
var _distance: float = -1.0


func _ready() -> void:
	level.coin_taken.connect(_on_coin_taken)
	level.round_ended.connect(_on_round_ended)


func _physics_process(_delta: float) -> void:
	if level.is_over:
		return
	var distance: float = _offset_to(_nearest(level.coins)).length()
	if _distance >= 0.0:
		reward += _distance - distance  # coming closer pays
	_distance = distance


func begin_episode(episode_seed: int) -> void:
	_has_won = false
	_coins_taken = 0
	_distance = -1.0
	level.begin_round(episode_seed)


func get_obs() -> Dictionary:
	var place: Vector2 = level.player.position / Level.FIELD
	var coin: Vector2 = _offset_to(_nearest(level.coins))
	var hazard: Disc = _nearest(level.hazards)
	var first: Vector2 = _offset_to(hazard)
	var second: Vector2 = _offset_to(_nearest(level.hazards, hazard))
	var enemy: Vector2 = _offset_to(level.enemy)
	var is_chased: float = float(level.enemy != null)
	return {
		"obs":
		[
			place.x,
			place.y,
			coin.x,
			coin.y,
			first.x,
			first.y,
			second.x,
			second.y,
			enemy.x,
			enemy.y,
			is_chased,
		]
	}


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
	reward += 1.0 if is_won else -4.0
	terminated = true


# Where a thing lies from the player; zero when it is not there.
func _offset_to(thing: Disc) -> Vector2:
	if thing == null:
		return Vector2.ZERO
	return (thing.position - level.player.position) / SIGHT


func _nearest(things: Array[Disc], but_not: Disc = null) -> Disc:
	var nearest: Disc = null
	var least: float = INF
	for thing: Disc in things:
		var distance: float = thing.position.distance_squared_to(level.player.position)
		if distance < least and thing != but_not:
			least = distance
			nearest = thing
	return nearest
