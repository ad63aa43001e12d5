extends Node3D
## Sun, sky and haze of the landing's view: one for each world that is drawn. LandingView makes it.

const Outdoors := preload("res://scenes/shared/outdoors.gd")

const SKY_TOP: Color = Color(0.42, 0.30, 0.26)
const HORIZON: Color = Color(0.86, 0.66, 0.50)
const AMBIENT: Color = Color(0.86, 0.78, 0.74)
const GROUND: Color = Color(0.40, 0.25, 0.18)


func _init(_view: LandingView) -> void:
	var sun: DirectionalLight3D = Outdoors.sun(
		Vector3(-34.0, 52.0, 0.0), 0.72, Color(1.0, 0.91, 0.80), 260.0
	)
	sun.shadow_blur = 1.2
	add_child(sun)
	var sky: ProceduralSkyMaterial = Outdoors.sky(SKY_TOP, HORIZON, GROUND)
	sky.sky_curve = 0.12
	sky.sun_angle_max = 6.0
	var world: WorldEnvironment = Outdoors.below(sky, AMBIENT, 0.26)
	world.environment.tonemap_mode = Environment.TONE_MAPPER_FILMIC
	world.environment.fog_enabled = true
	world.environment.fog_light_color = HORIZON
	world.environment.fog_density = 0.00028
	world.environment.fog_sky_affect = 0.0
	add_child(world)
