class_name VoxelStressController
extends AIController3D
## The agent of the scenario `voxel_stress`: observes, runs and leaps, is rewarded for what costs
## the game most.
##
## README.md lists observation, actions, rewards and ends. Sync calls begin_episode, get_obs,
## set_action and get_info. It hears of ticks and chunks, and pays for them.

const DIRECTION: String = "direction"
const TOP_SPEED: float = 20.0
const LONGEST_LEAP: float = 40.0
## More active chunks are many.
const MANY_CHUNKS: int = 400
## Below it the walker has fallen out of the world, m.
const BOTTOM: float = -4.0
## Length of a cell of [method get_cell], m.
const CELL: float = 32.0
## An episode succeeds when many chunks are active during this share of its decisions.
const SUCCESS_SHARE: float = 0.25

@export var walker: VoxelWalker
@export var terrain: VoxelTerrain
@export var observation: VoxelObservation
@export var stress: VoxelStress
@export_group("Defaults of environment parameters")
## Decisions after which an episode is cut off.
@export_range(10, 1000) var episode_decisions: int = 300
## Physics ticks of a decision where no policy says.
@export_range(1, 100) var decision_ticks: int = 9
## A chunk may take so long, ms.
@export_range(0.1, 1000.0) var slow_chunk_ms: float = 5.0
## A tick may take so long, ms.
@export_range(0.1, 1000.0) var frame_budget_ms: float = 11.11

## The running episode's rewards.
var rewards: VoxelRewards = VoxelRewards.new()
## Findings of this episode.
var findings: VoxelFindings
## World in which it plays.
var world_seed: int = 0

var _rng: RandomNumberGenerator = RandomNumberGenerator.new()
var _frame_budget: float = 11.11
var _slow_chunk: float = 5.0
var _ticks_a_decision: int = 9
var _ticks: int = 0
var _travelled: float = 0.0
var _place: Vector3 = Vector3.ZERO
var _leap_was_asked: bool = false
# Counts of the episode.
var _frames_over: int = 0
var _chunks: int = 0
var _slow_chunks: int = 0
var _most_chunks: int = 0
var _ticks_with_many: int = 0
var _most_bytes: int = 0
var _longest_frame: float = 0.0


func _ready() -> void:
	init(walker)
	findings = VoxelFindings.new(self)
	terrain.chunk_made.connect(_on_chunk_made)
	terrain.turned.connect(findings.seams.list_borders.bind(terrain))
	stress.ticked.connect(_on_ticked)
	# Until Sync begins the first episode there is no ground: loading it twice would take long.
	walker.frozen = true


func _exit_tree() -> void:
	findings.stop()


## Puts walker and terrain at the start of the episode of this seed, at once.
func begin_episode(episode_seed: int) -> void:
	_rng.seed = episode_seed
	world_seed = roundi(Sync.get_parameter("world_seed", -1.0))
	if world_seed < 0:
		world_seed = _rng.randi_range(0, 0xFFFFFF)
	_read_settings()
	rewards.restart()
	var start: Vector3 = VoxelTerrain.draw_start(world_seed, _rng)
	terrain.restart(world_seed, start)
	walker.restart(start)
	observation.restart()
	findings.restart(start, _slow_chunk)
	findings.seams.list_borders(terrain)
	_place = start
	_ticks = 0
	_travelled = 0.0
	_leap_was_asked = false
	_frames_over = 0
	_chunks = 0
	_slow_chunks = 0
	_most_chunks = terrain.chunk_count
	_ticks_with_many = 0
	_most_bytes = terrain.held_bytes
	_longest_frame = 0.0


## Number of VoxelObservation's elements.
func get_obs_size() -> int:
	return VoxelObservation.NAMES.size()


## Writes VoxelObservation's elements.
func write_obs(buffer: PackedFloat32Array, offset: int) -> void:
	observation.write(buffer, offset)


## Returns the space of VoxelObservation's elements.
func get_obs_space() -> Dictionary:
	return {"obs": {"size": [VoxelObservation.NAMES.size()], "space": "box"}}


## Returns the names of the observation's elements.
func get_observation_names() -> Dictionary:
	return {"obs": VoxelObservation.NAMES}


## Four continuous actions: direction along x and z, speed, length of a leap.
func get_action_space() -> Dictionary:
	return {
		DIRECTION: {"size": 2, "action_type": "continuous"},
		"speed": {"size": 1, "action_type": "continuous"},
		"jump": {"size": 1, "action_type": "continuous"},
	}


## Runs in that direction with (speed + 1) / 2 of the top speed, and leaps where jump is above 0.
@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	_end_decision()
	var direction: Vector2 = Vector2(action[DIRECTION][0], action[DIRECTION][1])
	var speed: float = (clampf(action["speed"][0], -1.0, 1.0) + 1.0) * 0.5 * TOP_SPEED
	if direction.length_squared() < 1e-6:
		direction = walker.asked if walker.asked != Vector2.ZERO else Vector2.RIGHT
	walker.asked = direction.normalized() * speed
	walker.asked_leap = clampf(action["jump"][0], 0.0, 1.0) * LONGEST_LEAP
	_leap_was_asked = walker.asked_leap >= VoxelWalker.SHORTEST_LEAP
	observation.begin_decision()


## Returns what the keyboard asks for, for recorded demonstrations.
func get_action() -> Array:
	var action: Dictionary = VoxelKeys.read()
	var values: Array = []
	for key: String in get_action_space():
		values.append_array(action[key])
	return values


## The coarse place of the walker, for exploration.
func get_cell() -> String:
	var cell: Vector3 = (walker.position / CELL).floor()
	return "%d,%d,%d" % [cell.x, cell.y, cell.z]


## Returns success, metrics and reward terms when the episode has ended, else {}.
func get_info() -> Dictionary:
	if not done:
		return {}
	var seconds: float = maxf(_ticks / float(Engine.physics_ticks_per_second), 1e-6)
	var is_success: bool = _ticks_with_many >= SUCCESS_SHARE * reset_after
	return {
		"is_success": is_success,
		"metrics":
		{
			"success": 1.0 if is_success else 0.0,
			"chunks_generated": _chunks,
			"slow_chunks": _slow_chunks,
			"frames_over_budget": _frames_over,
			"longest_frame_ms": _longest_frame,
			"most_chunks": _most_chunks,
			"voxel_memory_mb": _most_bytes / 1048576.0,
			"mean_speed": _travelled / seconds,
			"leaps": walker.leaps,
			"findings": findings.count,
		},
		"reward_terms": rewards.sums.duplicate(),
	}


func _read_settings() -> void:
	_ticks_a_decision = _ticks_per_decision()
	var decisions: float = Sync.get_parameter("episode_decisions", episode_decisions)
	reset_after = clampi(roundi(decisions), 10, 1000) * _ticks_a_decision
	_frame_budget = Sync.get_parameter("frame_budget_ms", frame_budget_ms)
	_slow_chunk = Sync.get_parameter("slow_chunk_ms", slow_chunk_ms)
	terrain.measures_time = Sync.get_parameter("measured_times", 1.0) > 0.5
	terrain.work_cost = clampf(Sync.get_parameter("work_cost", 1.0), 0.01, 100.0)
	terrain.linger_time = Sync.get_parameter("linger_time", 7.0)
	terrain.memory_budget_mb = Sync.get_parameter("memory_budget_mb", 2048.0)
	terrain.loader.is_punctual = Sync.get_parameter("wait_for_threads", 1.0) > 0.5
	terrain.loader.has_slow_way = Sync.get_parameter("bug_slow_chunk", 0.0) > 0.5
	terrain.has_seams = Sync.get_parameter("bug_lod_seam", 0.0) > 0.5
	terrain.leaks = Sync.get_parameter("bug_leak", 0.0) > 0.5
	walker.sticks = Sync.get_parameter("bug_stuck", 0.0) > 0.5


func _on_chunk_made(key: Vector3i, level: int, milliseconds: float) -> void:
	_chunks += 1
	rewards.add(&"chunk_generated", 1.0)
	observation.note_chunk(milliseconds)
	if milliseconds > _slow_chunk:
		_slow_chunks += 1
		rewards.add(&"slow_chunk", 1.0)
	_pay(findings.see_chunk(key, level, milliseconds))


func _on_ticked(milliseconds: float) -> void:
	if done:
		return
	if heuristic == "human" and _ticks % decision_ticks == 0:
		set_action(VoxelKeys.read())
	_ticks += 1
	var share: float = 1.0 / _ticks_a_decision
	observation.note_tick(milliseconds)
	_longest_frame = maxf(_longest_frame, milliseconds)
	if milliseconds > _frame_budget:
		_frames_over += 1
		rewards.add(&"frame_over_budget", 1.0)
	if terrain.chunk_count > MANY_CHUNKS:
		_ticks_with_many += 1
		rewards.add(&"many_chunks", share)
	_most_chunks = maxi(_most_chunks, terrain.chunk_count)
	_most_bytes = maxi(_most_bytes, terrain.held_bytes)
	var moved: Vector3 = walker.position - _place
	_place = walker.position
	var distance: float = Vector2(moved.x, moved.z).length()
	_travelled += distance
	rewards.add(&"speed", distance * Engine.physics_ticks_per_second * share)
	reward += rewards.take()
	if walker.position.y < BOTTOM:
		_pay(findings.tell_fall(walker.position))
		_end(true)
	elif _ticks >= reset_after:
		_end(false)


func _end(itself: bool) -> void:
	_end_decision()
	walker.frozen = true
	if itself:
		terminated = true
	else:
		truncated = true


# What the decision before has led to.
func _end_decision() -> void:
	if done or _ticks == 0:
		return
	_pay(findings.look(walker.position, walker.asked, _leap_was_asked))
	reward += rewards.take()


func _pay(found: int) -> void:
	if found > 0:
		rewards.add(&"known_bug", found)


# A person's ticks are no decisions.
func _ticks_per_decision() -> int:
	if heuristic == "human" or rl_episode.policy == null or rl_episode.policy.action_repeat < 1:
		return decision_ticks
	return rl_episode.policy.action_repeat
