extends NavTestCase
## Every kind of course, played to its goal through the scene's own player: a driver by rule arrives
## without falling, and where nothing moves without touching anything.

const COURSES: int = 4
const MOST_DECISIONS: int = 600
## How fast the driver walks on easy and on hard courses, as a share of full speed.
const SPEED: Vector2 = Vector2(0.6, 0.3)


func test_a_driver_by_rule_arrives_on_every_kind() -> void:
	build()
	controller.episode_decisions = 1000
	var touched: int = 0
	for kind: int in NavCourse.KINDS:
		controller.course_kind = kind
		for seed_value: int in COURSES:
			controller.difficulty = seed_value / (COURSES - 1.0)
			begin(seed_value)
			await _drive(lerpf(SPEED.x, SPEED.y, controller.difficulty))
			var label: String = "kind %d, seed %d" % [kind, seed_value]
			check(controller.has_arrived, "%s: at %s" % [label, player.position])
			if kind != NavCourse.Kind.MOVING:
				touched += mini(player.collisions, 1)
	check(touched <= 2, "%d of %d courses with a touch" % [touched, COURSES * 7])


func _drive(speed: float) -> void:
	for decision: int in MOST_DECISIONS:
		controller.set_action(NavDownhillDriver.decide(controller, speed))
		await wait_physics(REPEAT)
		if controller.done:
			return
