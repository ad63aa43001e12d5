extends GodotTestCase
## Observations as one block: the same floats from both kinds of controller, and what is refused.

const RLAgentLayout := preload("res://addons/godot_rl/wire/agent_layout.gd")
const RLBinaryCodec := preload("res://addons/godot_rl/wire/binary_codec.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLObservationPacker := preload("res://addons/godot_rl/agents/observation_packer.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")
const SPACE: Dictionary = {"obs": {"size": [2], "space": "box"}}


## Writes its two floats itself.
class WritingController:
	extends AIController3D
	var value: float = 0.0

	func get_obs_size() -> int:
		return 2

	func write_obs(buffer: PackedFloat32Array, offset: int) -> void:
		buffer[offset] = value
		buffer[offset + 1] = 1.0 - value

	func begin_episode(_episode_seed: int) -> void:
		value = 0.0


## Returns whatever it is given.
class ReturningController:
	extends AIController2D
	var observation: Dictionary = {}

	func get_obs() -> Dictionary:
		return observation


func test_both_kinds_of_controller_fill_one_block() -> void:
	var writer: WritingController = WritingController.new()
	writer.value = 3.0
	var agents: Array[Node] = [_returning({"obs": [1.0, 2]}), writer]
	agents.append(_returning({"obs": PackedFloat32Array([5.0, 6.0])}))
	var batch: RLStepBatch = RLStepBatch.observe(_added(agents), _packer(agents))
	check_equal(batch.packed, PackedFloat32Array([1.0, 2.0, 3.0, -2.0, 5.0, 6.0]))
	check_equal(batch.observations.size(), 0)
	check_equal(writer.get_obs(), {"obs": PackedFloat32Array([3.0, -2.0])})
	check_equal(writer.get_obs_space(), SPACE)


func test_final_observations_are_packed_too() -> void:
	var agents: Array[Node] = [WritingController.new(), WritingController.new()]
	var roster: RLRoster = RLRoster.new()
	var arena: Node = Node.new()
	add_child(arena)
	for controller: Node in agents:
		arena.add_child(controller)
		controller.set_physics_process(false)
		controller.rl_episode.captures = true
	roster.collect([arena], RLLaunchOptions.parse(PackedStringArray()))
	roster.begin_all()
	agents[0].value = 7.0
	agents[1].value = 8.0
	agents[1].terminated = true
	var batch: RLStepBatch = RLStepBatch.take(agents, roster, _packer(agents))
	check_equal(batch.packed, PackedFloat32Array([7.0, -6.0, 0.0, 1.0]))
	check_equal(batch.final_packed, PackedFloat32Array([8.0, -7.0]))
	check_equal(batch.final_observations[1], {"obs": PackedFloat32Array([8.0, -7.0])})


func test_a_packed_batch_has_the_bytes_of_a_plain_one() -> void:
	var agents: Array[Node] = _added(
		[_returning({"obs": [1.0, 2.0]}), _returning({"obs": [3.0, 4.0]})]
	)
	var actions: Dictionary = {"move": {"size": 1, "action_type": "continuous"}}
	var codec: RLBinaryCodec = RLBinaryCodec.new([RLAgentLayout.new(0, 2, SPACE, actions)])
	var plain: RLStepBatch = RLStepBatch.observe(agents)
	var packed: RLStepBatch = RLStepBatch.observe(agents, _packer(agents))
	check_equal(codec.encode_reset(packed), codec.encode_reset(plain))
	for batch: RLStepBatch in [plain, packed]:
		batch.rewards = [0.5, 1.5]
		batch.terminated = [true, false]
		batch.truncated = [false, false]
		batch.final_observations = [{"obs": [8.0, 9.0]}, null]
	packed.final_packed = [8.0, 9.0]
	check_equal(codec.encode_step(packed), codec.encode_step(plain))


func test_a_wrong_size_is_named_and_moves_no_other_row() -> void:
	var agents: Array[Node] = _added(
		[_returning({"obs": [1.0, 2.0, 3.0]}), _returning({"obs": [4.0, 5.0]})]
	)
	var packer: RLObservationPacker = _packer(agents)
	var batch: RLStepBatch = RLStepBatch.observe(agents, packer)
	check_equal(batch.packed, PackedFloat32Array([1.0, 2.0, 4.0, 5.0]))
	check_equal(
		packer.error,
		"%s: observation 'obs' has 3 elements, its declared size is 2" % agents[0].get_path()
	)


func test_a_missing_key_is_named() -> void:
	var agents: Array[Node] = _added([_returning({"other": [1.0, 2.0]})])
	var packer: RLObservationPacker = _packer(agents)
	RLStepBatch.observe(agents, packer)
	check(packer.error.ends_with("observation key 'obs' is missing"), packer.error)


func test_what_is_not_finite_is_found_by_row() -> void:
	var packer: RLObservationPacker = _packer(_added([_returning({"obs": [0.0, 0.0]})]))
	var block: PackedFloat32Array = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
	check_equal(packer.first_not_finite(block), Vector2i(-1, -1))
	for bad: float in [NAN, INF, -INF]:
		for i: int in block.size():
			var changed: PackedFloat32Array = block.duplicate()
			changed[i] = bad
			check_equal(packer.first_not_finite(changed), Vector2i(floori(i / 2.0), i % 2))


func test_what_does_not_fit_one_block_has_no_packer() -> void:
	var agents: Array[Node] = _added([_returning({}), _returning({})])
	var wider: Dictionary = {"obs": {"size": [3], "space": "box"}}
	var image: Dictionary = {"camera_2d": {"size": [1, 1, 3], "space": "box"}}
	var several: Dictionary = {"obs": SPACE["obs"], "goal": SPACE["obs"]}
	var discrete: Dictionary = {"obs": {"size": 3, "space": "discrete"}}
	for spaces: Array in [[SPACE, wider], [image, image], [several, several], [discrete, discrete]]:
		var typed: Array[Dictionary] = []
		typed.assign(spaces)
		check(RLObservationPacker.for_agents(agents, typed) == null, str(spaces))


func _returning(observation: Dictionary) -> Node:
	var controller: ReturningController = ReturningController.new()
	controller.observation = observation
	return controller


func _added(agents: Array[Node]) -> Array[Node]:
	for controller: Node in agents:
		add_child(controller)
	return agents


func _packer(agents: Array[Node]) -> RLObservationPacker:
	var spaces: Array[Dictionary] = []
	for controller: Node in agents:
		spaces.append(SPACE)
	return RLObservationPacker.for_agents(agents, spaces)
