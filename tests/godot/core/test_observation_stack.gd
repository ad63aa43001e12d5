extends GodotTestCase
## The last observations as one: the same frames for every kind of controller, one a decision, from
## zeros at an episode's start; and what is told of them and refused.

const RLAbsentAgent := preload("res://addons/godot_rl/agents/absent_agent.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLObservationPacker := preload("res://addons/godot_rl/agents/observation_packer.gd")
const RLObservationStack := preload("res://addons/godot_rl/agents/observation_stack.gd")
const RLPlayedModel := preload("res://addons/godot_rl/policies/played_model.gd")
const RLPolicySeat := preload("res://addons/godot_rl/policies/policy_seat.gd")
const RLRecordingFormat := preload("res://addons/godot_rl/replay/recording_format.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")
const MODEL: String = "res://tests/godot/policies/models/ppo_hybrid.onnx"


## Counts its episodes and decisions.
class Counter:
	extends AIController3D
	var writes: bool = true
	var episode: int = 0
	var step: int = 0

	func begin_episode(_episode_seed: int) -> void:
		episode += 1
		step = 1

	func get_obs_size() -> int:
		return 2 if writes else 0

	func write_obs(buffer: PackedFloat32Array, offset: int) -> void:
		buffer[offset] = episode
		buffer[offset + 1] = step

	func get_obs() -> Dictionary:
		return super() if writes else {"obs": [episode, step]}

	func get_observation_names() -> Dictionary:
		return {"obs": PackedStringArray(["episode", "step"])}

	func get_action_space() -> Dictionary:
		return {"go": {"size": 1, "action_type": "continuous"}}

	@warning_ignore("untyped_declaration")
	func set_action(_action) -> void:
		step += 1


## Several keys.
class Keys:
	extends AIController2D
	var size: Array = [1, 8, 8]
	var hex: bool = false
	var step: int = 1

	func get_obs() -> Dictionary:
		var image: PackedByteArray = []
		image.resize(64)
		image.fill(step)
		return {"near": step * 0.5, "mode": step, "eye_2d": image.hex_encode() if hex else image}

	func get_obs_space() -> Dictionary:
		return {
			"near": {"size": [1], "space": "box", "low": -5.0, "high": 5.0},
			"mode": {"size": 9, "space": "discrete"},
			"eye_2d": {"size": size, "space": "box"},
		}


func test_frames_are_the_same_packed_and_as_dictionaries() -> void:
	for writes: bool in [true, false]:
		for is_packed: bool in [true, false]:
			var counter: Counter = Counter.new()
			counter.writes = writes
			var roster: RLRoster = _roster([counter])
			var told: Array[Array] = []
			var batch: RLStepBatch = RLStepBatch.observe(roster.agents, _packer(counter, is_packed))
			told.append(_row(batch))
			for i: int in 3:
				counter.set_action({})
				batch = RLStepBatch.take(roster.agents, roster, _packer(counter, is_packed))
				told.append(_row(batch))
			check_equal(
				told,
				[
					[0.0, 0.0, 0.0, 0.0, 1.0, 1.0],
					[0.0, 0.0, 1.0, 1.0, 1.0, 2.0],
					[1.0, 1.0, 1.0, 2.0, 1.0, 3.0],
					[1.0, 2.0, 1.0, 3.0, 1.0, 4.0],
				]
			)
			# The last of an episode stands on the decisions before it; the next begins with zeros.
			counter.set_action({})
			counter.terminated = true
			counter.step = 99
			roster.advance()
			batch = RLStepBatch.take(roster.agents, roster, _packer(counter, is_packed))
			check_equal(_row(batch), [0.0, 0.0, 0.0, 0.0, 2.0, 1.0])
			var final: PackedFloat32Array = batch.final_observations[0]["obs"]
			check_equal(Array(final), [1.0, 3.0, 1.0, 4.0, 1.0, 5.0])
			if is_packed:
				check_equal(Array(batch.final_packed), Array(final))


func test_what_is_told_is_stacked() -> void:
	var counter: Counter = Counter.new()
	_roster([counter])
	var space: Dictionary = RLObservationStack.space_of(counter)
	check_equal(space, {"obs": {"size": [6], "space": "box", "stack": 3}})
	check_equal(counter.get_obs_space(), {"obs": {"size": [2], "space": "box"}})
	check_equal(
		RLObservationStack.names_of(counter)["obs"],
		PackedStringArray(["episode[-2]", "step[-2]", "episode[-1]", "step[-1]", "episode", "step"])
	)
	counter.observation_stack = 1
	counter.rl_episode.stack = null
	check_equal(RLObservationStack.space_of(counter), counter.get_obs_space())
	check_equal(RLObservationStack.names_of(counter), counter.get_observation_names())


func test_several_keys_and_images() -> void:
	for hex: bool in [false, true]:
		var keys: Keys = Keys.new()
		keys.hex = hex
		_roster([keys])
		var space: Dictionary = RLObservationStack.space_of(keys)
		check_equal(space["eye_2d"], {"size": [3, 8, 8], "space": "box", "stack": 3})
		check_equal(space["mode"], {"size": 9, "space": "discrete"})
		check_equal(
			space["near"], {"size": [3], "space": "box", "low": -5.0, "high": 5.0, "stack": 3}
		)
		var seen: Dictionary = {}
		for step: int in [1, 2, 3, 4]:
			keys.step = step
			seen = RLObservationStack.observe(keys)
			check_equal(RLSpaces.observation_error(seen, space, {}), "")
		check_equal(seen["near"], PackedFloat32Array([1.0, 1.5, 2.0]))
		check_equal(seen["mode"], 4)
		var image: PackedByteArray = seen["eye_2d"]
		check_equal([image.size(), image[0], image[64], image[128]], [192, 2, 3, 4])
		check_equal(RLRecordingFormat.observation_layout(seen)[0], ["eye_2d", -1])


func test_a_frame_of_another_size_is_told() -> void:
	var keys: Keys = Keys.new()
	_roster([keys])
	var seen: Variant = RLObservationStack.of(keys).push(
		{"near": [1.0, 2.0], "mode": 1, "eye_2d": PackedByteArray([1])}
	)
	var problem: String = RLSpaces.observation_error(seen, RLObservationStack.space_of(keys), {})
	check_equal(
		problem, "observation 'near' has 2 elements, its declared size is 3 (observation_stack 3)"
	)
	check_equal(RLObservationStack.of(keys).push("nothing"), "nothing")


func test_images_that_cannot_be_stacked_are_refused() -> void:
	for wrong: Array in [[[8, 8, 1], "[channels, height, width]"], [[4, 4, 4], "12 channels"]]:
		var keys: Keys = Keys.new()
		keys.size = wrong[0]
		keys.observation_stack = 3
		add_child(keys)
		var problem: String = RLObservationStack.give(keys, 3)
		check(problem.contains(wrong[1]), problem)
		check(keys.rl_episode.stack == null, "given")


func test_a_stand_in_shows_what_the_agent_saw() -> void:
	for is_packed: bool in [true, false]:
		var counter: Counter = Counter.new()
		var roster: RLRoster = _roster([counter])
		var packer: RLObservationPacker = _packer(counter, is_packed)
		RLStepBatch.observe(roster.agents, packer)
		var last: Dictionary = {"obs": PackedFloat32Array([1, 2, 3, 4, 5, 6])}
		var space: Dictionary = RLObservationStack.space_of(counter)
		var stand_in: RLAbsentAgent = RLAbsentAgent.standing_for(
			counter, last, space, counter.get_action_space(), 0
		)
		check_equal(RLObservationStack.space_of(stand_in), space)
		check_equal(_row(RLStepBatch.observe([stand_in], packer)), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
		check_equal(_row(RLStepBatch.observe([stand_in], packer)), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
		stand_in.free()


## The model carries what it was trained on.
func test_a_models_number_stands_above_the_controllers() -> void:
	var model: ONNXModel = ONNXModel.load_file(MODEL)
	var player: RLPlayedModel = RLPlayedModel.new(model, "hybrid.onnx")
	var counter: Counter = Counter.new()
	_roster([counter])
	check_equal(player.certificate.observation_stack, 0, "not told: the controller's")
	check_equal(player.frames_for(counter), 3)
	var seat: RLPolicySeat = RLPolicySeat.new()
	check(player.take_agent(counter, seat, false).contains("gives 7 outputs"), "its actions fit")
	check_equal(seat.width, 6)
	check_equal(player.frames_warning, "")
	player.certificate.observation_stack = 2
	check_equal(player.frames_for(counter), 2)
	player.take_agent(counter, RLPolicySeat.new(), false)
	check(
		player.frames_warning.contains("trained on the last 2 observations, observation_stack of"),
		player.frames_warning
	)
	check(player.frames_warning.contains("is 3: it gets 2"), player.frames_warning)
	# The rows of a trainer are as wide as it was told.
	player.takes_rows_of_others = true
	check_equal(player.frames_for(counter), 3)
	var problem: String = player.take_agent(counter, RLPolicySeat.new(), false)
	check(problem.contains("load a policy that was trained with the same number"), problem)


# Agents that stack three, in an arena of their own, at their first episode.
func _roster(agents: Array) -> RLRoster:
	var arena: Node = Node.new()
	add_child(arena)
	for controller: Node in agents:
		controller.observation_stack = 3
		arena.add_child(controller)
		controller.set_physics_process(false)
		controller.rl_episode.captures = true
		check_equal(RLObservationStack.give(controller, 3), "")
	var roster: RLRoster = RLRoster.new()
	roster.collect([arena], RLLaunchOptions.parse(PackedStringArray()))
	roster.begin_all()
	return roster


func _packer(counter: Counter, is_wanted: bool) -> RLObservationPacker:
	if not is_wanted:
		return null
	return RLObservationPacker.for_agents([counter], [RLObservationStack.space_of(counter)])


func _row(batch: RLStepBatch) -> Array:
	var row: PackedFloat32Array = batch.packed if batch.is_packed else batch.observations[0]["obs"]
	return Array(row)
