extends Node3D
## Sun, sky and haze of the landing's view: one for each world that is drawn. LandingView makes it.

const SKY_TOP: Color = Color(0.42, 0.30, 0.26)
const HORIZON: Color = Color(0.86, 0.66, 0.50)
const GROUND: Color = Color(0.40, 0.25, 0.18)


func _init(_view: LandingView) -> void:
	var sun: DirectionalLight3D = DirectionalLight3D.new()
	sun.rotation_degrees = Vector3(-34.0, 52.0, 0.0)
	sun.light_energy = 0.72
	sun.light_color = Color(1.0, 0.91, 0.80)
	sun.shadow_enabled = true
	sun.directional_shadow_mode = DirectionalLight3D.SHADOW_PARALLEL_2_SPLITS
	sun.directional_shadow_max_distance = 260.0
	sun.shadow_blur = 1.2
	add_child(sun)
	var material: ProceduralSkyMaterial = ProceduralSkyMaterial.new()
	material.sky_top_color = SKY_TOP
	material.sky_horizon_color = HORIZON
	material.ground_bottom_color = GROUND
	material.ground_horizon_color = HORIZON
	material.sky_curve = 0.12
	material.sun_angle_max = 6.0
	var sky: Sky = Sky.new()
	sky.sky_material = material
	var environment: Environment = Environment.new()
	environment.background_mode = Environment.BG_SKY
	environment.sky = sky
	environment.ambient_light_source = Environment.AMBIENT_SOURCE_COLOR
	environment.ambient_light_color = Color(0.86, 0.78, 0.74)
	environment.ambient_light_energy = 0.26
	environment.tonemap_mode = Environment.TONE_MAPPER_FILMIC
	environment.fog_enabled = true
	environment.fog_light_color = HORIZON
	environment.fog_density = 0.00028
	environment.fog_sky_affect = 0.0
	var holder: WorldEnvironment = WorldEnvironment.new()
	holder.environment = environment
	add_child(holder)
