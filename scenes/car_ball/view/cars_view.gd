extends Node3D
## The cars: body, cabin, wheels that turn, the flame of the boost, an arrow-like nose in the team's
## colour. CarBallView makes it; the parts hang below the cars' bodies.

const Looks := preload("res://scenes/shared/looks.gd")
const DARK: Color = Color(0.05, 0.055, 0.07)
const WHEEL_RADIUS: float = 0.17

var _view: CarBallView
var _wheels: Array[Array] = []
var _flames: Array[Node3D] = []


func _init(view: CarBallView) -> void:
	_view = view


func _ready() -> void:
	for car: CarBody in _view.arena.cars:
		_add(car)


func _process(delta: float) -> void:
	for i: int in _view.arena.cars.size():
		var car: CarBody = _view.arena.cars[i]
		var turned: float = car.forward_speed() * delta / WHEEL_RADIUS
		for place: int in 4:
			var wheel: Node3D = _wheels[i][place]
			wheel.rotation.x = wrapf(wheel.rotation.x - turned, -PI, PI)
			if place < 2:
				wheel.get_parent_node_3d().rotation.y = -0.45 * car.controls.steer
		_flames[i].visible = car.is_boosting
		_flames[i].scale.z = randf_range(0.8, 1.25)


func _add(car: CarBody) -> void:
	var colour: Color = CarBallView.TEAM_COLOURS[car.team]
	var paint: StandardMaterial3D = Looks.matt(colour.lightened(0.12 * car.seat), 0.28, 0.35)
	var dark: StandardMaterial3D = Looks.matt(DARK, 0.4, 0.3)
	var shell: Node3D = Node3D.new()
	car.add_child(shell)
	# The hull is what collides: the shell fills it.
	var middle: Vector3 = CarChassis.HULL_MIDDLE
	Looks.put(shell, _wedge(0.80, 0.20, 1.16, 0.55), paint, middle + Vector3(0.0, -0.06, 0.0))
	Looks.put(shell, _wedge(0.62, 0.18, 0.56, 0.35), dark, middle + Vector3(0.0, 0.11, 0.12))
	Looks.put(shell, Looks.box(Vector3(0.76, 0.03, 0.14)), paint, middle + Vector3(0.0, 0.17, 0.52))
	for x: float in [-0.3, 0.3]:
		var post: Vector3 = middle + Vector3(x, 0.11, 0.52)
		Looks.put(shell, Looks.box(Vector3(0.04, 0.12, 0.06)), dark, post)
		var lamp: Vector3 = middle + Vector3(x * 0.85, -0.05, -0.585)
		var light: StandardMaterial3D = Looks.glow(Color(1.0, 0.98, 0.85))
		Looks.put(shell, Looks.box(Vector3(0.14, 0.05, 0.02)), light, lamp)
	_add_wheels(shell, dark)
	var flame: Node3D = Node3D.new()
	flame.position = middle + Vector3(0.0, -0.02, 0.58)
	shell.add_child(flame)
	for x: float in [-0.18, 0.18]:
		_add_flame(flame, x, 0.11, 0.9, Color(1.0, 0.55, 0.1, 0.55))
		_add_flame(flame, x, 0.06, 0.5, Color(1.0, 0.92, 0.6, 0.9))
	_flames.append(flame)


func _add_wheels(shell: Node3D, dark: StandardMaterial3D) -> void:
	var wheels: Array[Node3D] = []
	var rim: StandardMaterial3D = Looks.matt(Color(0.7, 0.72, 0.76), 0.3, 0.7)
	for i: int in 4:
		var hub: Node3D = Node3D.new()
		hub.position = Vector3(
			CarChassis.WHEEL_RIGHT[i] * 1.25,
			WHEEL_RADIUS - CarChassis.REST_HEIGHT,
			-CarChassis.WHEEL_AHEAD[i]
		)
		shell.add_child(hub)
		var wheel: Node3D = Node3D.new()
		hub.add_child(wheel)
		var tyre: MeshInstance3D = Looks.put(
			wheel, Looks.cone(WHEEL_RADIUS, WHEEL_RADIUS, 0.14), dark
		)
		tyre.rotation.z = PI / 2.0
		Looks.put(wheel, Looks.box(Vector3(0.15, 0.2, 0.04)), rim)
		Looks.put(wheel, Looks.box(Vector3(0.15, 0.04, 0.2)), rim)
		wheels.append(wheel)
	_wheels.append(wheels)


static func _add_flame(
	parent: Node3D, x: float, radius: float, length: float, colour: Color
) -> void:
	var flame: MeshInstance3D = Looks.put(
		parent, Looks.cone(radius, 0.01, length), Looks.glow(colour), Vector3(x, 0.0, length / 2.0)
	)
	flame.rotation.x = PI / 2.0


# A box whose front is lower: `nose` is the share of the height that is left there.
static func _wedge(width: float, height: float, length: float, nose: float) -> ArrayMesh:
	var w: float = width / 2.0
	var h: float = height / 2.0
	var l: float = length / 2.0
	var low: float = -h + height * nose
	var p: Array[Vector3] = [
		Vector3(-w, -h, l),
		Vector3(w, -h, l),
		Vector3(w, -h, -l),
		Vector3(-w, -h, -l),
		Vector3(-w * 0.9, h, l),
		Vector3(w * 0.9, h, l),
		Vector3(w * 0.9, h, l * 0.1),
		Vector3(-w * 0.9, h, l * 0.1),
		Vector3(w * 0.8, low, -l),
		Vector3(-w * 0.8, low, -l),
	]
	var sides: Array[Array] = [
		[0, 4, 5, 1],
		[4, 7, 6, 5],
		[7, 9, 8, 6],
		[9, 3, 2, 8],
		[0, 1, 2, 3],
		[1, 5, 6, 2],
		[6, 8, 2],
		[0, 3, 7, 4],
		[7, 3, 9],
	]
	var tool: SurfaceTool = SurfaceTool.new()
	tool.begin(Mesh.PRIMITIVE_TRIANGLES)
	tool.set_smooth_group(-1)
	for side: Array in sides:
		for i: int in range(1, side.size() - 1):
			var a: Vector3 = p[side[0]]
			var b: Vector3 = p[side[i]]
			var c: Vector3 = p[side[i + 1]]
			# Fronts are clockwise and look outwards.
			if (c - a).cross(b - a).dot(a + b + c) < 0.0:
				var kept: Vector3 = b
				b = c
				c = kept
			for point: Vector3 in [a, b, c]:
				tool.add_vertex(point)
	tool.generate_normals()
	return tool.commit()
