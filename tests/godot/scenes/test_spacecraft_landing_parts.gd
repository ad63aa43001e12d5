extends LandingTestCase
## Floating origin, watch, planted bugs, walk and view of the spacecraft landing.

const FAR: float = 4.0e6

var _found: Dictionary[String, bool] = {}


func test_far_away_on_the_planet_a_flight_is_the_same_bit_for_bit() -> void:
	build()
	var runs: Array[PackedFloat32Array] = []
	for distance: float in [0.0, FAR]:
		set_parameter("site_distance", distance)
		await wait_physics()
		begin(11)
		runs.append(await roll(12))
	check(runs[0] == runs[1], "the flights differ")
	var place: PackedFloat64Array = origin.on_planet(lander.position)
	check(Vector2(place[0], place[2]).length() > FAR * 0.99, "it is far away: %s" % place)
	check(lander.position.length() < 1500.0, "and near the origin: %s" % lander.position)


func test_without_it_the_same_flight_is_another() -> void:
	build()
	await wait_physics()
	begin(11)
	var near: PackedFloat32Array = await roll(12)
	set_parameter("site_distance", FAR)
	set_parameter("floating_origin", 0.0)
	await wait_physics()
	begin(11)
	var far: PackedFloat32Array = await roll(12)
	check(near != far, "4,000 km away rounding must show")
	var apart: float = 0.0
	for i: int in near.size():
		apart = maxf(apart, absf(near[i] - far[i]))
	check(apart > 0.005, "and be gross: %s" % apart)


func test_a_flight_beyond_the_shift_distance_moves_everything_back() -> void:
	build()
	await hang(Vector3(0.0, 1090.0, 0.0), Vector3(0.0, 60.0, 0.0))
	var before: PackedFloat64Array = origin.on_planet(lander.position)
	await act(0.6, Vector2.ZERO, Vector2.ZERO, 36)
	check(lander.position.length() < 60.0, "back at the root: %s" % lander.position)
	var after: PackedFloat64Array = origin.on_planet(lander.position)
	check_near(after[1] - before[1], 60.0 * 0.4, 1.5, "on the planet it flew on")
	check_near(judge.offset().y, 1090.0 + 60.0 * 0.4, 1.5, "and over the pad")
	await wait_physics()
	begin(1)
	check(scene.terrain.position == Vector3.ZERO, "a new flight begins at the root")


func test_the_watch_is_silent_on_flights_without_bugs() -> void:
	_listen()
	for episode: int in 2:
		await wait_physics()
		begin(episode)
		await roll(25)
	await wait_physics()
	begin(3)
	await guide()
	check_equal(_findings(), [], "findings")


func test_each_planted_bug_is_found_and_only_it() -> void:
	_listen()
	set_parameter("bug_leg_tunnelling", 1.0)
	await hang(Vector3(0.0, 4.0, 0.0), Vector3(0.0, -3.5, 0.0))
	_found.clear()
	await act(0.59, Vector2.ZERO, Vector2.ZERO, 240)
	check_equal(_findings(), ["tunnelling"], "legs")
	set_parameter("bug_leg_tunnelling", 0.0)
	set_parameter("bug_free_thrust", 1.0)
	await hang(Vector3(0.0, 500.0, 0.0))
	_found.clear()
	await act(0.0, Vector2(0.9, 0.0), Vector2.ZERO, 90)
	check_equal(_findings(), ["energy_gain"], "thrust for nothing")
	set_parameter("bug_free_thrust", 0.0)
	set_parameter("bug_dead_gyro", 1.0)
	await hang(Vector3(0.0, 500.0, 0.0), Vector3.ZERO, 1.3)
	_found.clear()
	await act(0.0, Vector2.ZERO, Vector2(-1.0, 0.0), 180)
	check_equal(_findings(), ["dead_control"], "jets")
	set_parameter("bug_dead_gyro", 0.0)
	set_parameter("bug_origin_jump", 1.0)
	await hang(Vector3(0.0, 1090.0, 0.0), Vector3(0.0, 60.0, 0.0))
	_found.clear()
	await act(0.5, Vector2.ZERO, Vector2.ZERO, 60)
	check_equal(_findings(), ["teleport"], "jump")


func test_the_pilot_walks_to_the_beacon_after_a_soft_touchdown() -> void:
	build()
	controller.walking = true
	await hang(Vector3(0.5, 0.2, 0.5))
	await act(0.0, Vector2.ZERO, Vector2.ZERO, 60)
	check(controller.walk.is_on and not controller.done, "the episode goes on")
	var start: float = controller.walk.distance()
	check_near(observe("pad_distance"), start / 1000.0, 1e-4, "the beacon is the goal")
	for decision: int in 200:
		if controller.done:
			break
		var turn: float = clampf(-2.0 * atan2(observe("pad_right"), -observe("pad_back")), -1, 1)
		await act(0.0, Vector2(0.0, -1.0), Vector2(0.0, turn))
	check(controller.terminated, "terminated")
	var info: Dictionary = controller.get_info()
	check_equal(info["is_success"], true, "the landing is what succeeds")
	check_near(info["metrics"]["walked_to_beacon"], 1.0, 1e-9, "walked_to_beacon")
	check_near(info["reward_terms"][&"walk"], 0.1 * (start - 1.5), 0.05, "walk")
	await wait_physics()
	begin(2)
	check(not controller.walk.is_on and not controller.walk.pilot.is_out, "on board again")


func test_the_pilot_stands_on_the_ground_and_can_jump() -> void:
	build()
	controller.walking = true
	await hang(Vector3(0.5, 0.2, 0.5))
	await act(0.0, Vector2.ZERO, Vector2.ZERO, 120)
	check_near(controller.walk.pilot.feet().y, 0.0, 0.1, "feet")
	await act(1.0, Vector2.ZERO, Vector2.ZERO, 20)
	check(controller.walk.pilot.feet().y > 0.2, "jump: %s" % controller.walk.pilot.feet().y)


func test_a_cell_names_the_coarse_state() -> void:
	build()
	await hang(Vector3(120.0, 510.0, 0.0), Vector3(0.0, -25.0, 0.0))
	check_equal(controller.get_cell(), "10,2,2,0", "cell")


# Kinds that the watch has reported since the last call.
func _findings() -> Array:
	var kinds: Array = _found.keys()
	_found.clear()
	return kinds


func _listen() -> void:
	build()
	controller.watch.found.connect(func(kind: String) -> void: _found[kind] = true)
