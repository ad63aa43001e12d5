extends Node3D
## The room round the menu, in the lighting that the menu's setting `lighting` asks for and as
## bright as `brightness` says. UIView makes one.

const Looks := preload("res://scenes/shared/looks.gd")

## Background, light of the surroundings, colour and energy of the sun, colour and energy of the two
## lamps; for Day, Dusk, Night and Neon.
const LIGHTINGS: Array[Dictionary] = [
	{
		"sky": Color(0.62, 0.78, 0.95),
		"around": Color(0.80, 0.86, 0.95),
		"amount": 0.42,
		"sun": Color(1.0, 0.96, 0.88),
		"power": 0.55,
		"lamp": Color(1.0, 0.9, 0.8),
		"glow": 0.0,
	},
	{
		"sky": Color(0.50, 0.27, 0.25),
		"around": Color(0.62, 0.42, 0.46),
		"amount": 0.55,
		"sun": Color(1.0, 0.55, 0.30),
		"power": 0.8,
		"lamp": Color(1.0, 0.7, 0.4),
		"glow": 0.8,
	},
	{
		"sky": Color(0.02, 0.03, 0.07),
		"around": Color(0.16, 0.22, 0.42),
		"amount": 0.45,
		"sun": Color(0.45, 0.55, 0.9),
		"power": 0.15,
		"lamp": Color(0.6, 0.75, 1.0),
		"glow": 1.2,
	},
	{
		"sky": Color(0.05, 0.01, 0.09),
		"around": Color(0.30, 0.12, 0.42),
		"amount": 0.5,
		"sun": Color(0.5, 0.2, 0.8),
		"power": 0.1,
		"lamp": Color(1.0, 0.25, 0.7),
		"glow": 1.1,
	},
]
const FLOOR: Color = Color(0.33, 0.36, 0.42)
const WALL: Color = Color(0.62, 0.64, 0.68)
const WOOD: Color = Color(0.46, 0.32, 0.22)
const LEAF: Color = Color(0.22, 0.45, 0.30)

var _stage: UIStage
var _environment: Environment = Environment.new()
var _sun: DirectionalLight3D = DirectionalLight3D.new()
var _lamps: Array[OmniLight3D] = []
var _tubes: StandardMaterial3D = StandardMaterial3D.new()


func _init(view: UIView) -> void:
	_stage = view.stage
	name = "Room"


func _ready() -> void:
	_environment.background_mode = Environment.BG_COLOR
	_environment.ambient_light_source = Environment.AMBIENT_SOURCE_COLOR
	var holder: WorldEnvironment = WorldEnvironment.new()
	holder.environment = _environment
	add_child(holder)
	_sun.rotation_degrees = Vector3(-52.0, 38.0, 0.0)
	_sun.shadow_enabled = true
	_sun.directional_shadow_max_distance = 20.0
	add_child(_sun)
	for side: float in [-1.0, 1.0]:
		var lamp: OmniLight3D = OmniLight3D.new()
		lamp.position = Vector3(side * 2.6, 2.6, -2.6)
		lamp.omni_range = 6.0
		add_child(lamp)
		_lamps.append(lamp)
	_furnish()
	_stage.settings.changed.connect(_light.unbind(2))
	_light()


func _light() -> void:
	var settings: UIMenuSettings = _stage.settings
	var now: Dictionary = LIGHTINGS[clampi(roundi(settings.read("lighting")), 0, 3)]
	var share: float = 0.5 + settings.read("brightness")
	_environment.background_color = now["sky"]
	_environment.ambient_light_color = now["around"]
	_environment.ambient_light_energy = now["amount"] * share
	_sun.light_color = now["sun"]
	_sun.light_energy = now["power"] * share
	_sun.shadow_enabled = settings.read("shadows") > 0.5
	_tubes.albedo_color = now["lamp"]
	for lamp: OmniLight3D in _lamps:
		lamp.light_color = now["lamp"]
		lamp.light_energy = now["glow"] * share


func _furnish() -> void:
	_add_box(Vector3(0.0, -0.05, -0.5), Vector3(8.0, 0.1, 8.0), FLOOR)
	_add_box(Vector3(0.0, 1.6, -4.0), Vector3(8.0, 3.4, 0.12), WALL)
	_tubes.shading_mode = BaseMaterial3D.SHADING_MODE_UNSHADED
	for side: float in [-1.0, 1.0]:
		_add_box(Vector3(side * 3.94, 0.55, -0.5), Vector3(0.12, 1.3, 8.0), WALL)
		_add_box(Vector3(side * 3.0, 0.35, -3.3), Vector3(0.9, 0.7, 0.6), WOOD)
		_add_box(Vector3(side * 3.0, 0.95, -3.3), Vector3(0.34, 0.5, 0.34), LEAF)
		var tube: MeshInstance3D = _add_box(
			Vector3(side * 2.6, 1.7, -3.9), Vector3(0.06, 2.4, 0.06), Color.WHITE
		)
		tube.material_override = _tubes
	for i: int in 9:
		_add_box(
			Vector3(0.0, 0.004, -4.0 + 0.9 * i), Vector3(8.0, 0.008, 0.02), FLOOR.lightened(0.2)
		)


func _add_box(centre: Vector3, size: Vector3, colour: Color) -> MeshInstance3D:
	return Looks.put(self, Looks.box(size), Looks.matt(colour, 0.85), centre)
