class_name Disc
extends Node2D
## A round thing on the field: a coin, a hazard, the player, the enemy.

@export var radius: float = 12.0
@export var color: Color = Color.WHITE


func _draw() -> void:
	draw_circle(Vector2.ZERO, radius, color)


## Both stand in the same level, so their positions share an origin.
func touches(other: Disc) -> bool:
	return position.distance_to(other.position) < radius + other.radius
