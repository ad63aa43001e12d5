extends GodotTestCase
## The rings of voxel_stress: every place is covered once, and small ways change nothing.


func test_every_place_is_covered_once() -> void:
	var rings: VoxelRings = VoxelRings.new()
	rings.start_at(345.0, -211.0)
	var rng: RandomNumberGenerator = RandomNumberGenerator.new()
	rng.seed = 4
	var place: Vector2 = Vector2(345.0, -211.0)
	for step: int in 40:
		place += Vector2.from_angle(rng.randf() * TAU) * rng.randf_range(0.0, 30.0)
		rings.follow(place.x, place.y)
		var covered: Dictionary[Vector2i, int] = {}
		for key: Vector3i in rings.wanted():
			var count: int = 1 << key.x
			for x: int in count:
				for z: int in count:
					var cell: Vector2i = Vector2i(key.y * count + x, key.z * count + z)
					covered[cell] = covered.get(cell, 0) + 1
		check_equal(covered.size(), 32 * 32, "16 m cells of the widest square")
		check_equal(covered.values().max(), 1, "times that a cell is covered")
		var here: Vector2i = Vector2i((place / 16.0).floor())
		for beside: Vector2i in [Vector2i(-2, 0), Vector2i(2, 0), Vector2i(0, -2), Vector2i(0, 2)]:
			check(rings.wanted().has(_fine(here + beside)), "fine ground 32 m round the place")


func test_to_and_fro_changes_nothing() -> void:
	var rings: VoxelRings = VoxelRings.new()
	rings.start_at(320.0, 320.0)
	check(not rings.follow(338.0, 320.0), "a little way")
	check(rings.follow(341.0, 320.0), "20 m from the middle")
	check(not rings.follow(339.0, 320.0), "back over the same line")
	check(not rings.follow(341.0, 320.0), "and again")


func _fine(cell: Vector2i) -> Vector3i:
	return Vector3i(0, cell.x, cell.y)
