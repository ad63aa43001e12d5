extends RefCounted
## Sun, sky and the light of the surroundings, for the views of scenes; static functions only.


## A sun that casts soft shadows.
## [param towards]: its direction, degrees; [param reach]: how far from the camera it casts
## shadows, m, in two splits where it is far.
static func sun(towards: Vector3, energy: float, colour: Color, reach: float) -> DirectionalLight3D:
	var light: DirectionalLight3D = DirectionalLight3D.new()
	light.rotation_degrees = towards
	light.light_energy = energy
	light.light_color = colour
	light.shadow_enabled = true
	light.directional_shadow_mode = (
		DirectionalLight3D.SHADOW_PARALLEL_2_SPLITS
		if reach > 100.0
		else DirectionalLight3D.SHADOW_ORTHOGONAL
	)
	light.directional_shadow_max_distance = reach
	return light


## A sky in three colours.
static func sky(top: Color, horizon: Color, ground: Color) -> ProceduralSkyMaterial:
	var material: ProceduralSkyMaterial = ProceduralSkyMaterial.new()
	material.sky_top_color = top
	material.sky_horizon_color = horizon
	material.ground_bottom_color = ground
	material.ground_horizon_color = horizon
	return material


## A world below [param material], lit all round by [param ambient] with [param energy].
static func below(material: Material, ambient: Color, energy: float) -> WorldEnvironment:
	var environment: Environment = Environment.new()
	environment.background_mode = Environment.BG_SKY
	environment.sky = Sky.new()
	environment.sky.sky_material = material
	environment.ambient_light_source = Environment.AMBIENT_SOURCE_COLOR
	environment.ambient_light_color = ambient
	environment.ambient_light_energy = energy
	var world: WorldEnvironment = WorldEnvironment.new()
	world.environment = environment
	return world
