extends RefCounted
## Records the episodes of a run to files, whoever decides: a trainer, ONNX, or a recording.
##
## Sync makes it where `--record=` asks for it. Policies tell it what each decision saw and did
## ([method saw], [method acted]); Sync closes the decision. It never changes what happens, but for
## the time that it takes (docs/replay.md).

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLArenaWatch := preload("res://addons/godot_rl/replay/arena_watch.gd")
const RLEpisodeTape := preload("res://addons/godot_rl/replay/episode_tape.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLRecordingFormat := preload("res://addons/godot_rl/replay/recording_format.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")

## Shortest time between two failed episodes that are kept, ms: a policy that cannot do anything yet
## fails all the time, and files cost time too.
const FAILURE_INTERVAL_MS: int = 1000

## Why the run cannot go on; empty while it can.
var error: String = ""

var _options: RLLaunchOptions
var _tapes: Array[RLEpisodeTape] = []
var _watches: Dictionary[Node, RLArenaWatch] = {}
# Files of failed episodes, the oldest first, and their sizes in bytes.
var _kept: PackedStringArray = []
var _sizes: PackedInt64Array = []
var _last_kept_ms: int = -FAILURE_INTERVAL_MS
var _first: int = 0
var _only_failures: bool = false
var _is_broken: bool = false


func _init(
	options: RLLaunchOptions, roster: RLRoster, arena_roots: Array[Node], about: Dictionary
) -> void:
	_options = options
	_only_failures = options.record_failures > 0
	# Failures are seldom, and a run that has just begun may be moved aside: their folder is made
	# when the first one is kept.
	if not _only_failures and DirAccess.make_dir_recursive_absolute(options.record) != OK:
		error = "the folder %s of --record cannot be made" % options.record
		return
	for root: Node in arena_roots:
		var watch: RLArenaWatch = null
		if options.record_detail == "full":
			watch = RLArenaWatch.new(root)
			_watches[root] = watch
		var journal: String = "" if _only_failures else options.record
		_tapes.append(RLEpisodeTape.new(watch, journal, _describe(about)))
	for controller: Node in roster.agents:
		_tapes[controller.arena_index].add_agent(controller)
	if not _watches.is_empty():
		arena_roots[0].get_tree().node_added.connect(_on_tree_changed)
		arena_roots[0].get_tree().node_removed.connect(_on_tree_changed)


## Takes what a decision's batch tells about [param agents], which are in the batch's order.
func saw(agents: Array[Node], batch: RLStepBatch) -> void:
	if _is_broken:
		return
	var packed: PackedByteArray = (
		batch.packed.slice(batch.lead).to_byte_array() if batch.is_packed else []
	)
	var final_packed: PackedByteArray = batch.final_packed.to_byte_array()
	var width: int = floori(float(packed.size()) / agents.size())
	var at: int = 0
	var final_at: int = 0
	var ended: int = 0
	for i: int in agents.size():
		var tape: RLEpisodeTape = _tapes[agents[i].arena_index]
		var place: int = tape.agents.find(agents[i])
		var reward: float = batch.rewards[i] if i < batch.rewards.size() else 0.0
		if not batch.starts.is_empty():
			width = 4 * (batch.starts[i + 1] - batch.starts[i])
		at += width
		var observation: PackedByteArray = (
			packed.slice(at - width, at)
			if batch.is_packed
			else RLRecordingFormat.pack_observation(batch.observations[i])
		)
		tape.see(place, observation, reward)
		if i < batch.final_observations.size() and batch.final_observations[i] != null:
			final_at += width
			var last: PackedByteArray = (
				final_packed.slice(final_at - width, final_at)
				if batch.is_packed
				else RLRecordingFormat.pack_observation(batch.final_observations[i])
			)
			tape.end(place, batch.ended[ended], last, reward)
			ended += 1


## Takes the action that [param controller] was given.
func acted(controller: Node, action: Dictionary) -> void:
	if _is_broken:
		return
	var tape: RLEpisodeTape = _tapes[controller.arena_index]
	tape.act(tape.agents.find(controller), action)


## All agents have decided; false, with [member error], when recording is not possible any more.
func close_decision() -> bool:
	if _is_broken:
		return true
	# Where several fail at once, not always the same arena is kept.
	_first = (_first + 1) % _tapes.size()
	for i: int in _tapes.size():
		var tape: RLEpisodeTape = _tapes[(_first + i) % _tapes.size()]
		tape.close_decision()
		_keep(tape)
	return error.is_empty()


## An agent left the tree, with whose place nothing can be recorded any more.
func lost(reason: String) -> void:
	_fail(reason)


## The run is over: keeps what ended with it. A replay's episode counts even if it did not end. When
## the run failed ([param reason] is not empty), the episodes under way stay as `.part` files.
func close(reason: String) -> void:
	for i: int in _tapes.size():
		if reason.is_empty():
			_tapes[i].close(not _options.replay.is_empty())
			_keep(_tapes[i])
		elif not _only_failures or i < _options.record_failures:
			DirAccess.make_dir_recursive_absolute(_options.record)
			_tapes[i].abandon(_options.record)


func _keep(tape: RLEpisodeTape) -> void:
	if not tape.error.is_empty():
		_fail(tape.error)
	if tape.finished.is_empty():
		return
	if _is_wanted(tape):
		var path: String = _options.record.path_join(tape.finished_name + RLRecordingFormat.SUFFIX)
		var bytes: PackedByteArray = tape.finished.compress(FileAccess.COMPRESSION_GZIP)
		if not _store(path, bytes):
			_fail("%s cannot be written" % path)
		elif _only_failures:
			_last_kept_ms = Time.get_ticks_msec()
			_kept.append(path)
			_sizes.append(bytes.size())
			_forget_oldest()
	tape.take_finished()


# A run that learns goes on without recording; one that was to record does not.
func _fail(reason: String) -> void:
	if not _only_failures:
		error = reason
	elif not _is_broken:
		_is_broken = true
		RLLog.warn(reason + ": failed episodes are not recorded any more")


func _is_wanted(tape: RLEpisodeTape) -> bool:
	if _is_broken:
		return false
	if _options.record_episodes > 0 and tape.finished_index >= _options.record_episodes:
		return false
	if not _only_failures:
		return true
	return tape.finished_failed and Time.get_ticks_msec() - _last_kept_ms >= FAILURE_INTERVAL_MS


func _forget_oldest() -> void:
	var total: int = 0
	for size: int in _sizes:
		total += size
	while _kept.size() > _options.record_failures or total > _options.record_bytes:
		DirAccess.remove_absolute(_kept[0])
		total -= _sizes[0]
		_kept.remove_at(0)
		_sizes.remove_at(0)


static func _store(path: String, bytes: PackedByteArray) -> bool:
	var temporary: String = path + ".tmp"
	DirAccess.make_dir_recursive_absolute(path.get_base_dir())
	var file: FileAccess = FileAccess.open(temporary, FileAccess.WRITE)
	if file == null or not file.store_buffer(bytes):
		return false
	file.close()
	return DirAccess.rename_absolute(temporary, path) == OK


func _on_tree_changed(node: Node) -> void:
	var above: Node = node
	while above != null:
		if _watches.has(above):
			_watches[above].is_stale = true
			return
		above = above.get_parent()


func _describe(about: Dictionary) -> Dictionary:
	var described: Dictionary = about.duplicate()
	described["project"] = ProjectSettings.get_setting("application/config/name", "")
	described["physics_engine"] = ProjectSettings.get_setting("physics/3d/physics_engine", "")
	described["precision"] = "double" if OS.has_feature("double") else "single"
	described["system"] = "%s %s" % [OS.get_name(), Engine.get_architecture_name()]
	described["headless"] = DisplayServer.get_name() == "headless"
	described["detail"] = _options.record_detail
	described["speedup"] = _options.speedup
	described["commit"] = _options.record_commit
	if not _options.arena_cell.is_empty():
		described["arena_cell"] = _options.arena_cell
	return described
