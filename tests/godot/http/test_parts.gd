extends GodotTestCase
## The HTTP API's settings, its answers, its reader of actions, and its gate.

const RLActionReader := preload("res://addons/godot_rl/http/action_reader.gd")
const RLHttpAnswer := preload("res://addons/godot_rl/http/answer.gd")
const RLHttpSettings := preload("res://addons/godot_rl/http/settings.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLTreeGate := preload("res://addons/godot_rl/http/tree_gate.gd")

const SPACE: Dictionary = {
	"move": {"size": 2, "action_type": "continuous"},
	"jump": {"size": 3, "action_type": "discrete"},
}


func test_it_is_off_unless_asked_for() -> void:
	check(not RLLaunchOptions.parse([]).wants_http(), "off")
	check(not RLLaunchOptions.parse(["--http=true"]).wants_http(), "the game's own argument")
	check(not RLLaunchOptions.parse(["--rl.http=false"]).wants_http(), "false")
	var beside: RLLaunchOptions = RLLaunchOptions.parse(["--rl.http=true"])
	check(beside.wants_http() and not beside.wants_run(), "beside a game")
	var drive: RLLaunchOptions = RLLaunchOptions.parse(["--rl.http_drive=true"])
	check(drive.wants_http() and drive.wants_run(), "a run")
	check(RLLaunchOptions.parse(["--rl.http=maybe"]).error.contains("true"), "what is expected")
	var trained: RLLaunchOptions = RLLaunchOptions.parse(["--rl.http_drive=1", "--rl.port=7777"])
	check(not trained.wants_http_drive(), "a trainer drives")


func test_settings_are_checked() -> void:
	var plain: RLHttpSettings = _settings({})
	check_equal([plain.port, plain.host, plain.error], [8080, "127.0.0.1", ""])
	check_equal(plain.token.length(), 32)
	check(plain.token_is_new, "it is printed")
	check(plain.token != _settings({}).token, "another one each time")
	check_equal(_settings({"http_token": "secret"}).token, "secret")
	check(_settings({"http_port": "70000"}).error.contains("0 to 65535"), "port")
	check(_settings({"http_host": "example.com"}).error.contains("IP address"), "host")
	var open: RLHttpSettings = _settings({"http_host": "0.0.0.0", "http_token": "short"})
	check(open.error.contains("16 characters"), open.error)
	check_equal(_settings({"http_host": "0.0.0.0"}).error, "")


func test_answers_hold_only_what_json_knows() -> void:
	var answer: RLHttpAnswer = RLHttpAnswer.new()
	answer.tell({"a": NAN, "b": [INF, Vector3(1, 2, 3)], 3: PackedFloat32Array([0.5]), "d": &"x"})
	var told: Dictionary = JSON.parse_string(answer.body.get_string_from_utf8())
	check_equal(told["a"], null)
	check_equal(told["b"], [null, [1.0, 2.0, 3.0]])
	check_equal(told["3"], [0.5])
	check_equal(told["d"], "x")
	answer = RLHttpAnswer.new()
	answer.tell({"text\u0001": "a\u0011b\u000bc\nd"})
	var text: String = answer.body.get_string_from_utf8()
	check_equal(text, '{"text\\u0001":"a\\u0011b\\u000bc\\nd"}')
	answer.refuse(409, "late", "the first answer counts")
	check_equal(answer.status, 200)


func test_actions_are_read() -> void:
	check_equal(_actions({}), [{"move": [0.0, 0.0], "jump": 0}, {"move": [0.0, 0.0], "jump": 0}])
	var by_key: Dictionary = {"agent": 1, "action": {"move": [0.5, -1.0], "jump": 2}}
	check_equal(_actions(by_key)[1], {"move": [0.5, -1.0], "jump": 2})
	check_equal(_actions({"agent": 1, "action": [0.5, -1.0, 2.0]}), _actions(by_key))
	check_equal(_actions({"actions": [null, [0.5, -1.0, 2.0]]}), _actions(by_key))
	check_equal(_actions({"actions": [[0.25, 0.0, 0.0], null]})[0]["move"], [0.25, 0.0])


func test_actions_that_do_not_fit_are_refused() -> void:
	var wrong: Dictionary[String, Dictionary] = {
		"there are 2 agents": {"action": [0.0, 0.0, 0.0]},
		"agent 7 does not exist": {"agent": 7, "action": []},
		"must hold 3 numbers, got 2": {"agent": 0, "action": [0.0, 0.0]},
		"integer in [0, 3)": {"agent": 0, "action": [0.0, 0.0, 3.0]},
		"holds 1 actions": {"actions": [null]},
		"is missing": {"agent": 0, "action": {"jump": 1}},
	}
	for part: String in wrong:
		var reader: RLActionReader = RLActionReader.new([SPACE, SPACE], [])
		reader.read(wrong[part])
		check(reader.error.contains(part), "%s: '%s'" % [part, reader.error])


func test_the_gate_lets_ticks_pass_one_by_one() -> void:
	var gate: RLTreeGate = RLTreeGate.new(get_tree())
	var told: Array[int] = []
	gate.passed.connect(func(ticks: int) -> void: told.append(ticks))
	check(gate.opens(), "open at first")
	gate.shut()
	check(not gate.opens(), "shut")
	check(get_tree().paused, "the tree stands still")
	gate.grant(2)
	for i: int in 2:
		check(gate.opens(), "granted")
		check(not get_tree().paused, "the tree goes on")
		gate.after(false)
	check(not gate.opens(), "no more than granted")
	gate.frame()
	check_equal(told, [2])
	gate.grant(5)
	check(gate.opens(), "granted again")
	gate.after(true)
	check(gate.is_passing(), "a tick in which the world is held is none")
	gate.after(false)
	gate.open()
	check_equal(told, [2, 1])
	check(not get_tree().paused, "as it was before")


func test_a_tick_that_was_shut_at_its_decision_runs_its_physics_later() -> void:
	for grants: bool in [true, false]:
		var gate: RLTreeGate = RLTreeGate.new(get_tree())
		check(gate.opens(), "open at first")
		gate.shut()  # asked for while the session waits
		gate.after(false)
		check(get_tree().paused, "it stands still before this tick's physics")
		check_equal(gate.uncounted, 0)
		check(not gate.opens(), "shut")
		if grants:
			gate.grant(3)
		else:
			gate.open()
		check(not gate.opens(), "the session has had its part of this tick")
		check(not get_tree().paused, "its physics runs")
		check_equal(gate.uncounted, 1)
		for i: int in 2:
			check(gate.opens(), "the next tick is the session's")
			check_equal(gate.uncounted, 0)
			gate.after(false)
			check_equal(gate.uncounted, 1)
		check_equal(gate.opens(), not grants, "three were granted")
		gate.open()
		check(not get_tree().paused, "as it was before")


func test_a_game_that_paused_itself_stays_paused() -> void:
	var gate: RLTreeGate = RLTreeGate.new(get_tree())
	get_tree().paused = true
	gate.shut()
	gate.frame()
	gate.open()
	check(get_tree().paused, "the game's own pause")
	get_tree().paused = false


static func _settings(given: Dictionary[String, String]) -> RLHttpSettings:
	return RLHttpSettings.read(given)


func _actions(asked: Dictionary) -> Array[Dictionary]:
	var spaces: Array[Dictionary] = [SPACE, SPACE]
	var reader: RLActionReader = RLActionReader.new(spaces, [])
	var actions: Array[Dictionary] = reader.read(asked)
	check_equal(reader.error, "")
	return actions
