extends GodotTestCase
## A person's head and hands: repeatable, bounded, without jumps, and alive.

const PersonMotion := preload("res://addons/godot_rl/xr/person_motion.gd")
const PersonWander := preload("res://addons/godot_rl/xr/person_wander.gd")
const TICK: float = 1.0 / 90.0
const SECONDS: int = 60


func test_one_seed_is_one_person_in_any_order_of_reading() -> void:
	var person: PersonMotion = PersonMotion.new()
	var again: PersonMotion = PersonMotion.new()
	person.begin(7)
	again.begin(7)
	var forwards: Array[Transform3D] = []
	for i: int in 600:
		person.sample(i * 0.1)
		forwards.append_array([person.head, person.left_hand, person.right_hand])
	for i: int in 600:
		var at: int = 599 - i
		again.sample(at * 0.1)
		check(again.head == forwards[at * 3], "head at %.1f s" % (at * 0.1))
		check(again.left_hand == forwards[at * 3 + 1], "left hand at %.1f s" % (at * 0.1))
		check(again.right_hand == forwards[at * 3 + 2], "right hand at %.1f s" % (at * 0.1))


func test_other_seeds_are_other_people() -> void:
	var person: PersonMotion = PersonMotion.new()
	person.begin(1)
	person.sample(10.0)
	var first: Transform3D = person.head
	person.begin(2)
	person.sample(10.0)
	check(person.head != first, "two seeds, one head")
	check(person.left_hand.origin != person.right_hand.origin * Vector3(-1.0, 1.0, 1.0), "mirror")


func test_head_and_hands_keep_their_bounds() -> void:
	for eye_height: float in [1.2, 1.7, 2.0]:
		var person: PersonMotion = PersonMotion.new()
		person.eye_height = eye_height
		person.left_rest = Vector3(-0.25, 0.65 * eye_height, -0.3)
		var rest: Vector3 = Vector3(0.0, eye_height, 0.0)
		var arm: float = person.arm_length() * PersonMotion.ARM_BOUND
		for person_seed: int in 6:
			person.begin(person_seed)
			for i: int in SECONDS * 10:
				person.sample(i * 0.1)
				check(_is_sound(person.head) and _is_sound(person.left_hand), "not orthonormal")
				var off: float = person.head.origin.distance_to(rest)
				check(off <= PersonMotion.HEAD_BOUND, "head %.3f m off its place" % off)
				var turned: Vector3 = person.head.basis.get_euler().abs()
				check(
					turned[turned.max_axis_index()] <= PersonMotion.HEAD_TURN_BOUND,
					"head turned by %s" % turned
				)
				for side: float in [-1.0, 1.0]:
					var hand: Transform3D = person.left_hand if side < 0.0 else person.right_hand
					var far: float = hand.origin.distance_to(person.shoulder(side))
					check(far <= arm, "hand %.3f m from its shoulder" % far)


func test_nothing_jumps() -> void:
	var person: PersonMotion = PersonMotion.new()
	var fastest: Vector3 = Vector3.ZERO
	for person_seed: int in 4:
		person.begin(person_seed)
		var head: Transform3D = person.head
		var hand: Transform3D = person.right_hand
		for i: int in range(1, SECONDS * 90):
			person.sample(i * TICK)
			fastest = fastest.max(
				(
					Vector3(
						head.origin.distance_to(person.head.origin),
						hand.origin.distance_to(person.right_hand.origin),
						_angle(head, person.head)
					)
					/ TICK
				)
			)
			head = person.head
			hand = person.right_hand
	check(fastest.x < 0.6, "the head moves at %.2f m/s" % fastest.x)
	check(fastest.y < 2.4, "the hand moves at %.2f m/s" % fastest.y)
	check(fastest.z < 4.5, "the head turns at %.2f rad/s" % fastest.z)


func test_a_person_looks_about_and_reaches() -> void:
	var person: PersonMotion = PersonMotion.new()
	var yaw: Vector2 = Vector2.ZERO
	var farthest: float = 0.0
	for person_seed: int in 5:
		person.begin(person_seed)
		for i: int in SECONDS * 10:
			person.sample(i * 0.1)
			var now: float = person.head.basis.get_euler().y
			yaw = Vector2(minf(yaw.x, now), maxf(yaw.y, now))
			farthest = maxf(farthest, person.right_hand.origin.distance_to(person.shoulder(1.0)))
	check(yaw.x < -0.3 and yaw.y > 0.3, "gaze from %.2f to %.2f rad" % [yaw.x, yaw.y])
	check(farthest > 0.8 * person.arm_length(), "reach %.2f m" % farthest)


func test_the_sway_is_as_large_as_documented() -> void:
	var person: PersonMotion = PersonMotion.new()
	var squares: Vector3 = Vector3.ZERO
	var count: int = 0
	for person_seed: int in 10:
		person.begin(person_seed)
		for i: int in 3000:
			var sway: Vector3 = person._sway(i * 0.1)
			squares += sway * sway
			count += 1
	check_near(sqrt(squares.z / count) * 1000.0, 7.6, 0.5, "forwards, mm")
	check_near(sqrt(squares.x / count) * 1000.0, 4.7, 0.5, "sideways, mm")


func test_a_move_starts_and_ends_at_rest() -> void:
	check_equal(PersonWander.least_jerk(-1.0), 0.0, "before")
	check_equal(PersonWander.least_jerk(2.0), 1.0, "after")
	check_near(PersonWander.least_jerk(0.5), 0.5, 1e-9, "half")
	check_near(PersonWander.least_jerk(0.001) / 0.001, 0.0, 1e-4, "speed at the start")


func _is_sound(pose: Transform3D) -> bool:
	return pose.is_finite() and pose.basis.is_conformal() and pose.basis.determinant() > 0.99


func _angle(before: Transform3D, after: Transform3D) -> float:
	var turn: Quaternion = Quaternion(after.basis * before.basis.inverse())
	return 2.0 * acos(clampf(absf(turn.w), 0.0, 1.0))
