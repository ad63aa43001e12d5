extends Node3D
## Sun, sky and haze of the view of `voxel_stress`: one for each world that is drawn. VoxelView
## makes it.

const SKY_TOP: Color = Color(0.24, 0.44, 0.74)
const HORIZON: Color = Color(0.66, 0.76, 0.88)
const AMBIENT: Color = Color(0.74, 0.82, 1.0)


func _init(_view: VoxelView) -> void:
	var sun: DirectionalLight3D = DirectionalLight3D.new()
	sun.rotation_degrees = Vector3(-42.0, 62.0, 0.0)
	sun.light_energy = 1.05
	sun.light_color = Color(1.0, 0.93, 0.80)
	sun.shadow_enabled = true
	sun.directional_shadow_mode = DirectionalLight3D.SHADOW_PARALLEL_2_SPLITS
	sun.directional_shadow_max_distance = 180.0
	sun.shadow_bias = 0.6
	sun.shadow_normal_bias = 4.0
	sun.shadow_blur = 1.0
	add_child(sun)
	var sky_material: ProceduralSkyMaterial = ProceduralSkyMaterial.new()
	sky_material.sky_top_color = SKY_TOP
	sky_material.sky_horizon_color = HORIZON
	sky_material.ground_bottom_color = HORIZON.darkened(0.2)
	sky_material.ground_horizon_color = HORIZON
	sky_material.sun_angle_max = 6.0
	var sky: Sky = Sky.new()
	sky.sky_material = sky_material
	var environment: Environment = Environment.new()
	environment.background_mode = Environment.BG_SKY
	environment.sky = sky
	environment.ambient_light_source = Environment.AMBIENT_SOURCE_COLOR
	environment.ambient_light_color = AMBIENT
	environment.ambient_light_energy = 0.55
	environment.tonemap_mode = Environment.TONE_MAPPER_FILMIC
	environment.fog_enabled = true
	environment.fog_mode = Environment.FOG_MODE_DEPTH
	environment.fog_light_color = HORIZON
	environment.fog_depth_begin = 130.0
	environment.fog_depth_end = 330.0
	environment.fog_depth_curve = 1.3
	environment.fog_sky_affect = 0.0
	var holder: WorldEnvironment = WorldEnvironment.new()
	holder.environment = environment
	add_child(holder)
