extends Node3D
## Moves two duelists and gives the one what it takes from the other.

const Duelist := preload("res://tests/python/evaluation/games/duelist.gd")

@export var chaser: Duelist
@export var runner: Duelist


func _physics_process(delta: float) -> void:
	for each: Duelist in [chaser, runner]:
		each.place = clampf(each.place + each.wish * delta * 4.0, -10.0, 10.0)
	var gap: float = absf(chaser.place - runner.place)
	chaser.reward -= gap
	runner.reward += gap
