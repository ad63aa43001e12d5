extends CarBallCase
## A car of `car_ball` does what was measured of this genre's cars (README.md, Sources).


func test_it_stands_at_its_rest_height() -> void:
	make()
	clear_field()
	put(car, Vector3(0.0, 0.4, 0.0))
	await play(1.0)
	check_near(car.place.y, CarChassis.REST_HEIGHT, 0.006, "height of a car that stands")
	check_equal(car.wheels, 4, "wheels")
	check_near(car.velocity.length(), 0.0, 0.02, "speed")


func test_throttle_reaches_1410_and_boost_2300() -> void:
	make()
	clear_field()
	put(car, Vector3(5.0, 0.17, 45.0))
	car.controls.throttle = 1.0
	await play(1.0)
	# dv/dt = 16 - 14.4 v / 14 from rest: v = 15.556 (1 - exp(-1.0286 t)).
	check_near(car.forward_speed(), 15.556 * (1.0 - exp(-1.0286)), 0.15, "speed after a second")
	await play(3.0)
	check_near(car.forward_speed(), 14.1, 0.05, "top speed of throttle")
	put(car, Vector3(5.0, 0.17, 48.0))
	car.controls.throttle = 1.0
	car.controls.boost = true
	await play(1.0)
	check_near(car.boost, 100.0 - 100.0 / 3.0, 0.5, "boost left after a second")
	await play(1.6)
	check_near(car.velocity.length(), 23.0, 0.05, "top speed of boost")


func test_brakes_and_coasting() -> void:
	make()
	clear_field()
	put(car, Vector3(0.0, 0.17, 40.0), Basis.IDENTITY, Vector3(0.0, 0.0, -14.0))
	car.controls.throttle = -1.0
	await play(0.2)
	check_near(car.forward_speed(), 14.0 - 7.0, 0.3, "speed after braking for 0.2 s")
	put(car, Vector3(0.0, 0.17, 40.0), Basis.IDENTITY, Vector3(0.0, 0.0, -14.0))
	await play(1.0)
	check_near(car.forward_speed(), 14.0 - 5.25, 0.1, "speed after coasting for a second")


func test_it_turns_on_the_published_radius() -> void:
	make()
	clear_field()
	for speed: float in [5.0, 10.0]:
		put(car, Vector3(0.0, 0.17, 20.0), Basis.IDENTITY, Vector3(0.0, 0.0, -speed))
		car.controls.steer = 1.0
		for i: int in 60:
			# The speed is held, so that only the turn is measured.
			car.velocity = -car.attitude.z * speed
			car.hand_over(CarBody.MOST_SPEED, CarBody.MOST_SPIN)
			car.controls.throttle = 0.02
			await wait_physics(1)
			arena.look()
		var wanted: float = speed * (0.398 if speed == 5.0 else 0.235)
		check_near(-car.spin.y, wanted, wanted * 0.06, "turn to the right at %s m/s" % speed)


func test_the_handbrake_lets_it_slide() -> void:
	make()
	var slip: Array[float] = []
	for handbrake: bool in [false, true]:
		clear_field()
		put(car, Vector3(0.0, 0.17, 30.0), Basis.IDENTITY, Vector3(0.0, 0.0, -14.0))
		car.controls.throttle = 1.0
		car.controls.steer = 1.0
		car.controls.handbrake = handbrake
		await play(0.5)
		slip.append(absf(car.velocity.dot(car.attitude.x)))
	check(slip[0] < 1.3, "sideways %f m/s without handbrake" % slip[0])
	check(slip[1] > 4.0, "sideways %f m/s with handbrake" % slip[1])


func test_it_drives_up_the_wall_and_stays_there() -> void:
	make()
	clear_field()
	put(car, Vector3(25.0, 0.17, 10.0), Basis(Vector3.UP, -PI / 2.0), Vector3(14.0, 0.0, 0.0))
	car.controls.throttle = 1.0
	await play(1.6)
	check(car.place.y > 4.0, "height %f: it is not up the wall" % car.place.y)
	check(car.wheels >= 3, "wheels on the wall: %d" % car.wheels)
	check(car.attitude.y.x < -0.95, "its roof looks into the field: %s" % car.attitude.y)


func test_jumps_are_as_high_as_measured() -> void:
	make()
	for held: int in [3, 30]:
		clear_field()
		put(car, Vector3.UP * 0.17)
		await play(0.2)
		var ground: float = car.place.y
		car.controls.jump = true
		await wait_physics(held)
		car.controls.jump = false
		var top: float = 0.0
		for i: int in 150:
			await wait_physics(1)
			arena.look()
			top = maxf(top, car.place.y - ground)
		# 291.67 uu/s at once and 1458.33 uu/s^2 for 0.025 or 0.2 s against 650 uu/s^2.
		var hold: float = 0.025 if held == 3 else 0.2
		var rising: float = 2.91667 + (14.58333 - 6.5) * hold
		var height: float = 2.91667 * hold + 0.5 * (14.58333 - 6.5) * hold * hold
		height += rising * rising / 13.0
		check_near(top, height, 0.12, "height of a jump held for %d ticks" % held)


func test_a_second_jump_without_stick_goes_up_and_only_once() -> void:
	make()
	clear_field()
	put(car, Vector3.UP * 0.17)
	await play(0.1)
	await _press()
	check(car.has_jumped, "it has not jumped")
	var before: float = car.velocity.y
	await _press()
	check(car.has_flipped and not car.is_dodging, "no second jump")
	check(car.velocity.y > before + 2.0, "rise %f, then %f" % [before, car.velocity.y])
	check(not car.can_jump(), "a third jump is possible")
	await play(2.0)
	check(car.can_jump() and not car.has_flipped, "after landing it can jump again")


func test_a_forward_dodge_turns_it_over_and_gains_5_m_s() -> void:
	make()
	clear_field()
	put(car, Vector3(0.0, 0.17, 20.0))
	await play(0.1)
	await _press()
	car.controls.pitch = -1.0
	var before: float = -car.velocity.z
	await _press()
	check(car.is_dodging, "no dodge")
	check_near(-car.velocity.z - before, 5.0, 0.2, "speed gained")
	await play(0.3)
	check(car.spin.dot(car.attitude.x) < -4.5, "nose down: %s" % (car.spin * car.attitude))
	var upside_down: bool = false
	for i: int in 60:
		await wait_physics(1)
		arena.look()
		upside_down = upside_down or car.attitude.y.y < -0.5
	check(upside_down, "it was never upside down")


func test_a_dodge_to_the_right_goes_right() -> void:
	make()
	clear_field()
	put(car, Vector3.UP * 0.17)
	await play(0.1)
	await _press()
	car.controls.roll = 1.0
	await _press()
	check_near(car.velocity.x, 5.0, 0.2, "speed to the right")
	await play(0.2)
	check(car.spin.dot(-car.attitude.z) > 4.0, "it rolls clockwise: %s" % (car.spin * car.attitude))


func test_air_controls_turn_about_their_axes() -> void:
	make()
	for axis: String in ["pitch", "yaw", "roll"]:
		clear_field()
		put(car, Vector3(0.0, 10.0, 0.0))
		car.controls.set(axis, 1.0)
		await play(0.1)
		var turn: Vector3 = car.spin * car.attitude
		var wanted: Vector3 = {
			"pitch": Vector3(12.46, 0.0, 0.0),
			"yaw": Vector3(0.0, -9.11, 0.0),
			"roll": Vector3(0.0, 0.0, -38.34 * (1.0 - 0.24)),
		}[axis]
		check(turn.distance_to(wanted * 0.1) < 0.2, "%s turns it by %s" % [axis, turn])


func test_a_turtled_car_rights_itself_by_a_jump() -> void:
	make()
	clear_field()
	put(car, Vector3.UP * 0.6, Basis(Vector3.BACK, PI * 0.98))
	await play(1.0)
	check(car.turtle_time > 0.1, "on its roof it counts as turtled")
	check(car.wheels == 0 and car.can_jump(), "it can jump")
	await _press()
	await play(1.5)
	check(car.wheels == 4, "after the jump it stands on %d wheels" % car.wheels)
	check(car.turtle_time == 0.0, "it counts as turtled still")


func test_a_car_that_nobody_drives_stays_turtled() -> void:
	make()
	clear_field()
	put(car, Vector3.UP * 0.6, Basis(Vector3.BACK, PI * 0.98))
	await play(3.0)
	check(car.turtle_time > 1.0, "turtled for %f s" % car.turtle_time)


func test_boost_ends_and_no_speed_passes_the_limits() -> void:
	make()
	clear_field()
	put(car, Vector3(0.0, 12.0, 40.0), Basis.IDENTITY, Vector3.ZERO, 10.0)
	car.controls.boost = true
	await play(0.5)
	check_near(car.boost, 0.0, 1e-5, "boost")
	check(not car.is_boosting, "it boosts without boost")
	put(car, Vector3(0.0, 12.0, 40.0), Basis.IDENTITY, Vector3(0.0, 0.0, -90.0))
	await play(0.1)
	check(car.velocity.length() < 23.0 + 0.1, "speed %f" % car.velocity.length())


func _press() -> void:
	car.controls.jump = true
	await wait_physics(6)
	car.controls.jump = false
	await wait_physics(2)
	arena.look()
