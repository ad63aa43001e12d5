extends Node3D
## Sun and sky of the view of VR navigation: one for each world that is drawn. NavView makes it.

const Outdoors := preload("res://scenes/shared/outdoors.gd")

const SKY_TOP: Color = Color(0.30, 0.48, 0.74)
const HORIZON: Color = Color(0.80, 0.86, 0.93)
const AMBIENT: Color = Color(0.86, 0.90, 1.0)
const GROUND: Color = Color(0.20, 0.22, 0.27)


func _init(_view: NavView) -> void:
	var sun: DirectionalLight3D = Outdoors.sun(
		Vector3(-58.0, 34.0, 0.0), 0.52, Color(1.0, 0.96, 0.90), 60.0
	)
	sun.shadow_blur = 1.5
	add_child(sun)
	add_child(Outdoors.below(Outdoors.sky(SKY_TOP, HORIZON, GROUND), AMBIENT, 0.46))
