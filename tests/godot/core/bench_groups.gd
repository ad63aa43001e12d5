extends SceneTree
## Measures what groups and policies by wire cost the engine: `godot --headless --path . --script
## res://tests/godot/core/bench_groups.gd [-- MODEL.onnx]`.
##
## Microseconds a decision of 64 agents, from the trainer's action to the frame that is sent, in
## short interleaved blocks: the median, the fastest tenth (a busy machine disturbs it least), and
## its ratio to one group's. A model, if one is given, takes 48 floats and gives 3.

const BLOCKS: int = 601
const LOAD_BLOCKS: int = 25
const DECISIONS: int = 5
const AGENTS: int = 64


## An agent that costs little itself.
class Cheap:
	extends AIController2D
	var size: int = 12
	var actions: int = 4

	func get_obs_size() -> int:
		return size

	func write_obs(buffer: PackedFloat32Array, offset: int) -> void:
		buffer[offset] = 1.0

	func get_action_space() -> Dictionary:
		return {"move": {"size": actions, "action_type": "continuous"}}

	@warning_ignore("untyped_declaration")
	func set_action(_action) -> void:
		pass

	func begin_episode(_episode_seed: int) -> void:
		pass


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	await process_frame
	root.get_node("GodotRLAgentsSync").process_mode = Node.PROCESS_MODE_DISABLED
	var cases: Dictionary[String, Run] = {
		"one group of 64, binary1": Run.new(self, {"all": [64, 12, 4]}, "binary1"),
		"one group of 64, binary2": Run.new(self, {"all": [64, 12, 4]}, "binary2"),
		"two alike groups of 32": Run.new(self, {"a": [32, 12, 4], "b": [32, 12, 4]}, "binary2"),
		"two unlike groups of 32": Run.new(self, {"a": [32, 10, 3], "b": [32, 14, 5]}, "binary2"),
		"one group of 64 again": Run.new(self, {"all": [64, 12, 4]}, "binary2"),
	}
	var told: Dictionary[String, PackedFloat64Array] = {}
	for name: String in cases:
		cases[name].block()
	for i: int in BLOCKS:
		for name: String in cases:
			var times: PackedFloat64Array = told.get(name, PackedFloat64Array())
			times.append(cases[name].block())
			told[name] = times
	var base: float = _fast(told["one group of 64, binary2"])
	for name: String in told:
		var fast: float = _fast(told[name])
		print(
			(
				"%-26s %6.0f us, fast %6.0f us, ratio %.3f"
				% [name, _median(told[name]), fast, fast / base]
			)
		)
	for path: String in OS.get_cmdline_user_args():
		_load(path)
	quit()


func _load(path: String) -> void:
	var run: Run = Run.new(self, {"all": [16, 48, 3]}, "binary2")
	var first: PackedFloat64Array = []
	var again: PackedFloat64Array = []
	var file: PackedByteArray = FileAccess.get_file_as_bytes(path)
	for i: int in LOAD_BLOCKS:
		var order: Dictionary = {"type": "load_policy", "group": "all", "onnx": file}
		for times: PackedFloat64Array in [first, again]:
			var began: int = Time.get_ticks_usec()
			var answer: Dictionary = run.peer.policy._orders.answer(order)
			times.append((Time.get_ticks_usec() - began) / 1000.0)
			if answer.has("error"):
				print(answer)
		run.peer.policy._orders.answer({"type": "control", "group": "all", "control": "trainer"})
	print("load_policy, 16 agents: %.2f ms, known %.2f ms" % [_median(first), _median(again)])
	var plain: PackedFloat64Array = []
	var played: PackedFloat64Array = []
	var thought: PackedFloat64Array = []
	for i: int in LOAD_BLOCKS:
		run.peer.policy._orders.answer({"type": "control", "group": "all", "control": "trainer"})
		run.reset()
		plain.append(run.block())
		run.peer.policy._orders.answer({"type": "load_policy", "group": "all", "onnx": file})
		run.reset()
		played.append(run.block())
		thought.append(run.think_usec / 1000.0)
	print(
		(
			(
				"16 agents, action to frame: %.1f us by the trainer, %.1f us by the model; %.2f ms of "
				+ "thinking after the frame"
			)
			% [_median(plain), _median(played), _median(thought)]
		)
	)


# The fastest tenth.
static func _fast(values: PackedFloat64Array) -> float:
	values.sort()
	return values[floori(values.size() / 10.0)]


static func _median(values: PackedFloat64Array) -> float:
	values.sort()
	return values[floori(values.size() / 2.0)]


## A policy and its trainer.
class Run:
	var peer: RLTrainerPeer
	var think_usec: float = 0.0
	var _payload: PackedByteArray = [0x41, 0, 0, 0, 0, 0, 0, 0]

	## [param groups]: name -> agents, floats of an observation, floats of an action.
	func _init(tree: SceneTree, groups: Dictionary, transport: String) -> void:
		var arena: Node = Node.new()
		tree.root.add_child(arena)
		for name: String in groups:
			for i: int in groups[name][0]:
				var agent: Cheap = Cheap.new()
				agent.policy_name = name
				agent.size = groups[name][1]
				agent.actions = groups[name][2]
				agent.reset_after = 1 << 40
				arena.add_child(agent)
		peer = RLTrainerPeer.new([arena])
		peer.open([transport])
		var floats: PackedFloat32Array = []
		for name: String in groups:
			floats.resize(floats.size() + groups[name][0] * groups[name][2])
		_payload += floats.to_byte_array()
		reset()

	func reset() -> void:
		peer.say({"type": "reset", "seed": 1})
		peer.receive()

	## Microseconds from action to frame.
	func block() -> float:
		var spent: int = 0
		var policy: RefCounted = peer.policy
		think_usec = 0.0
		for i: int in DECISIONS:
			peer.send(_payload)
			var began: int = Time.get_ticks_usec()
			policy.decide()
			peer.roster.advance()
			policy.prepare()
			# As RLRemotePolicy._pay, up to the frame.
			var batch: RefCounted = policy._take_batch(policy._codec.lead(true))
			policy._owed = policy.RLOwed.NOTHING
			var problem: String = policy._check.problem_of(batch, policy._packer)
			policy._stream.send_frame(policy._codec.frame(batch, true))
			spent += Time.get_ticks_usec() - began
			if not problem.is_empty():
				print(problem)
			began = Time.get_ticks_usec()
			if policy._loaded.is_used:
				policy._loaded.think(batch, policy._packer.row_size)
			think_usec += float(Time.get_ticks_usec() - began) / DECISIONS
			peer.receive()
		return float(spent) / DECISIONS
