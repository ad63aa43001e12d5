extends Node3D
## Start and goal as they are seen: a ring where it begins; a ring of the goal's radius, a beam of
## light that stands above all walls, and a turning diamond. CourseView makes one.

const Looks := preload("res://scenes/vr_navigation/view/looks.gd")

const BEAM_HEIGHT: float = 7.0
const DIAMOND_HEIGHT: float = 3.0
## Above the ground, m: what lies in it flickers.
const LIFT: float = 0.03
const TURN_SPEED: float = 1.5

var _goal: Node3D = Node3D.new()
var _start: MeshInstance3D
var _ring: TorusMesh = TorusMesh.new()
var _disc: CylinderMesh = Looks.cone(1.0, 1.0, 0.01)
var _beam: CylinderMesh = Looks.cone(0.5, 0.5, BEAM_HEIGHT)
var _diamond: MeshInstance3D


func _init() -> void:
	_ring.rings = 64
	_ring.ring_segments = 8
	_goal.add_child(Looks.show_flat(_ring, Looks.glow(Looks.GOAL)))
	_goal.add_child(Looks.show_flat(_disc, Looks.glow(Color(Looks.GOAL, 0.35))))
	_beam.cap_top = false
	_beam.cap_bottom = false
	var light: ShaderMaterial = ShaderMaterial.new()
	light.shader = load("res://scenes/vr_navigation/view/beam.gdshader")
	light.set_shader_parameter("colour", Looks.GOAL)
	var beam: MeshInstance3D = Looks.show_flat(_beam, light)
	beam.position.y = BEAM_HEIGHT / 2.0
	_goal.add_child(beam)
	var shape: SphereMesh = SphereMesh.new()
	shape.radius = 0.32
	shape.height = 0.9
	shape.radial_segments = 4
	shape.rings = 1
	_diamond = Looks.show_flat(shape, Looks.glow(Looks.GOAL))
	_diamond.position.y = DIAMOND_HEIGHT
	_goal.add_child(_diamond)
	add_child(_goal)
	var ring: TorusMesh = TorusMesh.new()
	ring.inner_radius = 0.42
	ring.outer_radius = 0.5
	ring.ring_segments = 6
	_start = Looks.show_flat(ring, Looks.glow(Looks.START))
	add_child(_start)


func _process(delta: float) -> void:
	_diamond.rotate_y(TURN_SPEED * delta)


## Puts them where this course has them.
func show_course(course: NavCourse) -> void:
	_goal.position = course.goal + Vector3.UP * LIFT
	_start.position = course.start + Vector3.UP * LIFT
	_ring.outer_radius = course.goal_radius
	_ring.inner_radius = course.goal_radius - 0.08
	_disc.top_radius = course.goal_radius
	_disc.bottom_radius = course.goal_radius
	_beam.top_radius = course.goal_radius * 0.55
	_beam.bottom_radius = course.goal_radius * 0.55
