class_name VoxelColumn
extends RefCounted
## One loaded column of chunks: its meshes in the renderer, its shapes in the physics space.
##
## VoxelTerrain owns it, shows and hides it, and gives it shapes near the player. It talks to the
## servers, not to nodes: that is the cheapest way to hold hundreds of chunks. [method release]
## frees all; it never loads anything.

## Level, then x and z in columns of that level.
var key: Vector3i
## The chunks that are not empty.
var chunks: Array[VoxelColumnJob.Chunk] = []
## Triangles that close the sides +x, -x, +z, -z where the neighbour is of another level.
var walls: Array[PackedVector3Array] = []
## Bytes of its triangles.
var bytes: int = 0
## It is in the rings.
var is_wanted: bool = true
var is_visible: bool = false
## Tick in which it left the rings.
var left_at: int = 0
## Bit of each side whose wall is drawn.
var shown_walls: int = 0
## Its chunks have shapes.
var is_solid: bool = false

var _meshes: Array[RID] = []
var _instances: Array[RID] = []
var _wall_meshes: Array[RID] = [RID(), RID(), RID(), RID()]
var _wall_instances: Array[RID] = [RID(), RID(), RID(), RID()]
var _bodies: Array[RID] = []
var _shapes: Array[RID] = []
var _origin: Transform3D
var _scenario: RID
var _material: RID


## Takes what a job has made. [param frame] is the terrain's place in the world.
func _init(job: VoxelColumnJob, frame: Transform3D, scenario: RID, material: RID) -> void:
	key = job.key
	chunks = job.chunks
	walls = job.walls
	bytes = job.bytes()
	var length: float = VoxelRings.length_of(key.x)
	_origin = frame.translated_local(Vector3(key.y * length, 0.0, key.z * length))
	_scenario = scenario
	_material = material
	for chunk: VoxelColumnJob.Chunk in chunks:
		var mesh: RID = _mesh_of(chunk.vertices)
		_meshes.append(mesh)
		_instances.append(_instance_of(mesh, Vector3(0.0, chunk.level * length, 0.0)))


## Draws it or not.
func show(drawn: bool) -> void:
	if drawn == is_visible:
		return
	is_visible = drawn
	for instance: RID in _instances:
		RenderingServer.instance_set_visible(instance, drawn)
	if not drawn:
		show_walls(0)


## Draws the walls of the sides whose bit is set, and no other.
func show_walls(sides: int) -> void:
	if sides == shown_walls:
		return
	for side: int in 4:
		var wanted: bool = sides >> side & 1 == 1
		if wanted and not _wall_instances[side].is_valid() and not walls[side].is_empty():
			_wall_meshes[side] = _mesh_of(walls[side])
			_wall_instances[side] = _instance_of(_wall_meshes[side], Vector3.ZERO)
		if _wall_instances[side].is_valid():
			RenderingServer.instance_set_visible(_wall_instances[side], wanted)
	shown_walls = sides


## Makes its chunks solid in [param space]. Returns the vertices that this took.
func make_solid(space: RID, layer: int, terrain_id: int) -> int:
	is_solid = true
	var count: int = 0
	for chunk: VoxelColumnJob.Chunk in chunks:
		var shape: RID = PhysicsServer3D.concave_polygon_shape_create()
		PhysicsServer3D.shape_set_data(
			shape, {"faces": chunk.vertices, "backface_collision": false}
		)
		var body: RID = PhysicsServer3D.body_create()
		PhysicsServer3D.body_set_mode(body, PhysicsServer3D.BODY_MODE_STATIC)
		PhysicsServer3D.body_set_collision_layer(body, layer)
		PhysicsServer3D.body_set_collision_mask(body, 0)
		PhysicsServer3D.body_add_shape(body, shape)
		PhysicsServer3D.body_attach_object_instance_id(body, terrain_id)
		var place: Vector3 = Vector3(0.0, chunk.level * VoxelRings.length_of(key.x), 0.0)
		PhysicsServer3D.body_set_state(
			body, PhysicsServer3D.BODY_STATE_TRANSFORM, _origin.translated_local(place)
		)
		PhysicsServer3D.body_set_space(body, space)
		_shapes.append(shape)
		_bodies.append(body)
		count += chunk.vertices.size()
	return count


## Takes its shapes out of the physics space.
func make_soft() -> void:
	is_solid = false
	for rid: RID in _bodies + _shapes:
		PhysicsServer3D.free_rid(rid)
	_bodies = []
	_shapes = []


## Frees all; it is of no use after.
func release() -> void:
	make_soft()
	for rid: RID in _instances + _meshes + _wall_instances + _wall_meshes:
		if rid.is_valid():
			RenderingServer.free_rid(rid)
	_instances = []
	_meshes = []
	_wall_instances.fill(RID())
	_wall_meshes.fill(RID())


func _mesh_of(vertices: PackedVector3Array) -> RID:
	var mesh: RID = RenderingServer.mesh_create()
	var arrays: Array = []
	arrays.resize(RenderingServer.ARRAY_MAX)
	arrays[RenderingServer.ARRAY_VERTEX] = vertices
	RenderingServer.mesh_add_surface_from_arrays(mesh, RenderingServer.PRIMITIVE_TRIANGLES, arrays)
	RenderingServer.mesh_surface_set_material(mesh, 0, _material)
	return mesh


func _instance_of(mesh: RID, place: Vector3) -> RID:
	var instance: RID = RenderingServer.instance_create2(mesh, _scenario)
	RenderingServer.instance_set_transform(instance, _origin.translated_local(place))
	RenderingServer.instance_set_visible(instance, is_visible)
	return instance
