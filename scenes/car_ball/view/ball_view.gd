extends Node3D
## The ball with seams that show its spin, and a ring on the floor below it. CarBallView makes it.

const Looks := preload("res://scenes/shared/looks.gd")
const SHELL: Color = Color(0.78, 0.80, 0.84)
const SEAM: Color = Color(0.25, 0.28, 0.34)

var _view: CarBallView
var _ring: MeshInstance3D


func _init(view: CarBallView) -> void:
	_view = view


func _ready() -> void:
	var sphere: SphereMesh = SphereMesh.new()
	sphere.radius = BallBody.RADIUS
	sphere.height = 2.0 * BallBody.RADIUS
	var ball: BallBody = _view.arena.ball
	Looks.put(ball, sphere, Looks.matt(SHELL, 0.35, 0.1))
	for turn: Vector3 in [Vector3.ZERO, Vector3(PI / 2.0, 0.0, 0.0), Vector3(0.0, 0.0, PI / 2.0)]:
		Looks.put(ball, _torus(BallBody.RADIUS, 0.05), Looks.matt(SEAM, 0.6)).rotation = turn
	for corner: int in 8:
		var at: Vector3 = Vector3(
			1.0 if corner & 1 else -1.0, 1.0 if corner & 2 else -1.0, 1.0 if corner & 4 else -1.0
		)
		var spot: MeshInstance3D = Looks.put(
			ball, Looks.cone(0.26, 0.22, 0.05), Looks.matt(SEAM, 0.6)
		)
		var up: Vector3 = at.normalized()
		spot.transform = Transform3D(
			Basis(Quaternion(Vector3.UP, up)), up * (BallBody.RADIUS - 0.005)
		)
	_ring = Looks.put(self, _torus(1.2, 0.06), Looks.glow(Color(1.0, 1.0, 1.0, 0.55)))


func _process(_delta: float) -> void:
	var place: Vector3 = _view.arena.ball.position
	_ring.position = Vector3(place.x, 0.06, place.z)
	_ring.scale = Vector3.ONE * clampf(1.0 + place.y * 0.08, 1.0, 2.4)
	_ring.visible = place.y > 1.6


static func _torus(radius: float, thick: float) -> TorusMesh:
	var mesh: TorusMesh = TorusMesh.new()
	mesh.inner_radius = radius - thick
	mesh.outer_radius = radius + thick
	mesh.rings = 48
	mesh.ring_segments = 8
	return mesh
