extends GodotTestCase
## The walker of voxel_stress: speed, steps, leaps, and the planted narrow places.

const DELTA: float = 1.0 / 90.0

var _walker: VoxelWalker


func test_it_runs_as_fast_as_asked() -> void:
	await _stand()
	_walker.asked = Vector2(12.0, -5.0)
	var from: Vector3 = _walker.position
	await _run(90)
	var way: Vector3 = _walker.position - from
	check_near(way.x, 12.0, 2.5, "x after a second")
	check_near(way.z, -5.0, 1.2, "z after a second")
	check(_walker.is_on_floor(), "on the ground")


func test_it_climbs_a_step_of_one_cell_and_no_higher() -> void:
	await _stand()
	_box(Vector3(6.0, 0.5, 0.0), Vector3(4.0, 1.0, 8.0))
	_box(Vector3(12.0, 1.5, 0.0), Vector3(8.0, 3.0, 8.0))
	_walker.asked = Vector2(8.0, 0.0)
	await _run(60)
	check_near(_walker.position.y, 1.0, 0.05, "height on the step")
	await _run(120)
	check(_walker.position.x < 8.0, "two more cells stop it: %s" % _walker.position.x)


func test_a_leap_is_as_long_as_asked() -> void:
	await _stand()
	_walker.asked = Vector2(20.0, 0.0)
	_walker.asked_leap = 40.0
	await _run(1)
	_walker.asked_leap = 0.0
	var from: float = _walker.position.x
	var peak: float = 0.0
	for tick: int in 300:
		await _run(1)
		peak = maxf(peak, _walker.position.y)
		if _walker.is_on_floor():
			break
	check_near(_walker.position.x - from, 40.0, 1.5, "length")
	check_near(peak, 10.0, 0.5, "height")
	check_equal(_walker.leaps, 1, "leaps")


func test_a_narrow_place_lets_go_unless_the_bug_is_planted() -> void:
	for sticks: bool in [false, true]:
		await _stand()
		_walker.sticks = sticks
		_box(Vector3(-2.5, 2.0, 0.0), Vector3(4.0, 4.0, 1.0))
		_box(Vector3(3.5, 2.0, 0.0), Vector3(6.0, 4.0, 1.0))
		_box(Vector3(0.0, 2.0, 4.5), Vector3(12.0, 4.0, 8.0))
		_box(Vector3(0.0, 2.0, -4.5), Vector3(12.0, 4.0, 8.0))
		_walker.restart(Vector3(0.0, 0.02, 0.0))
		await _run(10)
		_walker.asked = Vector2(6.0, 0.0)
		await _run(10)
		_walker.asked_leap = 40.0
		await _run(60)
		_walker.asked_leap = 0.0
		await _run(60)
		check_equal(_walker.position.y < 1.0, sticks, "planted: %s; held" % sticks)


func _stand() -> void:
	for child: Node in get_children():
		child.free()
	_box(Vector3(0.0, -0.5, 0.0), Vector3(200.0, 1.0, 200.0))
	_walker = VoxelWalker.new()
	_walker.collision_layer = 4
	_walker.floor_snap_length = 0.3
	var shape: CapsuleShape3D = CapsuleShape3D.new()
	shape.radius = 0.35
	shape.height = 1.8
	var collision: CollisionShape3D = CollisionShape3D.new()
	collision.shape = shape
	collision.position.y = 0.9
	_walker.add_child(collision)
	add_child(_walker)
	_walker.restart(Vector3(0.0, 0.02, 0.0))
	await _run(10)


func _run(ticks: int) -> void:
	for tick: int in ticks:
		await wait_physics()
		_walker.tick(DELTA, true)


func _box(centre: Vector3, size: Vector3) -> void:
	var shape: BoxShape3D = BoxShape3D.new()
	shape.size = size
	var collision: CollisionShape3D = CollisionShape3D.new()
	collision.shape = shape
	var body: StaticBody3D = StaticBody3D.new()
	body.add_child(collision)
	body.position = centre
	add_child(body)
