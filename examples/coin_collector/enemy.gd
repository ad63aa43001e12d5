class_name Enemy
extends Disc
## Runs after the player. The level spawns it and frees it.

const SPEED: float = 80.0  # px a second

var target: Player


func _physics_process(delta: float) -> void:
	position = position.move_toward(target.position, SPEED * delta)
