extends GodotTestCase
## Comfort of VR navigation: 1 in a calm ride, less for each of the four strains.

const STEP: float = 0.1

var comfort: NavComfort


func test_rest_and_steady_walking_are_comfortable() -> void:
	begin()
	ride(Vector3.ZERO, 0.0, 1.0, 20)
	check_near(comfort.value, 1.0, 1e-6, "at rest")
	ride(Vector3(0.0, 0.0, -2.5), 0.0, 1.0, 80)
	check_near(comfort.value, 1.0, 1e-3, "at a steady speed")


func test_each_strain_lowers_it() -> void:
	begin()
	for i: int in 20:
		ride(Vector3.FORWARD * (2.0 if i % 2 == 0 else 0.5), 0.0, 1.0, 1)
	check(comfort.acceleration_strain > 0.9 and comfort.jerk_strain > 0.9, "to and fro")
	check(comfort.value < 0.1, "comfort to and fro: %s" % comfort.value)
	begin()
	ride(Vector3.ZERO, deg_to_rad(60.0), 1.0, 80)
	check_near(comfort.turning_strain, 1.0, 0.01, "60 degrees/s")
	check_near(comfort.value, 0.5, 0.01, "one strain of 1 halves comfort")
	begin()
	ride(Vector3.ZERO, 0.0, cos(deg_to_rad(32.5)), 60)
	check_near(comfort.tilt_strain, 0.5, 0.01, "32.5 of 20 to 45 degrees")
	check_near(comfort.acceleration_strain + comfort.turning_strain, 0.0, 1e-6, "nothing else")


func test_a_gentle_start_is_more_comfortable_than_a_sudden_one() -> void:
	begin()
	var gentle: float = 1.0
	for i: int in 21:
		ride(Vector3.FORWARD * 0.12 * i, 0.0, 1.0, 1)
		gentle = minf(gentle, comfort.value)
	begin()
	var sudden: float = 1.0
	for i: int in 6:
		ride(Vector3.FORWARD * minf(0.6 * i, 2.5), 0.0, 1.0, 1)
		sudden = minf(sudden, comfort.value)
	check(gentle > 0.8, "gentle: %s" % gentle)
	check(sudden < 0.5, "sudden: %s" % sudden)


func test_less_is_better_however_rough_the_ride() -> void:
	var found: Array[float] = []
	for size: float in [0.3, 0.8, 1.6]:
		begin()
		for i: int in 20:
			ride(Vector3.FORWARD * (size if i % 2 == 0 else 0.0), 0.0, 1.0, 1)
		found.append(comfort.value)
	check(found[0] > found[1] and found[1] > found[2] and found[2] > 0.0, str(found))


func test_a_snap_turn_is_no_speed_of_turning() -> void:
	begin()
	comfort.add_turn(30.0)
	comfort.step(Vector3.ZERO, deg_to_rad(30.0), 1.0, STEP)
	check_near(comfort.turning_strain, comfort.snap_strain * 0.9, 1e-5, "what a snap adds")
	ride(Vector3.ZERO, 0.0, 1.0, 60, deg_to_rad(30.0))
	check_near(comfort.value, 1.0, 1e-2, "it fades")


func test_events_are_falls_below_the_threshold() -> void:
	begin()
	ride(Vector3.ZERO, deg_to_rad(150.0), 1.0, 30)
	check_equal(comfort.events, 1, "one long turn")
	ride(Vector3.ZERO, 0.0, 1.0, 60, comfort._yaw)
	check(comfort.value > 0.9, "it recovers")
	ride(Vector3.ZERO, deg_to_rad(150.0), 1.0, 30, comfort._yaw)
	check_equal(comfort.events, 2, "the second")
	check(comfort.mean > 0.0 and comfort.mean < 1.0, "mean")
	comfort.restart(0.0)
	check_equal(comfort.events, 0, "events of a new episode")
	check_near(comfort.mean, 1.0, 1e-9, "mean of a new episode")


func begin() -> void:
	comfort = NavComfort.new()
	add_child(comfort)
	comfort.restart(0.0)


## Rides [param steps] samples at [param velocity], turning by [param rate] rad/s from [param yaw].
func ride(velocity: Vector3, rate: float, upright: float, steps: int, yaw: float = 0.0) -> void:
	for i: int in steps:
		comfort.step(velocity, wrapf(yaw + rate * STEP * (i + 1), -PI, PI), upright, STEP)
