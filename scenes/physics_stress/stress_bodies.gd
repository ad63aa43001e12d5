class_name StressBodies
extends Node3D
## The loose bodies of `physics_stress`: crates and magnets. It spawns them, up to a cap, and takes
## them away again: when they are old, and when they get into the drain.
##
## The game itself drops some of them; the agent asks for more. Magnets (every third body) pull each
## other: StressMagnets. Nothing here knows what is rewarded.

## Edge of a body, m, and its mass, kg.
const EDGE: float = 0.3
const MASS: float = 1.0
## Physics layers: crates, magnets, and what was thrown and has not come to rest.
const CRATE: int = 1 << 1
const MAGNET: int = 1 << 2
const THROWN: int = 1 << 3
const MASK: int = 1 | CRATE | MAGNET | THROWN
## Speed below which a thrown body is none any more, m/s.
const CALM: float = 1.0
## Speed that the spring pad gives at most, m/s.
const PAD_SPEED: float = 8.0
## Share of a body's speed that the spring pad gives back.
const PAD_SHARE: float = 0.9

## Bodies there may be at once.
var most: int = 96
## Seconds after which a body is taken away.
var lifetime: float = 8.0
## Bodies that the game drops each second.
var inflow: float = 5.0
## Bugs of the scene.
var bug_energy: bool = false
var bug_leak: bool = false
## What tells of work on purpose.
var energy: RLEnergyDetector
## The bodies, oldest first, and those of them that are magnets.
var all: Array[RigidBody3D] = []
var magnets: Array[RigidBody3D] = []
## Bodies that were taken away by the drain, since [method restart].
var drained: int = 0

var _rng: RandomNumberGenerator = RandomNumberGenerator.new()
var _shape: BoxShape3D = BoxShape3D.new()
var _mesh: BoxMesh
var _materials: Array[StandardMaterial3D] = []
var _born: Dictionary[RigidBody3D, int] = {}
var _tick: int = 0
var _spawned: int = 0
var _due: float = 0.0
var _tick_length: float = 1.0 / Engine.physics_ticks_per_second


func _init() -> void:
	_shape.size = Vector3.ONE * EDGE
	if DisplayServer.get_name() != "headless":
		_mesh = BoxMesh.new()
		_mesh.size = _shape.size
		for colour: Color in [Color(0.75, 0.55, 0.3), Color(0.8, 0.15, 0.15)]:
			var material: StandardMaterial3D = StandardMaterial3D.new()
			material.albedo_color = colour
			_materials.append(material)


## Takes all bodies away, at once, and draws what comes from [param episode_seed].
func restart(episode_seed: int) -> void:
	for body: RigidBody3D in all:
		body.free()
	all.clear()
	magnets.clear()
	_born.clear()
	_rng.seed = episode_seed
	_tick = 0
	_spawned = 0
	_due = 0.0
	drained = 0


## Drops [param count] bodies from under the ceiling, as far as there is room for more.
func spawn(count: int) -> void:
	for i: int in mini(count, most - all.size()):
		_spawn()


## Bodies of each layer: crates, magnets, thrown.
func layer_counts() -> Vector3i:
	var counts: Vector3i = Vector3i.ZERO
	for body: RigidBody3D in all:
		match body.collision_layer:
			CRATE:
				counts.x += 1
			MAGNET:
				counts.y += 1
			_:
				counts.z += 1
	return counts


## Energy of motion of all bodies, J.
func kinetic_energy() -> float:
	var sum: float = 0.0
	for body: RigidBody3D in all:
		sum += 0.5 * body.mass * body.linear_velocity.length_squared()
	return sum


## Bodies that move, and contacts that they have.
func activity() -> Vector2i:
	var sum: Vector2i = Vector2i.ZERO
	for body: RigidBody3D in all:
		if not body.sleeping:
			sum.x += 1
			sum.y += body.get_contact_count()
	return sum


## The body nearest to [param place] (global) that is no farther than [param reach] m; null: none.
func nearest(place: Vector3, reach: float) -> RigidBody3D:
	var found: RigidBody3D = null
	var best: float = reach * reach
	for body: RigidBody3D in all:
		var distance: float = body.global_position.distance_squared_to(place)
		if distance < best:
			best = distance
			found = body
	return found


func is_magnet(body: RigidBody3D) -> bool:
	return body in magnets


func _physics_process(_delta: float) -> void:
	_tick += 1
	_due += inflow * _tick_length
	while _due >= 1.0:
		_due -= 1.0
		spawn(1)
	var oldest: int = _tick - roundi(lifetime / _tick_length)
	for i: int in range(all.size() - 1, -1, -1):
		var body: RigidBody3D = all[i]
		var place: Vector3 = body.position
		if StressRoom.is_in_drain(place):
			_drain(body)
		elif _born[body] < oldest:
			_take_away(body)
		else:
			_tend(body, place)


# A body on the spring pad is thrown up; a thrown one that is calm is thrown no more.
func _tend(body: RigidBody3D, place: Vector3) -> void:
	if body.collision_layer == THROWN and body.linear_velocity.length() < CALM:
		body.collision_layer = MAGNET if is_magnet(body) else CRATE
	if not StressRoom.is_on_pad(place) or body.linear_velocity.y >= -0.5:
		return
	var down: float = -body.linear_velocity.y
	var up: float = minf(down * PAD_SHARE, PAD_SPEED)
	if bug_energy and down > 0.75 * PAD_SPEED:
		up = down * 1.6
	body.linear_velocity.y = up


func _drain(body: RigidBody3D) -> void:
	drained += 1
	if bug_leak:
		_forget(body)
		remove_child(body)
		return
	_take_away(body)


func _take_away(body: RigidBody3D) -> void:
	_forget(body)
	body.queue_free()
	remove_child(body)


func _forget(body: RigidBody3D) -> void:
	all.erase(body)
	magnets.erase(body)
	_born.erase(body)


func _spawn() -> void:
	_spawned += 1
	var body: RigidBody3D = RigidBody3D.new()
	var shape: CollisionShape3D = CollisionShape3D.new()
	shape.shape = _shape
	body.add_child(shape)
	body.name = "Body%d" % _spawned
	body.mass = MASS
	body.continuous_cd = true
	body.contact_monitor = true
	body.max_contacts_reported = 8
	body.collision_mask = MASK
	body.collision_layer = CRATE
	if _spawned % 3 == 0:
		body.collision_layer = MAGNET
		magnets.append(body)
	body.position = Vector3(
		_rng.randf_range(-1.5, 1.5), _rng.randf_range(2.6, 3.6), _rng.randf_range(-1.5, 1.5)
	)
	body.rotation = Vector3(_rng.randf(), _rng.randf(), _rng.randf()) * TAU
	if _mesh != null:
		_dress(body)
	all.append(body)
	_born[body] = _tick
	add_child(body)


func _dress(body: RigidBody3D) -> void:
	var look: MeshInstance3D = MeshInstance3D.new()
	look.mesh = _mesh
	look.material_override = _materials[int(is_magnet(body))]
	body.add_child(look)
