extends GodotTestCase
## The pixel scenario without its camera: where things stand, how the seeker moves, what is earned.
## What the camera sees: tests/python/scenarios/test_pixel_target.py, since it needs a screen.

const SCENE: PackedScene = preload("res://scenes/pixel_target/pixel_target.tscn")
const TICK: float = 1.0 / 90.0


func test_places_follow_from_the_seed_and_are_free() -> void:
	var room: PixelRoom = _scene().get_node("Room")
	var headings: Dictionary[float, bool] = {}
	for episode: int in 300:
		room.begin(episode)
		var first: Array[Vector3] = _places(room)
		headings[snappedf(room.start_heading, PI / 2.0)] = true
		for index: int in 3:
			check(
				room.start.distance_to(first[index]) >= PixelRoom.START_APART,
				"the start of episode %d is beside pillar %d" % [episode, index]
			)
			for other: int in index:
				check(first[index].distance_to(first[other]) >= PixelRoom.APART, "pillars touch")
		check_equal(room.touched(room.start, PixelSeeker.RADIUS), -1, "touched at the start")
		room.begin(episode + 1000)
		check(_places(room) != first, "two seeds have one room")
		room.begin(episode)
		check_equal(_places(room), first, "places of the same seed")
	check_equal(headings.size(), 5, "quarters of headings")


func test_it_walks_turns_and_stays_in_the_room() -> void:
	var seeker: PixelSeeker = _scene().get_node("Seeker")
	seeker.room.begin(3)
	for pillar: Node3D in seeker.room.pillars:
		pillar.position = Vector3(50.0, 0.0, 0.0)
	seeker.begin()
	seeker.position = Vector3.ZERO
	seeker.rotation.y = 0.0
	seeker.walk = 1.0
	for i: int in 45:
		seeker._physics_process(TICK)
	check_near(seeker.position.z, -0.5 * PixelSeeker.SPEED, 1e-4, "half a second forwards")
	for i: int in 200:
		seeker._physics_process(TICK)
	check_near(seeker.position.z, -PixelRoom.HALF + PixelSeeker.RADIUS, 1e-4, "at the wall")
	seeker.walk = -1.0
	for i: int in 45:
		seeker._physics_process(TICK)
	check_near(seeker.position.z, -PixelRoom.HALF + PixelSeeker.RADIUS + 0.5, 1e-4, "half as fast")
	seeker.walk = 0.0
	seeker.turn = 1.0
	for i: int in 18:
		seeker._physics_process(TICK)
	check_near(seeker.rotation.y, 0.2 * PixelSeeker.TURN_SPEED, 1e-4, "a turn to the left")


func test_the_first_pillar_ends_it_and_terms_add_up() -> void:
	for pillar: int in 3:
		var controller: PixelTargetController = _controller()
		var seeker: PixelSeeker = controller.seeker
		controller.begin_episode(5)
		var target: Vector3 = seeker.room.pillars[pillar].position
		for other: int in 3:
			if other != pillar:
				seeker.room.pillars[other].position += Vector3(40.0, 0.0, 0.0)
		var earned: float = 0.0
		for decision: int in 150:
			var way: Vector3 = target - seeker.position
			seeker.rotation.y = atan2(-way.x, -way.z)
			controller.set_action({"move": [1.0, 0.0]})
			for tick: int in 9:
				seeker._physics_process(TICK)
				controller._physics_process(TICK)
			earned += controller.reward
			controller.zero_reward()
			if controller.done:
				break
		check(controller.terminated, "pillar %d does not end the episode" % pillar)
		var info: Dictionary = controller.get_info()
		check_equal(info["is_success"], pillar == 0, "success")
		check_equal(info["metrics"]["wrong"], 0.0 if pillar == 0 else 1.0, "wrong")
		var terms: Dictionary = info["reward_terms"]
		var sum: float = 0.0
		for term: String in terms:
			sum += terms[term]
		check_near(sum, earned, 1e-4, "sum of the terms")
		check_near(terms["target"], 10.0 if pillar == 0 else 0.0, 1e-6, "target")
		check_near(terms["wrong"], 0.0 if pillar == 0 else -10.0, 1e-6, "wrong")


func _scene() -> Node:
	var root: Node = SCENE.instantiate()
	add_child(root)
	return root


func _controller() -> PixelTargetController:
	return _scene().get_node("Seeker/AIController3D")


func _places(room: PixelRoom) -> Array[Vector3]:
	var places: Array[Vector3] = []
	for pillar: Node3D in room.pillars:
		places.append(pillar.position)
	return places
