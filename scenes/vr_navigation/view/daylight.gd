extends Node3D
## Sun and sky of the view of VR navigation: one for each world that is drawn. NavView makes it.

const SKY_TOP: Color = Color(0.30, 0.48, 0.74)
const HORIZON: Color = Color(0.80, 0.86, 0.93)
const AMBIENT: Color = Color(0.86, 0.90, 1.0)
const GROUND: Color = Color(0.20, 0.22, 0.27)


func _init(_view: NavView) -> void:
	var sun: DirectionalLight3D = DirectionalLight3D.new()
	sun.rotation_degrees = Vector3(-58.0, 34.0, 0.0)
	sun.light_energy = 0.52
	sun.light_color = Color(1.0, 0.96, 0.90)
	sun.shadow_enabled = true
	sun.directional_shadow_mode = DirectionalLight3D.SHADOW_ORTHOGONAL
	sun.directional_shadow_max_distance = 60.0
	sun.shadow_blur = 1.5
	add_child(sun)
	var sky_material: ProceduralSkyMaterial = ProceduralSkyMaterial.new()
	sky_material.sky_top_color = SKY_TOP
	sky_material.sky_horizon_color = HORIZON
	sky_material.ground_bottom_color = GROUND
	sky_material.ground_horizon_color = HORIZON
	var sky: Sky = Sky.new()
	sky.sky_material = sky_material
	var environment: Environment = Environment.new()
	environment.background_mode = Environment.BG_SKY
	environment.sky = sky
	environment.ambient_light_source = Environment.AMBIENT_SOURCE_COLOR
	environment.ambient_light_color = AMBIENT
	environment.ambient_light_energy = 0.46
	var holder: WorldEnvironment = WorldEnvironment.new()
	holder.environment = environment
	add_child(holder)
