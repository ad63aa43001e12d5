extends Node3D
## Sun, sky and haze of the view of `voxel_stress`: one for each world that is drawn. VoxelView
## makes it.

const Outdoors := preload("res://scenes/shared/outdoors.gd")

const SKY_TOP: Color = Color(0.24, 0.44, 0.74)
const HORIZON: Color = Color(0.66, 0.76, 0.88)
const AMBIENT: Color = Color(0.74, 0.82, 1.0)


func _init(_view: VoxelView) -> void:
	var sun: DirectionalLight3D = Outdoors.sun(
		Vector3(-42.0, 62.0, 0.0), 1.05, Color(1.0, 0.93, 0.80), 180.0
	)
	sun.shadow_bias = 0.6
	sun.shadow_normal_bias = 4.0
	add_child(sun)
	var sky: ProceduralSkyMaterial = Outdoors.sky(SKY_TOP, HORIZON, HORIZON.darkened(0.2))
	sky.sun_angle_max = 6.0
	var world: WorldEnvironment = Outdoors.below(sky, AMBIENT, 0.55)
	world.environment.tonemap_mode = Environment.TONE_MAPPER_FILMIC
	world.environment.fog_enabled = true
	world.environment.fog_mode = Environment.FOG_MODE_DEPTH
	world.environment.fog_light_color = HORIZON
	world.environment.fog_depth_begin = 130.0
	world.environment.fog_depth_end = 330.0
	world.environment.fog_depth_curve = 1.3
	world.environment.fog_sky_affect = 0.0
	add_child(world)
