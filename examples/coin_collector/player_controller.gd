extends AIController2D
## What the agent sees, does and is rewarded for.

const SIGHT: float = 200.0  # px at which an offset counts as 1
const ALARM: float = 80.0  # px between two edges below which a danger is seen

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
	reward -= 0.003  # waiting costs


func begin_episode(episode_seed: int) -> void:
	_has_won = false
	_coins_taken = 0
	_distance = -1.0
	level.begin_round(episode_seed)


func get_obs() -> Dictionary:
	var place: Vector2 = level.player.position / Level.FIELD
	var coin: Vector2 = _offset_to(_nearest(level.coins))
	var hazard: Disc = _nearest(level.hazards)
	var first: Vector2 = _danger_of(hazard)
	var second: Vector2 = _danger_of(_nearest(level.hazards, hazard))
	var enemy: Vector2 = _danger_of(level.enemy)
	var to_see: Array[Vector2] = [place, coin, first, second, enemy]
	var values: Array[float] = []
	for vector: Vector2 in to_see:
		values.append_array([vector.x, vector.y])
	return {"obs": values}


func get_action_space() -> Dictionary:
	return {"move": {"size": 2, "action_type": "continuous"}}


@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	var x: float = action["move"][0]
	var y: float = action["move"][1]
	level.player.reads_keys = false
	level.player.wish = Vector2(x, y)


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


func _offset_to(thing: Disc) -> Vector2:
	if thing == null:
		return Vector2.ZERO
	return (thing.position - level.player.position) / SIGHT


# Points to a thing that must not be touched: length 1 at a touch, 0 where it is far or not there.
func _danger_of(thing: Disc) -> Vector2:
	if thing == null:
		return Vector2.ZERO
	var offset: Vector2 = thing.position - level.player.position
	var gap: float = offset.length() - thing.radius - level.player.radius
	return offset.normalized() * clampf(1.0 - gap / ALARM, 0.0, 1.0)


func _nearest(things: Array[Disc], but_not: Disc = null) -> Disc:
	var nearest: Disc = null
	var least: float = INF
	for thing: Disc in things:
		var distance: float = thing.position.distance_squared_to(level.player.position)
		if distance < least and thing != but_not:
			least = distance
			nearest = thing
	return nearest
