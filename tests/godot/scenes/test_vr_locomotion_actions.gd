extends VRTestCase
## How actions become sticks and a trigger: the finger's speed, its click and its release.


func test_a_small_action_walks_slowly() -> void:
	build()
	clear_floor()
	await act(0.0, 0.1, 0.0, 0.0, 60)
	check_near(player.velocity.length(), 0.25, 1e-3, "a tenth of full speed")
	await act(0.0, 0.01, 0.0, 0.0, 60)
	check_equal(player.velocity, Vector3.ZERO, "the thumb rests")


func test_a_weak_turn_clicks_later_not_never() -> void:
	build()
	clear_floor()
	var turned_at: Array[int] = []
	for decision: int in 40:
		await act(0.0, 0.0, 0.2, 0.0, 9)
		if turned_at.is_empty() and absf(player.rotation.y) > 0.1:
			turned_at.append(decision)
	check(not turned_at.is_empty() and turned_at[0] > 5, "turned at %s" % [turned_at])
	check(rad_to_deg(player.rotation.y) < -59.0, "the finger let go and clicked again")


func test_a_full_pull_teleports_in_a_few_decisions() -> void:
	build()
	clear_floor()
	for decision: int in 4:
		await act(0.0, 0.0, 0.0, 1.0, 9)
	check_near(player.position.z, -3.0, 1e-3, "one teleport forward")


func test_pushing_the_trigger_back_never_teleports() -> void:
	build()
	clear_floor()
	for decision: int in 20:
		await act(0.0, 0.0, 0.0, -0.5, 9)
	check_near(player.position.z, 0.0, 1e-6, "place")
	check_equal(controller.trigger_press, 0.0, "trigger")


func test_the_fingers_are_observed_and_rest_at_the_start() -> void:
	build()
	clear_floor()
	await act(0.0, 0.0, 0.0, 0.0, 9)
	await act(0.0, 0.0, -0.5, 0.5, 9)
	var names: PackedStringArray = controller.get_observation_names()["obs"]
	var values: PackedFloat32Array = controller.get_obs()["obs"]
	check_near(values[names.find("turn_press")], -0.2, 0.03, "turn_press")
	check_near(values[names.find("trigger_press")], 0.2, 0.03, "trigger_press")
	begin(2)
	values = controller.get_obs()["obs"]
	check_near(values[names.find("turn_press")], 0.0, 1e-6, "turn_press at the start")
