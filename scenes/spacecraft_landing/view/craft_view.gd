extends Node3D
## The craft as it is seen: hull, tanks, legs, engines, their flames, and the dust on the ground.
##
## LandingView makes it. Flames show what the engines are asked for; they push nothing.

const Shapes := preload("res://scenes/spacecraft_landing/view/shapes.gd")
## Length of the main flame at full thrust, m, and of a side jet's.
const FLAME: float = 5.5
const JET: float = 1.9
## Height from which the engines raise dust, m.
const DUST_HEIGHT: float = 28.0

var _lander: Lander
var _terrain: LandingTerrain
var _body: Node3D = Node3D.new()
var _flame: Node3D = Node3D.new()
var _light: OmniLight3D = OmniLight3D.new()
# Direction of the flame in the craft's axes -> the node that shows it.
var _jets: Dictionary[Vector3, Node3D] = {}
var _dust: CPUParticles3D = CPUParticles3D.new()
var _time: float = 0.0


func _init(view: LandingView) -> void:
	_lander = view.lander
	_terrain = view.terrain
	_lander.add_child(_body)
	_add_hull()
	for i: int in 4:
		_add_leg(Basis(Vector3.UP, PI * 0.25 + i * PI * 0.5))
	_add_engines()
	_add_dust()


func _process(delta: float) -> void:
	_time += delta
	var works: bool = not _lander.is_over and _lander.fuel > 0.0
	var thrust: Vector3 = _lander.thrust if works else Vector3.ZERO
	var flicker: float = 0.92 + 0.08 * sin(_time * 47.0) * sin(_time * 31.0)
	_flame.visible = thrust.y > 0.02
	_flame.scale = Vector3(1.0, maxf(thrust.y * flicker, 0.01), 1.0)
	_light.light_energy = thrust.y * 5.0 * flicker
	for direction: Vector3 in _jets:
		var share: float = -thrust.dot(direction)
		_jets[direction].visible = share > 0.05
		_jets[direction].scale = Vector3(1.0, maxf(share * flicker, 0.01), 1.0)
	_raise_dust(thrust.y)


func _raise_dust(share: float) -> void:
	var place: Vector3 = _terrain.to_local(_lander.global_position)
	var ground: float = _terrain.height_at(place)
	var near: float = 1.0 - (place.y - Lander.FEET - ground) / DUST_HEIGHT
	_dust.emitting = share > 0.05 and near > 0.0
	_dust.position = Vector3(place.x, ground + 0.2, place.z)
	_dust.initial_velocity_max = 4.0 + 13.0 * clampf(near, 0.0, 1.0) * share
	_dust.initial_velocity_min = _dust.initial_velocity_max * 0.5


func _add_hull() -> void:
	var foil: Material = Shapes.matt(Color(0.86, 0.62, 0.20), 0.32, 0.75)
	var white: Material = Shapes.matt(Color(0.66, 0.66, 0.69), 0.5, 0.1)
	var dark: Material = Shapes.matt(Color(0.12, 0.13, 0.16), 0.4, 0.4)
	var glass: Material = Shapes.matt(Color(0.10, 0.22, 0.32), 0.08, 0.7)
	Shapes.put(_body, Shapes.prism(1.5, 1.5, 1.0, 8), foil, Vector3(0.0, -0.35, 0.0))
	Shapes.put(_body, Shapes.prism(1.54, 1.54, 0.10, 8), dark, Vector3(0.0, 0.18, 0.0))
	Shapes.put(_body, Shapes.prism(1.15, 0.70, 1.05, 12), white, Vector3(0.0, 0.74, 0.0))
	Shapes.put(_body, Shapes.ball(0.70), white, Vector3(0.0, 1.22, 0.0))
	for i: int in 3:
		var turn: Basis = Basis(Vector3.UP, (i - 1) * 0.75)
		var pane: MeshInstance3D = Shapes.put(
			_body, Shapes.box(Vector3(0.5, 0.42, 0.06)), glass, turn * Vector3(0.0, 0.85, -0.97)
		)
		pane.basis = turn * Basis(Vector3.RIGHT, 0.4)
	for i: int in 4:
		var place: Vector3 = Vector3(1.38, 0.62, 0.0).rotated(Vector3.UP, i * PI * 0.5)
		Shapes.put(_body, Shapes.ball(0.38), foil if i % 2 == 0 else white, place)
	Shapes.strut(_body, Vector3(0.3, 1.7, 0.2), Vector3(0.3, 2.6, 0.2), 0.025, dark)
	var dish: MeshInstance3D = Shapes.put(
		_body, Shapes.prism(0.05, 0.42, 0.2, 20), white, Vector3(-0.45, 2.0, 0.2)
	)
	dish.rotation = Vector3(-0.5, 0.0, 0.5)
	Shapes.strut(_body, Vector3(-0.35, 1.6, 0.2), Vector3(-0.45, 1.95, 0.2), 0.03, dark)


func _add_leg(turn: Basis) -> void:
	var metal: Material = Shapes.matt(Color(0.70, 0.70, 0.73), 0.35, 0.7)
	var foot: Vector3 = turn * Vector3(2.45, -1.5, 0.0)
	Shapes.strut(_body, turn * Vector3(1.35, 0.1, 0.0), foot, 0.075, metal)
	for side: float in [-0.6, 0.6]:
		var root: Vector3 = turn * Vector3(1.3, -0.8, side)
		Shapes.strut(_body, root, turn * Vector3(2.1, -1.02, 0.0), 0.045, metal)
	Shapes.put(_body, Shapes.prism(0.42, 0.36, 0.1, 16), metal, foot)


func _add_engines() -> void:
	var dark: Material = Shapes.matt(Color(0.16, 0.16, 0.18), 0.35, 0.8)
	Shapes.put(_body, Shapes.prism(0.62, 0.22, 0.6, 20), dark, Vector3(0.0, -1.1, 0.0))
	_flame.position = Vector3(0.0, -1.35, 0.0)
	_body.add_child(_flame)
	for part: Array in [
		[0.52, FLAME, Color(1.0, 0.45, 0.12, 0.35)],
		[0.36, FLAME * 0.7, Color(1.0, 0.72, 0.35, 0.5)],
		[0.2, FLAME * 0.4, Color(0.9, 0.95, 1.0, 0.85)],
	]:
		var length: float = part[1]
		var radius: float = part[0]
		var colour: Color = part[2]
		var cone: MeshInstance3D = Shapes.put(
			_flame,
			Shapes.prism(0.02, radius, length),
			Shapes.flame(colour),
			Vector3(0.0, -length * 0.5, 0.0)
		)
		cone.cast_shadow = GeometryInstance3D.SHADOW_CASTING_SETTING_OFF
	_light.position = Vector3(0.0, -2.4, 0.0)
	_light.light_color = Color(1.0, 0.66, 0.36)
	_light.omni_range = 26.0
	_body.add_child(_light)
	for direction: Vector3 in [Vector3.RIGHT, Vector3.LEFT, Vector3.FORWARD, Vector3.BACK]:
		_add_jet(direction, dark)


func _add_jet(direction: Vector3, dark: Material) -> void:
	var holder: Node3D = Node3D.new()
	holder.position = direction * 1.55 + Vector3.UP * -0.05
	var x: Vector3 = direction.cross(Vector3.UP)
	holder.basis = Basis(x, -direction, x.cross(-direction))
	_body.add_child(holder)
	Shapes.put(holder, Shapes.prism(0.17, 0.07, 0.22, 12), dark)
	var flame: Node3D = Node3D.new()
	holder.add_child(flame)
	var cone: MeshInstance3D = Shapes.put(
		flame,
		Shapes.prism(0.3, 0.08, JET),
		Shapes.flame(Color(0.75, 0.88, 1.0, 0.4)),
		Vector3(0.0, -JET * 0.5 - 0.1, 0.0)
	)
	cone.cast_shadow = GeometryInstance3D.SHADOW_CASTING_SETTING_OFF
	_jets[direction] = flame


func _add_dust() -> void:
	var puff: SphereMesh = Shapes.ball(0.5)
	puff.radial_segments = 8
	puff.rings = 4
	var material: StandardMaterial3D = StandardMaterial3D.new()
	material.albedo_color = Color(0.80, 0.56, 0.40, 0.10)
	material.transparency = BaseMaterial3D.TRANSPARENCY_ALPHA
	material.shading_mode = BaseMaterial3D.SHADING_MODE_UNSHADED
	puff.material = material
	_dust.mesh = puff
	_dust.emitting = false
	_dust.amount = 60
	_dust.lifetime = 1.6
	_dust.direction = Vector3.RIGHT
	_dust.spread = 180.0
	_dust.flatness = 0.88
	_dust.gravity = Vector3(0.0, 0.6, 0.0)
	_dust.damping_min = 3.0
	_dust.damping_max = 6.0
	_dust.scale_amount_min = 0.8
	_dust.scale_amount_max = 2.6
	_terrain.add_child(_dust)
