extends GodotTestCase
## Environment parameters: what may be set, for which arenas, and when it holds.

const RLArena := preload("res://addons/godot_rl/arenas/arena.gd")
const RLLaunchPairs := preload("res://addons/godot_rl/launch_pairs.gd")
const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")

var _parameters: RLParameters = RLParameters.new()


func test_what_was_set_for_all_is_what_an_arena_starts_with() -> void:
	check_equal(_parameters.set_values({"gravity": 3, "wind": 1.5}), "")
	check_equal(
		_parameters.values_for(0), {"gravity": 3.0, "wind": 1.5} as Dictionary[String, float]
	)
	check_equal(_parameters.set_values({"wind": null}), "")
	check_equal(_parameters.values_for(0), {"gravity": 3.0} as Dictionary[String, float])


func test_chosen_arenas_differ_until_all_are_set() -> void:
	_add_arenas(3)
	_parameters.set_values({"gravity": 3.0, "wind": 1.0})
	check_equal(_parameters.set_values({"gravity": 7.0, "wind": null}, [1.0]), "")
	check_equal(
		_parameters.values_for(0), {"gravity": 3.0, "wind": 1.0} as Dictionary[String, float]
	)
	check_equal(_parameters.values_for(1), {"gravity": 7.0} as Dictionary[String, float])
	_parameters.set_values({"gravity": 5.0})
	check_equal(_parameters.values_for(1), {"gravity": 5.0} as Dictionary[String, float])
	check_equal(
		_parameters.values_for(2), {"gravity": 5.0, "wind": 1.0} as Dictionary[String, float]
	)


func test_what_is_drawn_follows_from_the_episodes_seed() -> void:
	_add_arenas(2)
	var wind: Dictionary = {"sampler": "choice", "values": [1, 2, 3]}
	check_equal(_parameters.set_values({"gravity": 3.0, "wind": wind}), "")
	check_equal(_parameters.fixed_for(0), {"gravity": 3.0} as Dictionary[String, float])
	check(_parameters.draws_in(0), "nothing is drawn")
	var seen: Dictionary[float, bool] = {}
	for episode_seed: int in 50:
		var values: Dictionary[String, float] = _parameters.values_for(1, episode_seed)
		check_equal(values, _parameters.values_for(0, episode_seed))
		check_equal(values["gravity"], 3.0)
		seen[values["wind"]] = true
	check_equal(seen.size(), 3)
	(wind["values"] as Array).append(4)
	check_equal(_parameters.samplers_in(0), {"wind": {"sampler": "choice", "values": [1, 2, 3]}})
	_parameters.set_values({"wind": 7.0}, [0])
	check(not _parameters.draws_in(0) and _parameters.draws_in(1), "arena 0 has a number")
	_parameters.set_values({"gravity": {"sampler": "uniform", "low": 0, "high": 1}}, [0])
	check_equal(_parameters.values_for(0, 5)["wind"], 7.0)
	_parameters.set_values({"wind": null, "gravity": 2.0})
	check_equal(_parameters.values_for(0), {"gravity": 2.0} as Dictionary[String, float])
	check_equal(_parameters.values_for(1), {"gravity": 2.0} as Dictionary[String, float])


func test_a_sampler_that_is_refused_changes_nothing() -> void:
	_parameters.set_values({"wind": {"sampler": "uniform", "low": 0, "high": 1}})
	var revision: int = _parameters.revision
	for wrong: Dictionary in [{"sampler": "uniform", "low": 1, "high": 0}, {}]:
		var problem: String = _parameters.set_values({"gravity": 1.0, "wind": wrong})
		check(problem.begins_with("parameter 'wind': "), problem)
	check_equal(_parameters.revision, revision)
	check_equal(_parameters.fixed_for(0), {} as Dictionary[String, float])


func test_a_scene_that_reads_what_is_drawn_without_a_node_is_warned() -> void:
	_add_arenas(2)
	_parameters.set_values({"wind": {"sampler": "uniform", "low": 5, "high": 6}})
	_parameters.arenas[1].values = {"wind": 5.5} as Dictionary[String, float]
	check_equal(_parameters.value_of("wind", 1.0, _parameters.arenas[1].root), 5.5)
	check_equal(_parameters._told.size(), 0)
	check_equal(_parameters.value_of("wind", 1.0, null), 1.0)
	check(_parameters._told.has("wind"), "no warning")


func test_what_cannot_be_used_is_refused_and_changes_nothing() -> void:
	_add_arenas(2)
	_parameters.set_values({"gravity": 3.0})
	var longest: String = "x".repeat(RLParameters.MAX_NAME_LENGTH)
	for values: Dictionary in [
		{"gravity": INF},
		{"gravity": NAN},
		{"gravity": "3"},
		{"gravity": true},
		{"": 1.0},
		{longest + "x": 1.0},
		{3: 1.0},
	]:
		var problem: String = _parameters.set_values(values)
		check(problem.length() > 10 and not problem.contains("\n"), "no reason: %s" % [values])
	for arenas: Array in [[2], [-1], [0.5], ["0"], [null]]:
		check(
			_parameters.set_values({"a": 1.0}, arenas).contains("does not exist"),
			"arenas %s" % [arenas]
		)
	check_equal(_parameters.values_for(0), {"gravity": 3.0} as Dictionary[String, float])
	check_equal(_parameters.set_values({longest: 1.0}), "")


func test_there_are_at_most_a_thousand() -> void:
	var many: Dictionary = {}
	for i: int in RLParameters.MAX_NAMES:
		many["p%d" % i] = 1.0
	check_equal(_parameters.set_values(many), "")
	check(_parameters.set_values({"one more": 1.0}).contains("at most 1000"), "the limit")
	for i: int in 2 * RLParameters.MAX_NAMES:
		_parameters.value_of("q%d" % i, 0.0, null)
	check_equal(_parameters.known().size(), RLParameters.MAX_NAMES)


func test_a_scene_is_answered_by_its_arena_and_what_it_asked_for_is_known() -> void:
	_add_arenas(2)
	_parameters.set_values({"gravity": 3.0})
	_parameters.arenas[0].values = {"gravity": 1.0} as Dictionary[String, float]
	var below: Node = Node.new()
	_parameters.arenas[0].root.add_child(below)
	check_equal(_parameters.value_of("gravity", 9.0, below), 1.0)
	check_equal(_parameters.value_of("gravity", 9.0, _parameters.arenas[1].root), 9.0)
	check_equal(_parameters.value_of("gravity", 9.0, null), 3.0)
	_parameters.is_beginning = true
	_parameters.beginning = {"gravity": 2.0} as Dictionary[String, float]
	check_equal(_parameters.value_of("gravity", 9.0, below), 2.0)
	_parameters.is_beginning = false
	check_equal(_parameters.value_of("wind", 4.0, below), 4.0)
	check_equal(_parameters.known(), {"gravity": 9.0, "wind": 4.0} as Dictionary[String, float])


func test_a_game_sets_and_reads_them_without_any_agent() -> void:
	check_equal(Sync.get_parameter("test_of_a_game", 0.5), 0.5)
	Sync.set_parameter("test_of_a_game", 2.0)
	check_equal(Sync.get_parameter("test_of_a_game", 0.5, self), 2.0)
	Sync.set_parameter("test_of_a_game", {"sampler": "uniform", "low": 4.0, "high": 4.0})
	check_equal(RLParameters.shared().values_for(0, 3)["test_of_a_game"], 4.0)
	expect_error("parameter 'test_of_a_game' is nan")
	Sync.set_parameter("test_of_a_game", NAN)
	RLParameters.shared().set_values({"test_of_a_game": null})
	check_equal(Sync.get_parameter("test_of_a_game", 0.5), 0.5)


func test_parameters_on_the_command_line() -> void:
	var pairs: RLLaunchPairs = RLLaunchPairs.new()
	check_equal(
		pairs.read_parameters(["a=1", "b=-2.5e1,c=0", "d=choice(1, 2),e=3,f=uniform( 0,1 )"]),
		{
			"a": 1.0,
			"b": -25.0,
			"c": 0.0,
			"d": {"sampler": "choice", "values": [1.0, 2.0]},
			"e": 3.0,
			"f": {"sampler": "uniform", "low": 0.0, "high": 1.0},
		}
	)
	check_equal(pairs.error, "")
	for word: String in ["a", "a=", "=1", "a=x", "a=inf", "a=nan", "a=1,", "a=1,b"]:
		pairs.error = ""
		check_equal(pairs.read_parameters([word]), {})
		check(pairs.error.contains("NAME=NUMBER"), word)
	for pair: Array in [
		["a=uniform(1, 0)", "low must be at most high"],
		["b=1,a=normal(0, 1)", 'no sampler "normal"'],
		["a=uniform(1, 2, 3)", "uniform takes low and high"],
		["a=uniform(1, 2", "NAME=NUMBER"],
		["a=uniform 1, 2)", "NAME=NUMBER"],
		["a=(1)", "NAME=NUMBER"],
		["a=uniform(1, nan)", "NAME=NUMBER"],
		["=uniform(1, 2)", "NAME=NUMBER"],
	]:
		pairs.error = ""
		check_equal(pairs.read_parameters([pair[0]]), {})
		check(pairs.error.contains(pair[1]), "%s: %s" % [pair[0], pairs.error])


func test_models_on_the_command_line() -> void:
	var pairs: RLLaunchPairs = RLLaunchPairs.new()
	check_equal(
		pairs.read_models(["red=a.onnx,blue=/x/b,c=1.onnx", "green=d=e,f.onnx"]),
		(
			{"red": "a.onnx", "blue": "/x/b,c=1.onnx", "green": "d=e,f.onnx"}
			as Dictionary[String, String]
		)
	)
	check_equal(pairs.error, "")
	for word: String in ["a.onnx", "=a.onnx", "red=", "red=a.onnx,red=b.onnx"]:
		pairs.error = ""
		check_equal(pairs.read_models([word]), {} as Dictionary[String, String])
		check(pairs.error.contains("onnx_models"), word)


func _add_arenas(count: int) -> void:
	for i: int in count:
		var arena: RLArena = RLArena.new()
		arena.index = i
		arena.root = Node.new()
		add_child(arena.root)
		_parameters.arenas.append(arena)
