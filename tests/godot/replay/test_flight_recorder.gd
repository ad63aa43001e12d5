extends GodotTestCase
## Which episodes become files, and what is in them, without a running game.

const RLFlightRecorder := preload("res://addons/godot_rl/replay/flight_recorder.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLRecordingReader := preload("res://addons/godot_rl/replay/recording_reader.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")
const ARENA: PackedScene = preload("res://tests/godot/fixtures/rolling_arena.tscn")
const FOLDER: String = "user://test_flight_recorder"

var _roster: RLRoster = RLRoster.new()
var _recorder: RLFlightRecorder


func test_each_episode_becomes_a_file() -> void:
	_start(["--rl.record=" + FOLDER], 1)
	_play(3, 2)
	_recorder.close("")
	var files: PackedStringArray = _files()
	check_equal(files.size(), 2)
	check(files[0].begins_with("episode_000000_"), files[0])
	var reader: RLRecordingReader = RLRecordingReader.read(FOLDER.path_join(files[0]))
	check_equal(reader.error, "")
	check_equal(reader.actions.size(), 3)
	check_equal(reader.actions[2], PackedFloat64Array([0.5, 1.0]))
	check_equal(reader.header["detail"], "full")
	check_equal(reader.header["agents"][0]["observation"], [["obs", 3.0]])
	_clear()


func test_episodes_from_a_number_on_are_left_out() -> void:
	_start(["--rl.record=" + FOLDER, "--rl.record_episodes=1"], 1)
	_play(2, 3)
	_recorder.close("")
	check_equal(_files().size(), 1)
	_clear()


func test_an_episode_under_way_is_on_disk() -> void:
	_start(["--rl.record=" + FOLDER], 1)
	_play(2, 0)
	var files: PackedStringArray = _files()
	check_equal(files.size(), 1)
	check(files[0].ends_with(".part"), files[0])
	check_equal(RLRecordingReader.read(FOLDER.path_join(files[0])).actions.size(), 2)
	_recorder.close("")
	check_equal(_files().size(), 0)
	_clear()


func test_an_episode_stays_when_the_run_fails() -> void:
	for detail: String in ["--rl.record_failures=5", "--rl.record_episodes=9"]:
		_start(["--rl.record=" + FOLDER, detail], 1)
		_play(2, 0)
		_recorder.close("an observation is nan")
		check_equal(_files().size(), 1, detail)
		_clear()


func test_failures_are_few_and_no_successes() -> void:
	_start(["--rl.record=" + FOLDER, "--rl.record_failures=2"], 1)
	_play(2, 3, false)
	check_equal(_files().size(), 1, "one within a second")
	_recorder._last_kept_ms -= 1000
	_play(2, 1, true)
	check_equal(_files().size(), 1, "not a success")
	for i: int in 3:
		_recorder._last_kept_ms -= 1000
		_play(2, 1, false)
	var files: PackedStringArray = _files()
	check_equal(files.size(), 2, "the newest two")
	check(files[1].begins_with("episode_000006_"), files[1])
	_clear()


func test_agents_that_begin_apart_are_not_recorded() -> void:
	_start(["--rl.record=" + FOLDER], 2)
	for i: int in 2:
		_roster.agents[i].rl_episode.decisions = i
	_recorder.saw(_roster.agents, RLStepBatch.observe(_roster.agents))
	for controller: Node in _roster.agents:
		_recorder.acted(controller, {"push": [0.5], "jump": 1})
	_recorder.close_decision()
	check_equal(_files().size(), 0)
	_clear()


func test_agents_of_an_arena_must_decide_together() -> void:
	_start(["--rl.record=" + FOLDER], 2)
	_recorder.saw(_roster.agents, RLStepBatch.observe(_roster.agents))
	for controller: Node in _roster.agents:
		_recorder.acted(controller, {"push": [0.5], "jump": 1})
	check(_recorder.close_decision(), _recorder.error)
	check(_recorder.close_decision(), "a tick in which nobody decided is no decision")
	_recorder.acted(_roster.agents[0], {"push": [0.5], "jump": 1})
	check(not _recorder.close_decision(), "one decided, the other did not")
	check(_recorder.error.contains("1 of the arena's 2 agents decided"), _recorder.error)
	_clear()


func _start(arguments: PackedStringArray, agents: int) -> void:
	var root: Node3D = Node3D.new()
	add_child(root)
	for i: int in agents:
		root.add_child(ARENA.instantiate())
	var options: RLLaunchOptions = RLLaunchOptions.parse(arguments)
	_roster = RLRoster.new()
	_roster.collect([root], options)
	_roster.begin_all()
	for controller: Node in _roster.agents:
		controller.rl_episode.captures = true
	var about: Dictionary = {"arenas": 1}
	_recorder = RLFlightRecorder.new(options, _roster, [root], about)


# Plays [param count] episodes of so many decisions; 0: one that does not end.
func _play(decisions: int, count: int, success: bool = false) -> void:
	var controller: Node = _roster.agents[0]
	for episode: int in maxi(count, 1):
		for i: int in decisions:
			var batch: RLStepBatch = RLStepBatch.observe(_roster.agents)
			if controller.rl_episode.pending:
				batch = RLStepBatch.take(_roster.agents, _roster)
			_recorder.saw(_roster.agents, batch)
			_recorder.acted(controller, {"push": [0.5], "jump": 1})
			_recorder.close_decision()
			controller.rl_episode.decisions += 1
		if count > 0:
			controller.player.position.x = 1.0 if success else -1.0
			controller.terminated = true
			_roster.close_rewards()
	if count > 0:
		_recorder.saw(_roster.agents, RLStepBatch.take(_roster.agents, _roster))
		_recorder.acted(controller, {"push": [0.5], "jump": 1})
		_recorder.close_decision()
		_roster.begin_again(_roster.agents, -1)


func _files() -> PackedStringArray:
	return DirAccess.get_files_at(FOLDER)


func _clear() -> void:
	for file: String in _files():
		DirAccess.remove_absolute(FOLDER.path_join(file))
	DirAccess.remove_absolute(FOLDER)
