extends CarBallCase
## How episodes of `car_ball` begin: every kind of start is what its name says, and drawn from the
## seed alone.

const EPISODES: int = 40


func test_kickoffs_are_the_published_places_and_fair() -> void:
	make()
	var seen: Dictionary = {}
	for episode: int in EPISODES:
		begin(episode)
		check_near(car.place.x, -other.place.x, 1e-4)
		check_near(car.place.z, -other.place.z, 1e-4)
		check_near(car.boost, 100.0 / 3.0, 1e-4)
		check_near(ball.place.length(), BallBody.REST_HEIGHT, 1e-4)
		seen[Vector2i(roundi(car.place.x * 100.0), roundi(car.place.z * 100.0))] = true
	for place: Vector2i in [
		Vector2i(-2048, 2560), Vector2i(2048, 2560), Vector2i(-256, 3840), Vector2i(0, 4608)
	]:
		check(seen.has(place), "no kickoff from %s in %d" % [place, EPISODES])
	check_equal(seen.size(), 5, "places of a kickoff")


func test_random_starts_have_half_of_all_in_the_air() -> void:
	_only("random")
	make()
	var flying: int = 0
	var high: int = 0
	var speeds: float = 0.0
	for episode: int in EPISODES:
		begin(episode)
		high += int(ball.place.y > 1.5)
		speeds += ball.velocity.length()
		for each: CarBody in arena.cars:
			flying += int(each.place.y > 0.5)
			_check_free(each, "seed %d" % episode)
	check(flying > 25 and flying < 55, "%d of 80 cars in the air" % flying)
	check(high > 10 and high < 30, "%d of 40 balls in the air" % high)
	check(speeds / EPISODES > 8.0, "mean speed of the ball %f" % (speeds / EPISODES))


func test_turtled_starts_lie_on_roof_or_side() -> void:
	_only("turtled")
	make()
	var lying: int = 0
	for episode: int in 10:
		begin(episode)
		check(car.attitude.y.y < 0.4 and other.attitude.y.y < 0.4, "seed %d" % episode)
		await play(1.2)
		lying += int(car.turtle_time > 0.0)
	# The others rolled onto their wheels by themselves.
	check(lying >= 7, "%d of 10 lie on roof or side after a second" % lying)


func test_mechanics_are_at_the_wall_in_the_air_and_over_the_floor() -> void:
	make()
	_only("wall")
	for episode: int in 10:
		begin(episode)
		check(car.wheels == 4 and absf(car.attitude.y.x) > 0.99, "it is not on the wall")
		check(absf(ball.place.x) > 39.0 and ball.velocity.y > 5.0, "the ball is not there")
	_only("aerial")
	begin(1)
	check(ball.place.y > 5.0 and car.boost >= 50.0, "no aerial: %s" % ball.place)
	_only("jump")
	begin(1)
	check(ball.place.y > 2.0 and ball.place.y < 4.1 and car.wheels == 4, "no jump")
	check(car.place.distance_to(ball.place) < 15.5, "it is far from the ball")


func test_replayed_moments_are_of_the_file_for_either_team() -> void:
	_only("replayed")
	for size: int in [1, 2]:
		make(1, size)
		var sides: Dictionary = {}
		for episode: int in EPISODES:
			begin(episode)
			check(ball.place.length() > 1.0 or car.velocity.length() > 0.0, "a kickoff")
			sides[signf(car.place.z)] = true
			for each: CarBody in arena.cars:
				check(CarField.surface(each.place).d > 0.05, "%s is outside" % each.place)
		check_equal(sides.size(), 2, "halves in which blue begins")
		arena.free()


func test_phases_have_weights_and_starts_of_their_own() -> void:
	make()
	for phase: int in CarPhases.NAMES.size():
		Sync.set_parameter("phase", phase)
		begin(phase)
		for term: StringName in CarRewards.TERMS:
			check_near(
				controller_of(car).rewards.weights[term],
				CarPhases.WEIGHTS[phase].get(term, 0.0),
				1e-6,
				"%s in phase %d" % [term, phase]
			)
		for named: StringName in CarPhases.WEIGHTS[phase]:
			check(named in CarRewards.TERMS, "phase %d names %s" % [phase, named])
		var total: float = 0.0
		for kind: String in CarPhases.STARTS[phase]:
			check(kind in CarStarts.KINDS, "phase %d names %s" % [phase, kind])
			total += CarPhases.STARTS[phase][kind]
		check_near(total, 1.0, 1e-6, "starts of phase %d" % phase)
	Sync.set_parameter("reward_touch", 0.25)
	begin(9)
	check_near(controller_of(car).rewards.weights[&"touch"], 0.25, 1e-6, "a parameter is stronger")
	Sync.set_parameter("mechanics_weight", 0.0)
	begin(10)
	for kind: String in CarStarts.MECHANICS:
		check_near(arena.settings.start_weights[CarStarts.KINDS.find(kind)], 0.0, 1e-6, kind)


func _only(wanted: String) -> void:
	for kind: String in CarStarts.KINDS:
		Sync.set_parameter("start_" + kind, float(kind == wanted))


func _check_free(each: CarBody, when: String) -> void:
	var reach: float = CarField.surface(each.place).d
	check(reach > 0.15, "%s: %s is %f m from a wall" % [when, each.name, reach])
	var gap: float = each.place.distance_to(ball.place)
	check(gap > 1.8, "%s: %s is %f m from the ball" % [when, each.name, gap])
