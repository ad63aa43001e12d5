extends Node3D
## Floodlight from high above, and the evening sky round the field. CarBallView makes it.

const Outdoors := preload("res://scenes/shared/outdoors.gd")


func _init(_view: CarBallView) -> void:
	add_child(Outdoors.sun(Vector3(-62.0, 28.0, 0.0), 1.1, Color(1.0, 0.97, 0.92), 140.0))
	var sky: ProceduralSkyMaterial = Outdoors.sky(
		Color(0.02, 0.03, 0.08), Color(0.16, 0.17, 0.30), Color(0.02, 0.02, 0.04)
	)
	add_child(Outdoors.below(sky, Color(0.72, 0.78, 0.95), 0.55))
