extends GodotTestCase
## Which agent is looked at while agents come and go.

const MonitorScene := preload("res://tests/godot/monitor/monitor_scene.gd")
const RLAgentChoice := preload("res://addons/godot_rl/monitor/agent_choice.gd")


func _watched(sync: MonitorScene.ToldSync) -> PackedStringArray:
	var names: PackedStringArray = []
	for agent: Node in sync.agents:
		if is_instance_valid(agent) and agent.rl_episode.watch != null:
			names.append(agent.name)
	return names


func test_steps_go_round_and_only_one_agent_is_watched() -> void:
	var sync: MonitorScene.ToldSync = MonitorScene.make(self, 3)
	var choice: RLAgentChoice = RLAgentChoice.new(sync)
	check_equal(_watched(sync), PackedStringArray(), "before the first frame")
	choice.follow()
	check_equal(_watched(sync), PackedStringArray(["Robot0"]), "first")
	choice.step(1)
	check_equal(_watched(sync), PackedStringArray(["Robot1"]), "next")
	choice.step(-2)
	check_equal(_watched(sync), PackedStringArray(["Robot2"]), "round and round")
	check_equal(choice.position(), 2, "position")
	check(choice.choose_named(choice.names()[1]), "by name")
	check_equal(_watched(sync), PackedStringArray(["Robot1"]), "chosen by name")
	check(not choice.choose_named("nobody"), "no such name")
	choice.close()
	check_equal(_watched(sync), PackedStringArray(), "after the look")


func test_the_next_agent_follows_one_that_was_freed() -> void:
	var sync: MonitorScene.ToldSync = MonitorScene.make(self, 3)
	var choice: RLAgentChoice = RLAgentChoice.new(sync)
	choice.follow()
	choice.step(1)
	sync.agents[1].free()
	sync.agents.remove_at(1)
	check_equal(choice.position(), -1, "position of a freed agent")
	choice.follow()
	check_equal(_watched(sync), PackedStringArray(["Robot2"]), "the next")
	sync.remove_child(sync.agents[1])
	choice.follow()
	check_equal(_watched(sync).slice(0, 1), PackedStringArray(["Robot0"]), "the one before")
	sync.agents[1].free()
	sync.agents[0].free()
	sync.agents.clear()
	choice.follow()
	check(choice.watch == null and choice.controller == null, "nobody is left")
	choice.step(1)
	MonitorScene.add_agent(sync, MonitorScene.ToldAgent.new(), "Late")
	choice.follow()
	check_equal(_watched(sync), PackedStringArray(["Late"]), "one that came later")
	choice.close()


func test_an_agent_that_left_the_tree_is_not_watched() -> void:
	var sync: MonitorScene.ToldSync = MonitorScene.make(self, 2)
	var choice: RLAgentChoice = RLAgentChoice.new(sync)
	choice.follow()
	var left: Node = sync.agents[0]
	sync.remove_child(left)
	choice.follow()
	check(left.rl_episode.watch == null, "its watch is taken away")
	check(choice.controller == sync.agents[1], "the other is chosen")
	left.free()
	choice.close()
