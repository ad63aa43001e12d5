extends CarBallCase
## The field of `car_ball`: what wheels ask and what bodies meet are the same surface, and nothing
## leaves it.


func test_triangles_and_distances_are_the_same_surface() -> void:
	for part: PackedVector3Array in [
		CarFieldMesh.floor_faces(), CarFieldMesh.wall_faces(), CarFieldMesh.roof_faces()
	]:
		check(part.size() > 0, "a part has no triangles")
		for i: int in range(0, part.size(), 3):
			var middle: Vector3 = (part[i] + part[i + 1] + part[i + 2]) / 3.0
			if _is_near_a_goal(middle):
				continue
			# A chord lies inside of its curve: at most so deep.
			check_near(CarField.surface(middle).d, 0.02, 0.021, "distance at %s" % middle)


func test_triangles_look_into_the_field() -> void:
	for part: PackedVector3Array in [
		CarFieldMesh.floor_faces(), CarFieldMesh.wall_faces(), CarFieldMesh.roof_faces()
	]:
		for i: int in range(0, part.size(), 3):
			var middle: Vector3 = (part[i] + part[i + 1] + part[i + 2]) / 3.0
			var front: Vector3 = (part[i + 2] - part[i]).cross(part[i + 1] - part[i]).normalized()
			if front.length() > 0.5 and not _is_near_a_goal(middle):
				var normal: Vector3 = CarField.surface(middle + front * 0.05).normal
				check(
					front.dot(normal) > 0.98, "front %s, normal %s at %s" % [front, normal, middle]
				)


func test_distances_are_of_the_published_field() -> void:
	check_near(CarField.surface(Vector3(0.0, 3.0, 0.0)).d, 3.0)
	check_near(CarField.surface(Vector3(40.0, 10.0, 0.0)).d, 0.96)
	check_near(CarField.surface(Vector3(20.0, 10.0, 50.2)).d, 1.0)
	check_near(CarField.surface(Vector3(0.0, 19.44, 0.0)).d, 1.0)
	var corner: Plane = CarField.surface(Vector3(35.0, 10.0, 43.64))
	check_near(corner.d, 2.0 / sqrt(2.0), 1e-4, "corner wall")
	check_near(corner.normal.x, -sqrt(0.5), 1e-4)
	# Between the posts only the floor is near; behind the line the net is.
	check_near(CarField.surface(Vector3(0.0, 1.0, 50.0)).d, 1.0)
	check_near(CarField.surface(Vector3(0.0, 3.0, -59.0)).d, 1.0)


func test_the_normal_is_where_the_distance_grows() -> void:
	var random: RandomNumberGenerator = RandomNumberGenerator.new()
	random.seed = 3
	for i: int in 400:
		var place: Vector3 = Vector3(
			random.randf_range(-40.5, 40.5),
			random.randf_range(0.1, 20.0),
			random.randf_range(-50.0, 50.0)
		)
		var here: Plane = CarField.surface(place)
		if here.d < 0.05 or here.d > 2.0 or _is_near_a_goal(place):
			continue
		var further: Plane = CarField.surface(place + here.normal * 0.01)
		check_near(further.d - here.d, 0.01, 2e-3, "growth at %s" % place)


func test_the_ball_stays_in_the_field_and_keeps_what_a_bounce_leaves() -> void:
	make()
	put(car, Vector3(30.0, 0.17, 40.0))
	put(other, Vector3(-30.0, 0.17, -40.0))
	put_ball(Vector3(0.0, 5.0 + BallBody.RADIUS, 0.0))
	# From 5 m it falls for 1.24 s, reaches 8.06 m/s and leaves with 0.6 of it.
	var top: float = 0.0
	await play(1.3)
	check(ball.velocity.y > 0.0, "it has not bounced: %s" % ball.velocity)
	for i: int in 100:
		await play(1.0 / 120.0)
		top = maxf(top, ball.place.y - BallBody.RADIUS)
	check_near(top, 5.0 * 0.36, 0.12, "height after a bounce of 0.6")


func test_a_ball_that_rolls_into_the_corner_stays_inside() -> void:
	make()
	put(car, Vector3(30.0, 0.17, 0.0))
	put(other, Vector3(-30.0, 0.17, 0.0))
	for target: Vector3 in [
		Vector3(1.0, 0.3, 1.0), Vector3(-1.0, 0.5, 0.4), Vector3(0.5, 0.9, -1.0)
	]:
		put_ball(
			Vector3(20.0, 3.0, 30.0) * Vector3(signf(target.x), 1.0, signf(target.z)), target * 50.0
		)
		for i: int in 40:
			await play(0.05)
			if arena.is_on:
				check(CarField.surface(ball.place).d > 0.8, "ball at %s" % ball.place)


func test_pads_are_34_and_each_is_alone_in_its_cells() -> void:
	check_equal(BoostPads.count(), 34)
	var big: int = 0
	for pad: int in 34:
		big += int(BoostPads.is_big(pad))
		var at: Vector2 = BoostPads.place_of(pad)
		check_equal(BoostPads.pad_at(Vector3(at.x, 0.2, at.y)), pad, "the pad at %s" % at)
	check_equal(big, 6)


func test_a_pad_gives_boost_once_and_rests() -> void:
	var pads: BoostPads = BoostPads.new()
	pads.begin()
	var small: Vector3 = Vector3(0.0, 0.2, 42.4)
	check_near(pads.take(small, 10), 12.0)
	check_near(pads.take(small, 10 + 479), 0.0, 1e-6, "it rests for 4 s")
	check_near(pads.take(small, 10 + 480), 12.0)
	var big: Vector3 = Vector3(-35.84, 0.2, 0.0)
	check_near(pads.take(big, 0), 100.0)
	check_near(pads.take(big, 1199), 0.0, 1e-6, "it rests for 10 s")
	check_near(pads.take(big, 1200), 100.0)
	check_near(pads.take(small + Vector3(1.5, 0.0, 0.0), 5000), 0.0, 1e-6, "beside the pad")


func _is_near_a_goal(place: Vector3) -> bool:
	return absf(place.x) < 9.0 and absf(place.z) > 48.0 and place.y < 6.6
