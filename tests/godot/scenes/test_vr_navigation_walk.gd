extends NavTestCase
## A driver by rule walks courses of every kind to their goals: the body can do what they ask.

const DRIVER := preload("res://tests/godot/scenes/nav_downhill_driver.gd")
const SEEDS: int = 4


func test_every_kind_can_be_walked_at_every_difficulty() -> void:
	build()
	for kind: int in NavCourse.KINDS:
		for difficulty: float in [0.0, 0.5, 1.0]:
			for episode_seed: int in SEEDS:
				await _walk(kind, difficulty, episode_seed)


func _walk(kind: int, difficulty: float, episode_seed: int) -> void:
	var what: String = "kind %d, difficulty %s, seed %d" % [kind, difficulty, episode_seed]
	await wait_physics()
	controller.course_kind = kind
	controller.difficulty = difficulty
	begin(episode_seed)
	while not controller.done:
		controller.set_action(DRIVER.decide(controller))
		await wait_physics(REPEAT)
	var metrics: Dictionary = controller.get_info()["metrics"]
	check(controller.has_arrived, "%s: %s" % [what, metrics])
	# The way round several boxes is not exact: it may touch one.
	if kind >= NavCourse.Kind.CORRIDOR and kind <= NavCourse.Kind.RAMPS:
		check(metrics["collisions"] <= 1, "%s: %s collisions" % [what, metrics["collisions"]])
