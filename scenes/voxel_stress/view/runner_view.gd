extends Node3D
## The figure that runs: body, head, arms and legs that swing with the way. VoxelView makes it.

const Looks := preload("res://scenes/shared/looks.gd")

const SUIT: Color = Color(0.96, 0.42, 0.18)
const SKIN: Color = Color(0.95, 0.78, 0.62)
const LEGS: Color = Color(0.16, 0.20, 0.34)
const STRIDE: float = 1.6

var _walker: VoxelWalker
var _limbs: Array[Node3D] = []
var _way: float = 0.0
var _yaw: float = 0.0


func _init(view: VoxelView) -> void:
	_walker = view.walker
	Looks.put(self, Looks.box(Vector3(0.55, 0.65, 0.32)), Looks.matt(SUIT), Vector3(0.0, 1.08, 0.0))
	Looks.put(self, Looks.box(Vector3(0.40, 0.40, 0.40)), Looks.matt(SKIN), Vector3(0.0, 1.62, 0.0))
	Looks.put(
		self, Looks.box(Vector3(0.42, 0.12, 0.10)), Looks.matt(LEGS), Vector3(0.0, 1.66, -0.19)
	)
	for side: float in [-1.0, 1.0]:
		_limb(Vector3(0.18 * side, 0.78, 0.0), Vector3(0.22, 0.78, 0.26), LEGS)
		_limb(Vector3(0.37 * side, 1.38, 0.0), Vector3(0.18, 0.62, 0.22), SUIT)


func _process(delta: float) -> void:
	global_position = _walker.global_position
	var flat: Vector2 = Vector2(_walker.velocity.x, _walker.velocity.z)
	if flat.length() > 0.5:
		_yaw = lerp_angle(_yaw, atan2(-flat.x, -flat.y), minf(delta * 10.0, 1.0))
	rotation.y = _yaw
	_way += flat.length() * delta
	var swing: float = sin(_way / STRIDE * PI) * minf(flat.length() / 6.0, 1.0)
	if not _walker.is_on_floor():
		swing = 0.8
	for i: int in _limbs.size():
		_limbs[i].rotation.x = swing * (1.0 if i in [0, 3] else -1.0)


func _limb(joint: Vector3, size: Vector3, colour: Color) -> void:
	var limb: Node3D = Node3D.new()
	limb.position = joint
	add_child(limb)
	var place: Vector3 = Vector3(0.0, -size.y / 2.0, 0.0)
	Looks.put(limb, Looks.box(size), Looks.matt(colour), place)
	_limbs.append(limb)
