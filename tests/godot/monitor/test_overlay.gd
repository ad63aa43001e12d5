extends GodotTestCase
## The overlay, its switch and its keys. What it looks like is in docs/overlay.md.

const MonitorScene := preload("res://tests/godot/monitor/monitor_scene.gd")
const RLAgentView := preload("res://addons/godot_rl/monitor/agent_view.gd")
const RLOverlay := preload("res://addons/godot_rl/monitor/overlay.gd")
const RLOverlaySwitch := preload("res://addons/godot_rl/monitor/overlay_switch.gd")
const RLSensorView := preload("res://addons/godot_rl/sensors/sensor_view.gd")


func _press(key: Key, shift: bool = false, into: Viewport = get_viewport()) -> void:
	var event: InputEventKey = InputEventKey.new()
	event.keycode = key
	event.pressed = true
	event.shift_pressed = shift
	into.push_input(event)


func _switch(sync: Node) -> RLOverlaySwitch:
	var made: RLOverlaySwitch = RLOverlaySwitch.new()
	sync.add_child(made)
	return made


func _tell(sync: MonitorScene.ToldSync) -> void:
	for agent: Node in sync.agents:
		if agent.rl_episode.watch != null:
			agent.rl_episode.watch.rewarded(0.5, false, {"reward_terms": {"a": 0.5}})
			agent.rl_episode.watch.decided({"move": [0.1, 0.2], "jump": 1}, sync.policy)


func test_who_gets_a_switch() -> void:
	check(RLOverlaySwitch.is_wanted(false, true, true), "a debug build with a window")
	check(not RLOverlaySwitch.is_wanted(true, true, false), "no window")
	check(not RLOverlaySwitch.is_wanted(false, false, true), "a release build")
	check(RLOverlaySwitch.is_wanted(true, false, true), "a release build that asks for it")


func test_off_there_is_one_node_without_a_process() -> void:
	var sync: MonitorScene.ToldSync = MonitorScene.make(self, 1)
	var before: int = sync.get_child_count(true)
	var made: RLOverlaySwitch = _switch(sync)
	check_equal(sync.get_child_count(true), before + 1, "nodes")
	check_equal(made.get_child_count(true), 0, "below it")
	check(not made.is_processing() and not made.is_physics_processing(), "processes")
	check(not made.is_processing_input(), "hears the mouse")
	_press(KEY_F9)
	check(made.overlay != null and made.get_child_count() == 1, "shown by the key")
	await get_tree().process_frame
	check(sync.agents[0].rl_episode.watch != null, "the agent is watched")
	_press(KEY_F9)
	check(made.overlay == null, "hidden by the key")
	await get_tree().process_frame
	check_equal(made.get_child_count(true), 0, "below it afterwards")
	check(sync.agents[0].rl_episode.watch == null, "the agent is not watched any more")
	check(RLSensorView.of(get_viewport()) == null, "no sensor is drawn any more")


func test_the_key_is_a_project_setting() -> void:
	var sync: MonitorScene.ToldSync = MonitorScene.make(self, 1)
	ProjectSettings.set_setting(RLOverlaySwitch.KEY_SETTING, "Shift+O")
	var made: RLOverlaySwitch = _switch(sync)
	ProjectSettings.set_setting(RLOverlaySwitch.KEY_SETTING, null)
	_press(KEY_F9)
	_press(KEY_O)
	check(made.overlay == null, "other keys")
	_press(KEY_O, true)
	check(made.overlay != null, "the key")
	await get_tree().process_frame


func test_keys_choose_page_and_corner() -> void:
	var sync: MonitorScene.ToldSync = MonitorScene.make(self, 3)
	for agent: MonitorScene.ToldAgent in sync.agents:
		agent.values = range(100)
	var overlay: RLOverlay = RLOverlay.new()
	overlay.sync = sync
	# An engine without a screen has a window of 64 x 64.
	var window: SubViewport = SubViewport.new()
	window.size = Vector2i(1280, 720)
	add_child(window)
	window.add_child(overlay)
	_tell(sync)
	_press(KEY_PAGEDOWN, false, window)
	check(overlay.choice.controller == sync.agents[1], "next agent")
	check_equal(overlay.view.place, "2 / 3", "place")
	_tell(sync)
	_press(KEY_PAGEUP, false, window)
	check(overlay.choice.controller == sync.agents[0], "previous agent")
	_tell(sync)
	overlay._refresh()
	# Frames end with the drawing.
	await get_tree().process_frame
	await get_tree().process_frame
	check(overlay.view._pages > 1, "pages of 100 elements")
	_press(KEY_PAGEDOWN, true, window)
	check_equal(overlay.view._page, 1, "second page")
	_press(KEY_END, false, window)
	check_equal(overlay.view.list.size(), 3, "names")
	check_equal(overlay.view.marked, 0, "marked")
	check(overlay.view.size.y < 700.0, "as high as its lines: %s" % overlay.view.size)
	var corners: Dictionary[Vector2, bool] = {}
	for i: int in 4:
		_press(KEY_HOME, false, window)
		corners[overlay.view.position.round()] = true
	check_equal(corners.size(), 4, "corners")
	_press(KEY_END, false, window)
	check_equal(overlay.view.list.size(), 0, "no names")
	await get_tree().process_frame


func test_agents_may_be_freed_under_it() -> void:
	var sync: MonitorScene.ToldSync = MonitorScene.make(self, 2)
	var overlay: RLOverlay = RLOverlay.new()
	overlay.sync = sync
	add_child(overlay)
	_tell(sync)
	sync.agents[0].free()
	sync.agents.remove_at(0)
	overlay._process(1.0)
	check(overlay.choice.controller == sync.agents[0], "the other one")
	sync.agents[0].queue_free()
	await get_tree().process_frame
	sync.agents.clear()
	overlay._process(1.0)
	await get_tree().process_frame
	check(overlay.choice.controller == null, "nobody")


func test_the_chosen_agents_sensors_are_drawn() -> void:
	var sync: MonitorScene.ToldSync = MonitorScene.make(self, 2)
	var sensors: Array[RayCastSensor3D] = []
	for agent: Node in sync.agents:
		sensors.append(RayCastSensor3D.new())
		agent.add_child(sensors[-1])
	var overlay: RLOverlay = RLOverlay.new()
	overlay.sync = sync
	add_child(overlay)
	await wait_physics(1)
	await get_tree().process_frame
	var drawn: Dictionary[int, Array] = RLSensorView.of(get_viewport())._wanted
	check_equal(drawn.values(), [[sensors[0]]], "drawn")
	overlay.choice.step(1)
	check_equal(drawn.values(), [[sensors[1]]], "drawn of the next agent")
	_press(KEY_INSERT)
	check_equal(drawn.values(), [], "switched off")


func test_a_view_draws_whatever_it_is_given() -> void:
	var sync: MonitorScene.ToldSync = MonitorScene.make(self, 1)
	var agent: MonitorScene.ToldAgent = sync.agents[0]
	var overlay: RLOverlay = RLOverlay.new()
	overlay.sync = sync
	add_child(overlay)
	for values: Array in [[], [NAN, INF, -INF], ["a", null, [1, 2]], range(5000), [1e30, -1e-30]]:
		agent.values = values
		_tell(sync)
		agent.rl_episode.watch.rewarded(INF, true, {"reward_terms": {"a": NAN, "b": "c"}})
		overlay._refresh()
		for area: Vector2 in [Vector2(1, 1), Vector2(200, 90), Vector2(1900, 200)]:
			overlay.view.size = area
			overlay.view.queue_redraw()
			await get_tree().process_frame
			await get_tree().process_frame
