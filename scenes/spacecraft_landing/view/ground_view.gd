extends Node3D
## The ground as it is seen: the height map, the plain round it, rocks, the pad and the beacon.
##
## LandingView makes it. It draws the ground anew when the terrain was built.

const Shapes := preload("res://scenes/spacecraft_landing/view/shapes.gd")
const GROUND: String = "res://scenes/spacecraft_landing/view/ground.gdshader"
const ROCKS: int = 420
const PLAIN: float = 9000.0

var _terrain: LandingTerrain
var _mesh: MeshInstance3D = MeshInstance3D.new()
var _rocks: MultiMeshInstance3D = MultiMeshInstance3D.new()
var _material: ShaderMaterial = ShaderMaterial.new()
var _lamps: Array[MeshInstance3D] = []
var _beacon_lamp: MeshInstance3D
var _time: float = 0.0


func _init(view: LandingView) -> void:
	_terrain = view.terrain
	_material.shader = load(GROUND)
	_mesh.material_override = _material
	_terrain.add_child(_mesh)
	_add_plain()
	_add_rocks()
	_add_pad()
	_add_beacon(view.walk.beacon)
	_terrain.built.connect(_draw)
	_draw()


func _process(delta: float) -> void:
	_time += delta
	for i: int in _lamps.size():
		_lamps[i].visible = int(_time * 6.0) % _lamps.size() != i
	_beacon_lamp.visible = fmod(_time, 1.0) < 0.5


func _draw() -> void:
	var cells: int = LandingTerrain.CELLS
	var surface: SurfaceTool = SurfaceTool.new()
	surface.begin(Mesh.PRIMITIVE_TRIANGLES)
	surface.set_smooth_group(0)
	for row: int in cells + 1:
		for column: int in cells + 1:
			surface.add_vertex(_corner(row, column))
	for row: int in cells:
		for column: int in cells:
			var at: int = row * (cells + 1) + column
			for corner: int in [at, at + 1, at + cells + 1, at + 1, at + cells + 2, at + cells + 1]:
				surface.add_index(corner)
	surface.generate_normals()
	_mesh.mesh = surface.commit()
	_strew_rocks()


func _corner(row: int, column: int) -> Vector3:
	var half: float = LandingTerrain.CELLS * 0.5
	var height: float = _terrain.heights[row * (LandingTerrain.CELLS + 1) + column]
	return Vector3(column - half, 0.0, row - half) * LandingTerrain.CELL + Vector3.UP * height


# Beyond the height map: a plain that falls away, so that no edge is seen.
func _add_plain() -> void:
	var half: float = LandingTerrain.CELLS * LandingTerrain.CELL * 0.5
	var surface: SurfaceTool = SurfaceTool.new()
	surface.begin(Mesh.PRIMITIVE_TRIANGLES)
	for side: int in 4:
		var turn: Basis = Basis(Vector3.UP, side * PI * 0.5)
		var near: Vector3 = Vector3(half, -2.0, half)
		var far: Vector3 = Vector3(PLAIN, -60.0, PLAIN)
		var mirrored: Vector3 = Vector3(1.0, 1.0, -1.0)
		for corner: Vector3 in [near, near * mirrored, far, near * mirrored, far * mirrored, far]:
			surface.set_normal(Vector3.UP)
			surface.add_vertex(turn * corner)
	var plain: MeshInstance3D = Shapes.put(_terrain, surface.commit(), _material)
	plain.cast_shadow = GeometryInstance3D.SHADOW_CASTING_SETTING_OFF


func _add_rocks() -> void:
	var many: MultiMesh = MultiMesh.new()
	many.transform_format = MultiMesh.TRANSFORM_3D
	var rock: SphereMesh = Shapes.ball(1.0)
	rock.radial_segments = 7
	rock.rings = 4
	many.mesh = rock
	many.instance_count = ROCKS
	_rocks.multimesh = many
	_rocks.material_override = Shapes.matt(Color(0.36, 0.20, 0.13))
	_terrain.add_child(_rocks)


# Where rocks lie is the view's own: nothing collides with them.
func _strew_rocks() -> void:
	var rng: RandomNumberGenerator = RandomNumberGenerator.new()
	rng.seed = int(absf(_terrain.heights[0]) * 1000.0)
	for i: int in ROCKS:
		var away: float = 14.0 + 330.0 * pow(rng.randf(), 1.6)
		var place: Vector3 = Vector3.RIGHT.rotated(Vector3.UP, rng.randf_range(-PI, PI)) * away
		place.y = _terrain.height_at(place)
		var size: float = 0.25 + 1.5 * pow(rng.randf(), 4.0) * minf(away / 40.0, 2.0)
		var basis: Basis = Basis.from_euler(
			Vector3(rng.randf(), rng.randf_range(-PI, PI), rng.randf())
		)
		basis = basis.scaled(Vector3(size * 1.3, size * 0.8, size))
		_rocks.multimesh.set_instance_transform(i, Transform3D(basis, place))


func _add_pad() -> void:
	var pad: Node3D = Node3D.new()
	_terrain.add_child(pad)
	var dark: Material = Shapes.matt(Color(0.17, 0.17, 0.19), 0.9)
	var white: Material = Shapes.matt(Color(0.88, 0.87, 0.84), 0.7)
	Shapes.put(pad, Shapes.prism(11.0, 10.6, 0.12, 64), dark, Vector3(0.0, 0.02, 0.0))
	for radii: Vector2 in [Vector2(1.8, 2.0), Vector2(5.4, 5.7), Vector2(9.6, 10.2)]:
		var ring: MeshInstance3D = Shapes.put(
			pad, Shapes.ring(radii.x, radii.y), white, Vector3(0.0, 0.09, 0.0)
		)
		ring.scale.y = 0.05
	for i: int in 4:
		var turn: Basis = Basis(Vector3.UP, i * PI * 0.5)
		var bar: MeshInstance3D = Shapes.put(
			pad, Shapes.box(Vector3(0.35, 0.02, 3.2)), white, turn * Vector3(0.0, 0.1, 3.8)
		)
		bar.basis = turn
	var lamp: Material = Shapes.flame(Color(1.0, 0.55, 0.18))
	for i: int in 12:
		var place: Vector3 = Vector3(10.9, 0.25, 0.0).rotated(Vector3.UP, i * TAU / 12.0)
		_lamps.append(Shapes.put(pad, Shapes.ball(0.22), lamp, place))


func _add_beacon(beacon: Node3D) -> void:
	var mast: Material = Shapes.matt(Color(0.85, 0.86, 0.9), 0.4, 0.6)
	Shapes.put(beacon, Shapes.prism(0.05, 0.04, 2.6, 8), mast, Vector3(0.0, 1.3, 0.0))
	var flag: Material = Shapes.matt(Color(0.16, 0.55, 0.85))
	Shapes.put(beacon, Shapes.box(Vector3(0.9, 0.55, 0.03)), flag, Vector3(0.5, 2.2, 0.0))
	var lamp: Material = Shapes.flame(Color(0.3, 0.9, 1.0))
	_beacon_lamp = Shapes.put(beacon, Shapes.ball(0.12), lamp, Vector3(0.0, 2.7, 0.0))
