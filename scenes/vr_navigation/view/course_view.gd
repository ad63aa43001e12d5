extends Node3D
## Shows the course that stands: hall, pieces, start and goal. NavView makes one in each arena.
##
## Meshes are kept and sized as the pieces are; movers carry theirs along.

const CourseHall := preload("res://scenes/vr_navigation/courses/course_hall.gd")
const CoursePieces := preload("res://scenes/vr_navigation/courses/course_pieces.gd")
const GoalView := preload("res://scenes/vr_navigation/view/goal_view.gd")
const InclineMesh := preload("res://scenes/vr_navigation/view/incline_mesh.gd")
const Looks := preload("res://scenes/vr_navigation/view/looks.gd")

## Height at which walls are cut for the view from above, m.
const CUT: float = 0.7

var _course: NavCourse
var _goal: GoalView = GoalView.new()
var _floor: ShaderMaterial = Looks.surface(Looks.FLOOR, 0.22)
var _materials: Dictionary[int, ShaderMaterial] = {}
# What shows box number i: to all, or to the eyes only and from above only.
var _boxes: Array[MeshInstance3D] = []
var _cut_boxes: Array[MeshInstance3D] = []
var _pillars: Array[MeshInstance3D] = []


func _init(view: NavView) -> void:
	_course = view.course
	_materials = {
		CoursePieces.Look.WALL: Looks.surface(Looks.WALL, 0.0),
		CoursePieces.Look.DECK: Looks.surface(Looks.DECK, 0.22),
		CoursePieces.Look.RAMP: Looks.surface(Looks.RAMP, 0.22),
		CoursePieces.Look.STAIRS: Looks.surface(Looks.STAIRS, 0.0),
		CoursePieces.Look.PILLAR: Looks.surface(Looks.PILLAR, 0.0),
		CoursePieces.Look.MOVER: Looks.surface(Looks.MOVER, 0.0),
	}
	for i: int in Looks.CRATES.size():
		_materials[-1 - i] = Looks.surface(Looks.CRATES[i], 0.0)


func _ready() -> void:
	_build_hall()
	_course.add_child(_goal)
	_course.built.connect(_show_course)
	_show_course()


func _show_course() -> void:
	var pieces: CoursePieces = _course.pieces
	_floor.set_shader_parameter("colour", Looks.FLOOR if _course.is_flat else Looks.PIT)
	while _boxes.size() < pieces.boxes.size():
		_boxes.append(Looks.show(Looks.box(), null))
		_cut_boxes.append(Looks.show_on(Looks.ABOVE_LAYER, Looks.box(), null))
		pieces.boxes[_boxes.size() - 1].add_child(_boxes[-1])
		pieces.boxes[_boxes.size() - 1].add_child(_cut_boxes[-1])
	for i: int in _boxes.size():
		_show_box(i, i < pieces.box_count)
	while _pillars.size() < pieces.pillars.size():
		_pillars.append(Looks.show(Looks.cone(1.0, 1.0, 1.0), null))
		pieces.pillars[_pillars.size() - 1].add_child(_pillars[-1])
	for i: int in pieces.pillar_count:
		var mesh: CylinderMesh = _pillars[i].mesh
		mesh.top_radius = pieces.pillar_shapes[i].radius
		mesh.bottom_radius = pieces.pillar_shapes[i].radius
		mesh.height = pieces.pillar_shapes[i].height
		_pillars[i].material_override = _materials[pieces.pillar_looks[i]]
	_goal.show_course(_course)


func _show_box(index: int, is_used: bool) -> void:
	var whole: MeshInstance3D = _boxes[index]
	var cut: MeshInstance3D = _cut_boxes[index]
	whole.visible = is_used
	cut.visible = false
	if not is_used:
		return
	var size: Vector3 = _course.pieces.box_shapes[index].size
	var look: int = _course.pieces.box_looks[index]
	if look == CoursePieces.Look.CRATE:
		whole.material_override = _materials[-1 - index % Looks.CRATES.size()]
	else:
		whole.material_override = _materials[look]
	whole.layers = 1
	whole.transform = Transform3D.IDENTITY
	if look == CoursePieces.Look.RAMP or look == CoursePieces.Look.STAIRS:
		var body: Node3D = _course.pieces.boxes[index]
		whole.mesh = InclineMesh.make(body.transform, size, look == CoursePieces.Look.STAIRS)
		whole.transform = body.transform.affine_inverse()
		return
	if whole.mesh is not BoxMesh:
		whole.mesh = Looks.box()
	(whole.mesh as BoxMesh).size = size
	if look != CoursePieces.Look.WALL:
		return
	whole.layers = Looks.EYE_LAYER
	cut.visible = true
	cut.material_override = whole.material_override
	(cut.mesh as BoxMesh).size = Vector3(size.x, CUT, size.z)
	cut.position.y = (CUT - size.y) / 2.0


func _build_hall() -> void:
	var plane: PlaneMesh = PlaneMesh.new()
	plane.size = Vector2(CourseHall.SIDE, CourseHall.SIDE)
	_course.add_child(Looks.show_flat(plane, _floor))
	var material: ShaderMaterial = Looks.surface(Looks.HALL, 0.12)
	var middle: float = (CourseHall.SIDE + CourseHall.THICKNESS) / 2.0
	for height: float in [CUT, CourseHall.HEIGHT]:
		var layers: int = Looks.ABOVE_LAYER if height == CUT else Looks.EYE_LAYER
		for quarter: int in 4:
			var size: Vector3 = Vector3(
				CourseHall.SIDE + 2.0 * CourseHall.THICKNESS * ((quarter + 1) % 2),
				height,
				CourseHall.THICKNESS
			)
			var wall: MeshInstance3D = Looks.show_on(layers, Looks.box(size), material)
			wall.position = Vector3(0.0, height / 2.0, middle).rotated(
				Vector3.UP, quarter * PI / 2.0
			)
			wall.rotation.y = quarter * PI / 2.0
			_course.add_child(wall)
