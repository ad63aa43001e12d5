extends "res://tests/python/arena_check/games/local_walker_3d.gd"
## Is hit now and then by an enemy that is not there: the handler fails, and the game goes on
## without the damage, easier than it was meant.

var ticks: int = 0
var enemy: Node


func _physics_process(delta: float) -> void:
	super._physics_process(delta)
	ticks += 1
	if ticks % 25 == 0:
		_on_hit()
	if ticks % 40 == 0:
		push_error("no health bar")


func _on_hit() -> void:
	enemy.set_name("hit")
	reward -= 1.0
