extends UITestCase
## The agent of UI interaction: reward terms, ends, parameters, repeatability, settings that stay.

const FILE: String = "user://ui_interaction_test.cfg"


func test_rewards_sum_to_the_terms_and_equal_actions_give_equal_rollouts() -> void:
	build()
	var runs: Array = []
	for run: int in 2:
		await wait_physics()
		begin(11)
		var rng: RandomNumberGenerator = RandomNumberGenerator.new()
		rng.seed = 4
		var values: PackedFloat32Array = []
		for decision: int in 80:
			values.append_array(controller.get_obs()["obs"])
			values.append(controller.get_reward())
			var turn: Vector2 = Vector2(rng.randf_range(-1.0, 1.0), rng.randf_range(-1.0, 1.0))
			await act(turn.x, turn.y, rng.randi_range(0, 1), rng.randi_range(0, 1))
		var total: float = 0.0
		for value: float in controller.rewards.sums.values():
			total += value
		check_near(controller.get_reward(), total, 1e-4, "reward of run %d" % run)
		runs.append(values)
	check(runs[0] == runs[1], "the rollouts differ")


func test_approach_is_not_paid_where_nothing_is_left_to_do() -> void:
	build()
	controller.observation.nearest_to_do = 0.4
	controller._remember_nearest()
	controller.observation.nearest_to_do = INF
	controller._pay()
	check(is_finite(controller.rewards.sums[&"approach"]), "the reward is not finite")


func test_the_observation_is_named_and_bounded() -> void:
	build()
	check_equal(UIObservation.names().size(), controller.get_obs_size(), "names")
	for decision: int in 40:
		await step_tester()
		for value: float in controller.get_obs()["obs"] as PackedFloat32Array:
			check(absf(value) <= 1.0, "a number is %s" % value)


func test_an_episode_that_ends_while_something_is_held_leaves_nothing_behind() -> void:
	build()
	var limit: int = 60
	while not player.right_pointer.is_pressing and limit > 0:
		limit -= 1
		await step_tester()
	check(player.right_pointer.is_pressing, "it holds something")
	begin(2)
	check(not player.right_pointer.is_pressing, "it let go")
	check(stage.main_panel.holder == null, "so did the panel")
	await act(0.1, 0.0)
	check_equal(controller.tester.count()["clicks"], 0.0, "clicks")
	check_equal(findings.size(), 0, "findings")


func test_the_time_limit_truncates() -> void:
	build()
	controller.reset_after = 45
	await wait_physics(47)
	check(controller.truncated and not controller.terminated, "truncated")
	var info: Dictionary = controller.get_info()
	check_equal(info["reward_terms"].keys(), UIRewards.WEIGHTS.keys(), "names of terms")
	check_equal(info["is_success"], false, "is_success")


func test_weights_and_sizes_are_parameters() -> void:
	build()
	for term: StringName in UIRewards.WEIGHTS:
		set_parameter("reward_" + term, 3.0)
	set_parameter("menu_size", 0.0)
	begin(2)
	for term: StringName in UIRewards.WEIGHTS:
		check_near(controller.rewards.weights[term], 3.0, 1e-9, "reward_" + term)
	check_equal(stage.main_menu.plan.pages.size(), 2, "pages of the smallest menu")
	set_parameter("menu_size", 1.0)
	begin(2)
	check_equal(stage.main_menu.plan.pages.size(), UIMenuCatalogue.TITLES.size(), "of the whole")


func test_the_cell_is_the_page_of_the_menu() -> void:
	build()
	check_equal(controller.get_cell(), "main", "at first")
	var limit: int = 60
	while controller.get_cell() == "main" and limit > 0:
		limit -= 1
		await step_tester()
	check(controller.get_cell().begins_with("main/"), "then %s" % controller.get_cell())


func test_every_element_can_be_pointed_at_and_none_overlaps() -> void:
	build()
	for episode_seed: int in 30:
		begin(episode_seed)
		for page: String in stage.main_menu.plan.pages:
			var entries: Array = stage.main_menu.plan.pages[page]
			check(entries.size() <= UIObservation.ELEMENTS - 1, "page %s is too full" % page)
			_check_rects(entries, stage.main_menu.plan.size, page)
		_check_rects(stage.quick_menu.plan.pages["quick"], UIMenuPlan.QUICK_SIZE, "quick")


func test_the_menu_is_shut_while_a_page_opens() -> void:
	build()
	var menu: UIMenu = stage.main_menu
	menu._open("main", menu.plan.find("main", "to_help"))
	check(menu.mouse_behavior_recursive == Control.MOUSE_BEHAVIOR_DISABLED, "shut")
	check_equal(menu.page, "main", "not yet")
	menu.advance(UIMenu.OPENING_TICKS)
	check_equal(menu.get_page_path(), "main/help", "open")


func test_a_persons_settings_are_kept_in_a_file() -> void:
	build()
	stage.settings.write("music", 0.35)
	stage.settings.write("avatar", 2.0)
	stage.settings.save_to(FILE)
	begin(9)
	check(stage.settings.load_from(FILE), "the file is there")
	check_near(stage.settings.read("music"), 0.35, 1e-6, "music")
	check_near(stage.settings.read("avatar"), 2.0, 1e-6, "avatar")
	DirAccess.remove_absolute(FILE)
	check(not stage.settings.load_from(FILE), "without a file")


func test_a_person_uses_the_mouse_as_the_hand() -> void:
	build()
	controller.set_heuristic("human")
	var before: Vector2 = player.headset.aim
	controller.desktop.move(Vector2(80.0, -40.0))
	await wait_physics(40)
	var moved: Vector2 = player.headset.aim - before
	check_near(moved.x, 80.0 * UIDesktop.MOUSE_TURN, 1e-3, "to the right")
	check_near(moved.y, 40.0 * UIDesktop.MOUSE_TURN, 1e-3, "up")
	controller.desktop.click(MOUSE_BUTTON_LEFT, true)
	await wait_physics(2)
	check_near(player.right_hand.get_float("trigger"), 1.0, 1e-6, "trigger")
	controller.set_heuristic("model")
	check(not player.is_person, "a policy again")


func _check_rects(entries: Array, size: Vector2, page: String) -> void:
	var whole: Rect2 = Rect2(Vector2.ZERO, size)
	for i: int in entries.size():
		var one: UIMenuEntry = entries[i]
		check(whole.encloses(one.rect), "%s/%s leaves the panel" % [page, one.name])
		for j: int in i:
			var other: UIMenuEntry = entries[j]
			check(
				not one.rect.intersects(other.rect), "%s: %s and %s" % [page, one.name, other.name]
			)


func test_nothing_is_pulled_in_the_tick_in_which_the_menu_is_built() -> void:
	build()
	await act(0.0, 0.0, 1, 1)
	check_equal(player.right_pointer.is_pressing, false, "a new menu takes no press yet")
	await act(0.0, 0.0, 1)
	check_equal(observe("trigger"), 1.0, "from the second decision on")
