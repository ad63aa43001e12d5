extends UITestCase
## The whole menu can be walked and tested by what the agent observes, and nothing is reported
## where nothing is wrong.


func test_a_scripted_tester_walks_every_menu() -> void:
	build()
	for episode_seed: int in 6:
		begin(episode_seed)
		await wait_physics()
		var decisions: int = await play_tester()

		check(controller.terminated, "seed %d: it ends" % episode_seed)
		check_equal(findings, [] as Array[PackedStringArray], "findings of seed %d" % episode_seed)
