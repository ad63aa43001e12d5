extends "res://tests/python/arena_check/games/local_walker_3d.gd"
## Begins right in every arena, and is then held inside bounds of the world.


func _physics_process(delta: float) -> void:
	super._physics_process(delta)
	player.global_position.x = clampf(player.global_position.x, -9.0, 9.0)
