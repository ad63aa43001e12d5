extends "res://scenes/shared/looks.gd"
## Colours, layers and materials of the view of VR navigation, beside those that all scenes have;
## static functions only.

## Seen by the player's eyes only, and from above only: walls are cut low for the view from above.
const EYE_LAYER: int = 1 << 17
const ABOVE_LAYER: int = 1 << 18
## The player's own body, which its own eyes do not see.
const BODY_LAYER: int = 1 << 19
const ALL_LAYERS: int = 0xFFFFF

const FLOOR: Color = Color(0.20, 0.23, 0.29)
const PIT: Color = Color(0.055, 0.06, 0.085)
const HALL: Color = Color(0.50, 0.54, 0.60)
const WALL: Color = Color(0.80, 0.82, 0.86)
const DECK: Color = Color(0.50, 0.56, 0.64)
const RAMP: Color = Color(0.42, 0.58, 0.66)
const STAIRS: Color = Color(0.60, 0.54, 0.50)
const CRATES: PackedColorArray = [
	Color(0.74, 0.43, 0.30), Color(0.70, 0.55, 0.36), Color(0.48, 0.44, 0.62)
]
const PILLAR: Color = Color(0.36, 0.52, 0.62)
const MOVER: Color = Color(0.93, 0.30, 0.24)
const BODY: Color = Color(0.96, 0.36, 0.44)
const VISOR: Color = Color(0.10, 0.11, 0.14)
const HAND: Color = Color(0.16, 0.72, 0.80)
const GOAL: Color = Color(1.0, 0.74, 0.16)
const START: Color = Color(0.45, 0.65, 0.95)
const GOOD: Color = Color(0.32, 0.82, 0.52)
const FAIR: Color = Color(0.98, 0.78, 0.25)
const BAD: Color = Color(0.96, 0.32, 0.28)

const SURFACE: String = "res://scenes/vr_navigation/view/surface.gdshader"


## A matt surface with a grid in the world's metres; one for each colour and strength.
static func surface(colour: Color, grid: float = 0.10) -> ShaderMaterial:
	var material: ShaderMaterial = ShaderMaterial.new()
	material.shader = load(SURFACE)
	material.set_shader_parameter("colour", colour)
	material.set_shader_parameter("grid", grid)
	return material


## Green at 1, yellow at a half, red at 0.
static func grade(value: float) -> Color:
	if value > 0.5:
		return FAIR.lerp(GOOD, value * 2.0 - 1.0)
	return BAD.lerp(FAIR, value * 2.0)


## A node that shows [param mesh] on [param layers].
static func show_on(layers: int, mesh: Mesh, material: Material) -> MeshInstance3D:
	var instance: MeshInstance3D = show(mesh, material)
	instance.layers = layers
	return instance


## The same without a shadow.
static func show_flat(mesh: Mesh, material: Material, layers: int = 1) -> MeshInstance3D:
	var instance: MeshInstance3D = show_on(layers, mesh, material)
	instance.cast_shadow = GeometryInstance3D.SHADOW_CASTING_SETTING_OFF
	return instance
