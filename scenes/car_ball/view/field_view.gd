extends Node3D
## The field as it looks: floor with lines, glass walls, goals in their team's colour. CarBallView
## makes it; the triangles are those that the bodies meet (CarFieldMesh).

const Looks := preload("res://scenes/shared/looks.gd")
const FLOOR: Shader = preload("res://scenes/car_ball/view/floor.gdshader")
const WALL: Shader = preload("res://scenes/car_ball/view/wall.gdshader")
const POST: float = 0.22

var _view: CarBallView


func _init(view: CarBallView) -> void:
	_view = view


func _ready() -> void:
	_show(CarFieldMesh.floor_faces(), _shaded(FLOOR))
	_show(CarFieldMesh.wall_faces(), _shaded(WALL))
	for team: int in 2:
		_add_goal(team)


func _add_goal(team: int) -> void:
	var side: float = 1.0 if team == 0 else -1.0
	var colour: Color = CarBallView.TEAM_COLOURS[team]
	var faces: PackedVector3Array = []
	var all: PackedVector3Array = CarFieldMesh.goal_faces()
	for i: int in range(0, all.size(), 3):
		if (all[i].z + all[i + 1].z) * side > 0.0:
			faces.append_array(all.slice(i, i + 3))
	var net: StandardMaterial3D = Looks.glow(Color(colour, 0.16))
	_show(faces, net)
	var shine: StandardMaterial3D = Looks.glow(colour.lightened(0.15))
	var z: float = side * CarField.HALF_Z
	var half: float = CarField.GOAL_HALF + POST / 2.0
	var top: float = CarField.GOAL_HEIGHT + POST / 2.0
	for x: float in [-half, half]:
		Looks.put(self, Looks.box(Vector3(POST, top, POST)), shine, Vector3(x, top / 2.0, z))
	Looks.put(self, Looks.box(Vector3(2.0 * half + POST, POST, POST)), shine, Vector3(0.0, top, z))


func _show(faces: PackedVector3Array, material: Material) -> void:
	var tool: SurfaceTool = SurfaceTool.new()
	tool.begin(Mesh.PRIMITIVE_TRIANGLES)
	for point: Vector3 in faces:
		tool.add_vertex(point)
	tool.generate_normals()
	Looks.put(self, tool.commit(), material)


static func _shaded(shader: Shader) -> ShaderMaterial:
	var material: ShaderMaterial = ShaderMaterial.new()
	material.shader = shader
	material.set_shader_parameter("blue", CarBallView.TEAM_COLOURS[0])
	material.set_shader_parameter("orange", CarBallView.TEAM_COLOURS[1])
	return material
