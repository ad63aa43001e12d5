extends LandingTestCase
## The craft of the spacecraft landing: forces, fuel, observations, starts, repeatability.


func test_it_falls_with_mars_gravity_and_the_engine_lifts_it() -> void:
	build()
	await hang(Vector3(0.0, 500.0, 0.0))
	await act(0.0, Vector2.ZERO, Vector2.ZERO, 90)
	check_near(lander.linear_velocity.y, -3.71, 0.1, "a second of fall")
	check_near(lander.fuel, Lander.TANK, 1e-9, "no fuel for it")
	var before: float = lander.linear_velocity.y
	await act(1.0, Vector2.ZERO, Vector2.ZERO, 90)
	check_near(
		lander.linear_velocity.y - before, 10000.0 / 1598.0 - 3.71, 0.1, "a second of thrust"
	)
	check_near(Lander.TANK - lander.fuel, 10000.0 / 2200.0, 0.1, "kilograms of a second")


func test_thrust_is_limited_to_length_1_and_points_as_the_craft_does() -> void:
	build()
	lander.steer(Vector3(1.0, 1.0, 1.0), Vector3.ZERO)
	check_near(lander.thrust.length(), 1.0, 1e-6, "length")
	lander.steer(Vector3(0.0, -1.0, 0.0), Vector3.ZERO)
	check_equal(lander.thrust, Vector3.ZERO, "the main engine does not pull")
	await hang(Vector3(0.0, 500.0, 0.0), Vector3.ZERO, PI * 0.5)
	await act(1.0, Vector2.ZERO, Vector2.ZERO, 45)
	check_near(lander.linear_velocity.z, 3.1, 0.15, "pitched by 90 degrees it pushes back")


func test_torque_turns_and_the_damping_ends_it() -> void:
	build()
	await hang(Vector3(0.0, 500.0, 0.0))
	await act(0.0, Vector2.ZERO, Vector2(1.0, -1.0), 45)
	check(observe("spin_pitch") > 0.08, "pitch: %s" % observe("spin_pitch"))
	check(observe("spin_roll") < -0.08, "roll: %s" % observe("spin_roll"))
	check(observe("pitch") > 0.0 and observe("roll") < 0.0, "angles")
	await act(0.0, Vector2.ZERO, Vector2.ZERO, 270)
	check_near(observe("spin_pitch"), 0.0, 0.01, "it comes to rest")


func test_an_empty_tank_gives_no_thrust() -> void:
	build()
	await hang(Vector3(0.0, 900.0, 0.0))
	lander.fuel = 1.0
	await act(1.0, Vector2.ZERO, Vector2.ZERO, 45)
	check_equal(lander.fuel, 0.0, "fuel")
	var before: float = lander.linear_velocity.y
	await act(1.0, Vector2.ZERO, Vector2.ZERO, 90)
	check_near(lander.linear_velocity.y - before, -3.71, 0.1, "it falls")


func test_the_observation_is_what_the_readme_says() -> void:
	build()
	await hang(Vector3(30.0, 400.0, -40.0), Vector3(5.0, -10.0, 2.5))
	check_near(observe("altitude"), 0.4, 1e-3, "altitude")
	check_near(observe("velocity_right"), 0.1, 1e-3, "velocity_right")
	check_near(observe("velocity_up"), -0.2, 1e-3, "velocity_up")
	check_near(observe("velocity_back"), 0.05, 1e-3, "velocity_back")
	var away: float = Vector3(30.0, 400.0, 40.0).length()
	check_near(observe("pad_right"), -30.0 / away, 1e-3, "pad_right")
	check_near(observe("pad_up"), -400.0 / away, 1e-3, "pad_up")
	check_near(observe("pad_back"), 40.0 / away, 1e-3, "pad_back")
	check_near(observe("pad_distance"), away / 1000.0, 1e-3, "pad_distance")
	check_near(observe("ground_ray"), 1.0, 1e-6, "the ground is far")
	await hang(Vector3(0.0, 39.0, 0.0))
	await wait_physics()
	check_near(observe("ground_ray"), 0.4, 0.01, "40 m below the belly")
	check_equal(controller.get_obs_size(), 14, "size")


func test_velocity_and_pad_are_seen_in_the_crafts_heading() -> void:
	build()
	await hang(Vector3(0.0, 400.0, 100.0), Vector3(0.0, 0.0, -10.0))
	var place: Transform3D = lander.global_transform
	place.basis = Basis(Vector3.UP, PI * 0.5)
	lander.restart(place, Vector3(0.0, 0.0, -10.0), Vector3.ZERO, 3.71)
	check_near(observe("velocity_right"), 0.2, 1e-3, "turned left, it flies to its right")
	check(observe("pad_right") > 0.2, "the pad is there too: %s" % observe("pad_right"))


func test_starts_are_drawn_from_the_seed_within_the_ranges() -> void:
	build()
	var seen: Dictionary[Vector3, bool] = {}
	for episode: int in 40:
		begin(episode)
		var offset: Vector3 = judge.offset()
		seen[offset] = true
		check(offset.y > 499.9 and offset.y < 1000.1, "height %s" % offset.y)
		check(absf(offset.x) < 200.1 and absf(offset.z) < 200.1, "beside %s" % offset)
		var speed: Vector3 = lander.velocity
		check(absf(speed.x) <= 10.0 and absf(speed.z) <= 10.0, "drift %s" % speed)
		check(speed.y <= 0.0 and speed.y >= -20.0, "fall %s" % speed.y)
		check(judge.optimal_fuel > 40.0 and judge.optimal_fuel < 140.0, "%s" % judge.optimal_fuel)
	check_equal(seen.size(), 40, "different starts")


func test_equal_seeds_and_actions_give_equal_flights() -> void:
	build()
	var runs: Array[PackedFloat32Array] = []
	for run: int in 2:
		await wait_physics()
		begin(11)
		runs.append(await roll(25))
	check(runs[0] == runs[1], "the flights differ")


func test_a_flight_after_a_landing_is_the_same_as_before_it() -> void:
	build()
	await wait_physics()
	begin(11)
	var first: PackedFloat32Array = await roll(10)
	await hang(Vector3(0.0, 1.0, 0.0))
	await act(0.0, Vector2.ZERO, Vector2.ZERO, 120)
	check(controller.terminated, "it landed")
	await wait_physics()
	begin(11)
	check(await roll(10) == first, "the flights differ")


func test_the_ground_is_level_round_the_pad_and_collides_where_it_is_said_to_be() -> void:
	build(5)
	check_near(scene.terrain.height_at(Vector3(20.0, 0.0, 10.0)), 0.0, 1e-4, "near the pad")
	var lowest: float = INF
	var highest: float = -INF
	await wait_physics(2)
	for place: Vector3 in [Vector3(200, 0, 120), Vector3(-300, 0, 40), Vector3(-160, 0, -250)]:
		var height: float = scene.terrain.height_at(place)
		lowest = minf(lowest, height)
		highest = maxf(highest, height)
		var query: PhysicsRayQueryParameters3D = PhysicsRayQueryParameters3D.create(
			place + Vector3.UP * 300.0, place + Vector3.DOWN * 300.0, 1
		)
		var hit: Dictionary = scene.get_world_3d().direct_space_state.intersect_ray(query)
		check(not hit.is_empty(), "ground at %s" % place)
		if not hit.is_empty():
			check_near((hit["position"] as Vector3).y, height, 1.5, "height at %s" % place)
	check(highest - lowest > 0.5, "hills: %s to %s" % [lowest, highest])
