extends GodotTestCase
## Chunks of voxel_stress: faces that are seen, merged, closed at the sides, turned outwards.

const WORLD: int = 11


func test_merged_faces_are_the_faces_one_by_one() -> void:
	var ground: VoxelGround = VoxelGround.new(WORLD)
	for corner: Vector2i in [Vector2i(0, 0), Vector2i(-160, 64), Vector2i(320, -512)]:
		ground.sample(corner.x, corner.y, 1)
		for level: int in 4:
			var merged: VoxelMesher = _filled(ground, level)
			merged.add_merged()
			var single: VoxelMesher = _filled(ground, level)
			single.add_one_by_one()
			check_equal(
				_unit_faces(merged.vertices), _unit_faces(single.vertices), "chunk %d" % level
			)
			check(merged.vertices.size() <= single.vertices.size(), "merging saves")


func test_a_column_with_its_walls_is_closed() -> void:
	for level: int in VoxelRings.LEVELS:
		for place: int in 6:
			var job: VoxelColumnJob = VoxelColumnJob.new(
				WORLD, Vector3i(level, place * 5 - 13, 7 - place * 3), false
			)
			job.run()
			var sum: Vector3 = Vector3.ZERO
			for chunk: VoxelColumnJob.Chunk in job.chunks:
				sum += _directed_area(chunk.vertices)
			for wall: PackedVector3Array in job.walls:
				sum += _directed_area(wall)
			# Of a closed surface as much looks up as down; only the bottom has no face.
			var length: float = VoxelRings.length_of(level)
			check_near(sum.y, length * length, 0.01, "level %d: up less down" % level)


func test_walls_are_what_is_solid_at_the_side() -> void:
	var ground: VoxelGround = VoxelGround.new(WORLD)
	ground.sample(-48, 208, 1)
	var mesher: VoxelMesher = VoxelMesher.new()
	for side: int in 4:
		mesher.begin(1)
		mesher.add_wall(ground, side)
		var expected: float = 0.0
		for i: int in 16:
			var at: int = _side_index(side, i)
			var floor_at: int = mini(ground.cave_floors[at], ground.tops[at])
			if ground.cave_ceilings[at] > ground.cave_floors[at]:
				expected += floor_at + maxi(ground.tops[at] - ground.cave_ceilings[at], 0)
			else:
				expected += ground.tops[at]
		check_near(_directed_area(mesher.vertices).length(), expected, 0.01, "side %d" % side)
		var out: Vector3 = [Vector3.RIGHT, Vector3.LEFT, Vector3.BACK, Vector3.FORWARD][side]
		check(_directed_area(mesher.vertices).dot(out) > 0.0, "side %d is seen from outside" % side)


func test_faces_look_into_the_air() -> void:
	var ground: VoxelGround = VoxelGround.new(WORLD)
	ground.sample(96, 96, 1)
	var mesher: VoxelMesher = _filled(ground, 1)
	mesher.add_merged()
	check(mesher.vertices.size() > 60, "faces")
	for i: int in range(0, mesher.vertices.size(), 6):
		var a: Vector3 = mesher.vertices[i]
		var c: Vector3 = mesher.vertices[i + 2]
		var out: Vector3 = _outwards(mesher.vertices, i)
		var middle: Vector3 = a.lerp(c, 0.5)
		# Not on the line between two cells.
		var beside: Vector3 = Vector3(0.01, 0.01, 0.01) * (Vector3.ONE - out.abs())
		var air: Vector3 = (middle + out * 0.5 + beside).floor()
		var solid: Vector3 = (middle - out * 0.5 + beside).floor()
		check(not mesher._is_solid(int(air.x), int(air.y), int(air.z)), "air at %s" % air)
		check(mesher._is_solid(int(solid.x), int(solid.y), int(solid.z)), "ground at %s" % solid)


func test_the_same_world_is_the_same_ground_everywhere() -> void:
	var one: VoxelGround = VoxelGround.new(WORLD)
	var other: VoxelGround = VoxelGround.new(WORLD)
	one.sample(0, 0, 1)
	other.sample(16, 0, 1)
	for z: int in 18:
		for x: int in 2:
			check_equal(
				one.tops[z * 18 + 16 + x], other.tops[z * 18 + x], "columns share their edge"
			)
	other.sample(0, 0, 2)
	var apart: float = 0.0
	for z: int in range(2, 16):
		for x: int in range(2, 16):
			var fine: int = one.tops[(z + 1) * 18 + x + 1]
			var coarse: int = other.tops[((z >> 1) + 1) * 18 + (x >> 1) + 1] * 2
			apart += absf(fine - coarse) / 196.0
	check(apart < 2.0, "levels of detail tell of the same ground: %s m apart" % apart)


func _filled(ground: VoxelGround, level: int) -> VoxelMesher:
	var mesher: VoxelMesher = VoxelMesher.new()
	mesher.begin(1)
	mesher.fill(ground, level * 16)
	return mesher


func _side_index(side: int, i: int) -> int:
	match side:
		0:
			return (i + 1) * 18 + 16
		1:
			return (i + 1) * 18 + 1
		2:
			return 16 * 18 + i + 1
	return 18 + i + 1


# Clockwise from outside.
func _outwards(vertices: PackedVector3Array, i: int) -> Vector3:
	var a: Vector3 = vertices[i]
	return (vertices[i + 2] - a).cross(vertices[i + 1] - a).normalized()


func _directed_area(vertices: PackedVector3Array) -> Vector3:
	var sum: Vector3 = Vector3.ZERO
	for i: int in range(0, vertices.size(), 3):
		var a: Vector3 = vertices[i]
		sum += (vertices[i + 2] - a).cross(vertices[i + 1] - a) * 0.5
	return sum


# Middle and direction of every face of one cell, sorted.
func _unit_faces(vertices: PackedVector3Array) -> Array[String]:
	var faces: Array[String] = []
	for i: int in range(0, vertices.size(), 6):
		var out: Vector3 = _outwards(vertices, i)
		var low: Vector3 = vertices[i].min(vertices[i + 2])
		var high: Vector3 = vertices[i].max(vertices[i + 2])
		for x: int in maxi(int(high.x - low.x), 1):
			for y: int in maxi(int(high.y - low.y), 1):
				for z: int in maxi(int(high.z - low.z), 1):
					faces.append("%s %s" % [low + Vector3(x, y, z), out])
	faces.sort()
	return faces
