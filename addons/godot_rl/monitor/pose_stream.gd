extends RefCounted
## Tells a window that watches (RLWatcher) where the nodes of one arena are, after each decision.
##
## RLLiveView has one for each arena whose poses are wished for. It appends to a file of JSON lines:
## a head with the nodes there are, then what moved (docs/watching.md). An arena's root may have
## [code]get_watch_state() -> Dictionary[/code] of what else its looks depend on, as JSON can hold
## it; [code]show_watch_state(state: Dictionary)[/code] takes it in the window.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLArenaPoses := preload("res://addons/godot_rl/monitor/arena_poses.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")

const GET_STATE: StringName = &"get_watch_state"
## Bytes after which a file begins anew.
const FILE_BYTES: int = 4 << 20

var _path: String
var _roster: RLRoster
var _index: int
# Number over all engines.
var _number: int
var _file: FileAccess
var _poses: RLArenaPoses = RLArenaPoses.new()
var _told_tick: int = -1


func _init(path: String, roster: RLRoster, index: int, number: int) -> void:
	_path = path
	_roster = roster
	_index = index
	_number = number
	_file = FileAccess.open(path, FileAccess.WRITE)


## Tells what moved since the last call.
func tell() -> void:
	var root: Node = _roster.arenas[_index].root
	if _file == null or not is_instance_valid(root) or not root.is_inside_tree():
		return
	if _roster.tick == _told_tick or _roster.arenas[_index].agents.is_empty():
		return
	_told_tick = _roster.tick
	if _file.get_position() > FILE_BYTES:
		_file = FileAccess.open(_path, FileAccess.WRITE)
		_poses.forget()
		if _file == null:
			return
	var first: RefCounted = _roster.arenas[_index].agents[0].rl_episode
	if _poses.look(root, first.serial):
		_file.store_line(JSON.stringify(_head(root)))
	var told: Dictionary = {
		"time": snappedf(Time.get_unix_time_from_system(), 0.001),
		"tick": _told_tick,
		"episode": first.index(),
		"serial": first.serial,
		"decisions": first.decisions,
		"returns": _returns(),
		"at": _poses.moved(root),
	}
	if root.has_method(GET_STATE):
		told["state"] = root.call(GET_STATE)
	_file.store_line(JSON.stringify(told))
	_file.flush()


func _head(root: Node) -> Dictionary:
	var bodies: Array = []
	var names: Array = []
	for agent: Node in _roster.arenas[_index].agents:
		var body: Node = agent.get_parent()
		bodies.append(_poses.number_of(body))
		names.append(String(body.name if body != root else agent.name))
	return {
		"arena": _number,
		"scene": root.scene_file_path,
		"ticks_per_second": Engine.physics_ticks_per_second,
		"paths": _poses.paths,
		"free": _poses.free_nodes,
		"shapes": _poses.shapes,
		"bodies": bodies,
		"agents": names,
	}


func _returns() -> Array:
	var found: Array = []
	for agent: Node in _roster.arenas[_index].agents:
		found.append(snappedf(agent.rl_episode.total_reward, 0.001))
	return found
