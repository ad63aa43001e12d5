class_name Level
extends Node2D
## One round: take every coin, touch no hazard and not the enemy. All positions are the level's own,
## so copies of the level work wherever they stand.

signal coin_taken
signal round_ended(is_won: bool)

const FIELD: Vector2 = Vector2(640.0, 480.0)
const COINS: int = 3
const HAZARDS: int = 3
const ENEMY_COMES_S: float = 2.0
const ENEMY_GOES_S: float = 7.0

const COIN: PackedScene = preload("res://coin.tscn")
const HAZARD: PackedScene = preload("res://hazard.tscn")
const ENEMY: PackedScene = preload("res://enemy.tscn")

## Set by the menu: the policy plays.
static var is_watched: bool = false
## Set by the menu: the game quits after so many rounds; 0: never.
static var rounds_to_play: int = 0

## Room that a copy of the level takes.
@export var arena_size: Vector2 = Vector2(700.0, 540.0)

var coins: Array[Disc] = []
var hazards: Array[Disc] = []
var enemy: Enemy = null
var is_over: bool = true
var rounds: int = 0
var rounds_won: int = 0

var _time_s: float = 0.0
var _random: RandomNumberGenerator = RandomNumberGenerator.new()

@onready var player: Player = $Player
@onready var controller: AIController2D = $Player/Controller
@onready var score: Label = $Score


func _ready() -> void:
	if is_watched:
		controller.control_mode = AIController2D.ControlModes.ONNX_INFERENCE
		controller.onnx_model_path = "res://policy.onnx"


func _draw() -> void:
	draw_rect(Rect2(Vector2.ZERO, FIELD), Color("20242e"))


func _physics_process(delta: float) -> void:
	if is_over:
		return
	_time_s += delta
	_send_enemy()
	for coin: Disc in coins.duplicate():
		if coin.touches(player):
			coins.erase(coin)
			_remove(coin)
			coin_taken.emit()
	if coins.is_empty():
		_end(true)
	elif _is_caught():
		_end(false)


## Puts everything at the start of a round that follows from [param round_seed] alone.
func begin_round(round_seed: int) -> void:
	_random.seed = round_seed
	for thing: Disc in coins + hazards:
		_remove(thing)
	_remove_enemy()
	coins.clear()
	hazards.clear()
	player.position = _somewhere()
	player.wish = Vector2.ZERO
	for i: int in COINS:
		coins.append(_add(COIN, _free_place()))
	for i: int in HAZARDS:
		hazards.append(_add(HAZARD, _free_place()))
	_time_s = 0.0
	is_over = false
	player.set_physics_process(true)


func _send_enemy() -> void:
	if enemy == null and _time_s > ENEMY_COMES_S and _time_s < ENEMY_GOES_S:
		var far: Vector2 = FIELD - player.position
		enemy = _add(ENEMY, Vector2(roundf(far.x / FIELD.x), roundf(far.y / FIELD.y)) * FIELD)
		enemy.target = player
	elif enemy != null and _time_s > ENEMY_GOES_S:
		_remove_enemy()
		_time_s = 0.0


func _is_caught() -> bool:
	for hazard: Disc in hazards:
		if hazard.touches(player):
			return true
	return enemy != null and enemy.touches(player)


func _end(is_won: bool) -> void:
	is_over = true
	player.set_physics_process(false)
	rounds += 1
	rounds_won += int(is_won)
	score.text = "won %d of %d" % [rounds_won, rounds]
	round_ended.emit(is_won)
	if rounds == rounds_to_play:
		print(score.text)
		get_tree().quit()


func _add(scene: PackedScene, place: Vector2) -> Disc:
	var thing: Disc = scene.instantiate()
	thing.position = place
	add_child(thing)
	return thing


# Out of the tree at once, so that nothing sees it any more; freed when the tick is over.
func _remove(thing: Disc) -> void:
	remove_child(thing)
	thing.queue_free()


func _remove_enemy() -> void:
	if enemy != null:
		_remove(enemy)
		enemy = null


func _somewhere() -> Vector2:
	var edge: float = 30.0
	return Vector2(
		_random.randf_range(edge, FIELD.x - edge), _random.randf_range(edge, FIELD.y - edge)
	)


# A place with room around it.
func _free_place() -> Vector2:
	for i: int in 100:
		var place: Vector2 = _somewhere()
		var is_free: bool = place.distance_to(player.position) > 90.0
		for thing: Disc in coins + hazards:
			is_free = is_free and place.distance_to(thing.position) > 90.0
		if is_free:
			return place
	return _somewhere()
