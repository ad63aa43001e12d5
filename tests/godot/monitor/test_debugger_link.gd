extends GodotTestCase
## What the game sends to the editor's debugger, and when; and what the tab makes of it.

const MonitorScene := preload("res://tests/godot/monitor/monitor_scene.gd")
const RLDebuggerLink := preload("res://addons/godot_rl/monitor/debugger_link.gd")
const RLDebuggerPanel := preload("res://addons/godot_rl/monitor/debugger_panel.gd")


## Keeps what would be sent: no debugger is there.
class HeardLink:
	extends RLDebuggerLink
	var heard: Array[Array] = []

	func _send(message: String, data: Array) -> void:
		heard.append([message, data])


func _link(sync: Node) -> HeardLink:
	var link: HeardLink = HeardLink.new()
	sync.add_child(link)
	return link


# Lets the link send what it has, without its pause.
func _take(link: HeardLink) -> Array[Array]:
	link.heard.clear()
	link._next_msec = 0
	link._process(0.0)
	return link.heard.duplicate()


func test_nothing_is_sent_until_the_tab_asks() -> void:
	var sync: MonitorScene.ToldSync = MonitorScene.make(self, 2)
	var link: HeardLink = _link(sync)
	check_equal(link.heard, [["hello", []]] as Array[Array], "says that it listens")
	check(not link.is_processing(), "works before it is asked")
	check(sync.agents[0].rl_episode.watch == null, "watches before it is asked")
	check(link._on_message("watch", [""]), "watch is known")
	check(not link._on_message("other", []), "other is not")
	var sent: Array[Array] = _take(link)
	check_equal(sent[0][0], "agents", "first message")
	check_equal((sent[0][1][0] as PackedStringArray).size(), 2, "names")
	check_equal(sent[0][1][1], 0, "chosen")
	check_equal(sent[1][0], "agent", "second message")
	check_equal(_take(link), [] as Array[Array], "nothing new")
	sync.agents[0].rl_episode.watch.rewarded(1.0, false, {})
	check_equal(_take(link).size(), 1, "a reward")
	link._process(0.0)
	sync.agents[0].rl_episode.watch.rewarded(1.0, false, {})
	link.heard.clear()
	link._process(0.0)
	check_equal(link.heard.size(), 0, "ten times a second at most")
	link._on_message("stop", [])
	check(not link.is_processing(), "works after the stop")
	check(sync.agents[0].rl_episode.watch == null, "watches after the stop")
	link._on_message("stop", [])


func test_the_tab_shows_and_chooses() -> void:
	var sync: MonitorScene.ToldSync = MonitorScene.make(self, 2)
	var link: HeardLink = _link(sync)
	var panel: RLDebuggerPanel = RLDebuggerPanel.new()
	var asked: Array[Array] = []
	panel.asked.connect(
		func(message: String, data: Array) -> void:
			asked.append([message, data])
			link._on_message(message, data)
	)
	add_child(panel)
	check_equal(asked.size(), 0, "no game, no question")
	panel.begin()
	check_equal(asked, [["watch", [""]]] as Array[Array], "asks when a game starts")
	# The game may listen later than it was started: what was asked before is lost.
	check(panel.take("hello", []), "takes hello")
	check_equal(asked.size(), 2, "asks again")
	for message: Array in _take(link):
		check(panel.take(message[0], message[1]), "takes " + message[0])
	check_equal(panel._list.item_count, 2, "names")
	panel._on_item_selected(1)
	for message: Array in _take(link):
		panel.take(message[0], message[1])
	check(sync.agents[1].rl_episode.watch != null, "the second agent is watched")
	check_equal(panel._chosen, 1, "the second is marked")
	panel._filter.text = "robot1"
	panel._fill_list()
	check_equal(panel._list.item_count, 1, "filtered")
	panel.hide()
	check_equal(asked[-1], ["stop", []], "stops when it is hidden")
	check(sync.agents[1].rl_episode.watch == null, "nobody is watched")
	panel.show()
	check_equal(asked[-1][0], "watch", "asks when it is seen again")
	panel.end()
	check_equal(panel._list.item_count, 0, "names after the end")
	check(not panel.take("unknown", []), "an unknown message")
	await get_tree().process_frame
