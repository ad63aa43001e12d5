extends Node2D
## The crew of crew_2d. One sailor goes overboard, a guest comes aboard later: agents leave and join
## in the middle of an episode.

const SAILOR: GDScript = preload("res://tests/python/envs/games/crew_2d.gd")
## Ticks of an episode.
const ONE_GOES: int = 4
const ONE_COMES: int = 7

## Seats, of which one is empty when an episode begins.
var arena_seats: Dictionary = {"sailors": 3}
var arena_episodes: String = "last"
var age: int = 0


func _physics_process(_delta: float) -> void:
	age += 1
	if age == ONE_GOES:
		_remove("Sailor1")
	elif age == ONE_COMES:
		_add("Guest")


func begin_arena(_arena_seed: int) -> void:
	age = 0
	_remove("Guest")
	if not has_node("Sailor1"):
		_add("Sailor1")


func _add(named: String) -> void:
	var sailor: AIController2D = SAILOR.new()
	sailor.name = named
	sailor.policy_name = "sailors"
	add_child(sailor)


func _remove(named: String) -> void:
	var sailor: Node = get_node_or_null(named)
	if sailor != null:
		remove_child(sailor)
		sailor.queue_free()
