extends UITestCase
## Each planted bug is found by looking at the interface alone, by a tester that does what is to be
## done next; a double click finds the race.


func test_a_dead_button_is_found() -> void:
	await _find(UIMenuBugs.DEAD_BUTTON, "dead_element")


func test_a_setting_that_is_lost_is_found() -> void:
	await _find(UIMenuBugs.LOST_SETTING, "setting_lost")


func test_a_page_without_a_way_back_is_found() -> void:
	await _find(UIMenuBugs.NO_WAY_BACK, "page_without_exit")
	check(controller.tester.is_trapped(), "it is trapped")
	check(not controller.tester.is_complete(), "the menu was not walked")


func test_an_element_that_is_hidden_by_another_is_found() -> void:
	await _find(UIMenuBugs.HIDDEN_ELEMENT, "covered_element")


func test_a_double_click_opens_a_page_twice() -> void:
	set_parameter(UIMenuBugs.DOUBLE_OPEN, 1.0)
	build(3, 0.4)
	await _play_with_double_clicks()
	check_equal(_kinds(), ["inconsistent_navigation"] as Array[String], "with the bug")


func test_double_clicks_are_harmless_in_a_sound_menu() -> void:
	build(3, 0.4)
	await _play_with_double_clicks()
	check_equal(_kinds(), [] as Array[String], "without the bug")
	check(controller.get_info().get("is_success", false) == true, "success")


func test_where_a_bug_is_changes_nothing_else() -> void:
	build(7)
	var clean: Dictionary[String, float] = stage.settings.values.duplicate()
	var place: Vector3 = stage.main_panel.position
	for bug: String in UIMenuBugs.NAMES:
		set_parameter(bug, 1.0)
	begin(7)
	check_equal(stage.settings.values, clean, "settings")
	check_equal(stage.main_panel.position, place, "the panel's place")
	check_equal(stage.main_menu.plan.bugs.size(), UIMenuBugs.NAMES.size(), "bugs planted")
	var places: Array = stage.main_menu.plan.bugs.values()
	places.sort()
	for i: int in places.size() - 1:
		check(places[i] != places[i + 1], "two bugs at %s" % places[i])


# Plays episodes with one bug: it is found in each, and nothing else.
func _find(bug: String, kind: String) -> void:
	set_parameter(bug, 1.0)
	build(1, 0.4)
	var played: int = 0
	for episode_seed: int in 12:
		if played == 3:
			break
		begin(episode_seed)
		if stage.main_menu.plan.bugs.is_empty():
			continue
		played += 1
		var decisions: int = await play_tester(400)
		check(controller.terminated, "seed %d: it ends, %d decisions" % [episode_seed, decisions])
		check_equal(_kinds(), [kind] as Array[String], "kinds with seed %d" % episode_seed)
		check_equal(controller.get_info().get("is_success"), false, "is_success")
	check_equal(played, 3, "episodes with the bug")


# As the tester, but every click on what leads to a page is a double one.
func _play_with_double_clicks() -> void:
	var decisions: int = 0
	while not controller.done and decisions < 400:
		var held: RefCounted = controller.tester.get_held()
		await step_tester()
		decisions += 1
		if held != null and "/to_" in held.get("id") and not player.right_pointer.is_pressing:
			await act(0.0, 0.0, 1)
			await act(0.0, 0.0, 0)
			decisions += 2


func _kinds() -> Array[String]:
	var kinds: Array[String] = []
	for finding: PackedStringArray in findings:
		kinds.append(finding[0])
	return kinds
