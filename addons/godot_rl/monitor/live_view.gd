extends RefCounted
## Tells somebody who watches a run where the bodies of chosen arenas are, a few times a second.
##
## RLRunExtras makes it where `--rl.live_view=DIR` was given; RLRunSession calls [method look] after
## each decision. Who watches writes `DIR/wanted.json`, or `DIR/wanted_<anything>.json`,
## [code]{"arenas": [0], "poses": [0], "until": Unix time}[/code], and keeps it fresh; else nothing
## is looked at but that folder, once a second. What is seen from above goes to
## `DIR/arena_<number>.jsonl` (docs/dashboard.md), whole poses to `DIR/poses_<number>.jsonl`
## (docs/watching.md). It changes nothing in the game.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLArenaShapes := preload("res://addons/godot_rl/monitor/arena_shapes.gd")
const RLPoseStream := preload("res://addons/godot_rl/monitor/pose_stream.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")

const WANTED: String = "wanted"
## Milliseconds between two looks at the wishes, between two pictures, and between two poses.
const WISH_MS: int = 1000
const PICTURE_MS: int = 100
const POSE_MS: int = 30
## Arenas that are told at most of each kind.
const MOST_ARENAS: int = 16
## Bytes after which a file begins anew.
const FILE_BYTES: int = 2 << 20

var _folder: String
var _roster: RLRoster
# Number over all engines of the first arena of this one.
var _offset: int
# How many arenas the run has; 0: not known.
var _total: int
var _next_ms: int = 0
var _next_wish_ms: int = 0
var _next_picture_ms: int = 0
# Arena of this process to what is known of its shapes, and to its file.
var _shapes: Dictionary[int, RLArenaShapes] = {}
var _files: Dictionary[int, FileAccess] = {}
# Arena of this process to who tells its poses.
var _poses: Dictionary[int, RLPoseStream] = {}


func _init(folder: String, roster: RLRoster, offset: int, total: int = 0) -> void:
	_folder = folder
	_roster = roster
	_offset = offset
	_total = total


## Tells where the bodies are, if somebody watches and it is time.
func look() -> void:
	var now_ms: int = Time.get_ticks_msec()
	if now_ms < _next_ms:
		return
	if now_ms >= _next_wish_ms:
		_next_wish_ms = now_ms + WISH_MS
		_take_wishes()
	if now_ms >= _next_picture_ms:
		_next_picture_ms = now_ms + PICTURE_MS
		for index: int in _shapes:
			_tell(index)
	for index: int in _poses:
		_poses[index].tell()
	if not _poses.is_empty():
		_next_ms = now_ms + POSE_MS
	else:
		_next_ms = _next_wish_ms if _shapes.is_empty() else _next_picture_ms


## Ends what is open.
func close() -> void:
	_shapes.clear()
	_files.clear()
	_poses.clear()


func _take_wishes() -> void:
	var seen: Dictionary[int, bool] = {}
	var whole: Dictionary[int, bool] = {}
	var now: float = Time.get_unix_time_from_system()
	for name: String in DirAccess.get_files_at(_folder) if _has_folder() else []:
		if not (name.begins_with(WANTED) and name.ends_with(".json")):
			continue
		# An instance, since the static call reports what is damaged as an error of the game.
		var json: JSON = JSON.new()
		var text: String = FileAccess.get_file_as_string(_folder.path_join(name))
		var is_whole: bool = json.parse(text) == OK
		var wish: Dictionary = json.data if is_whole and json.data is Dictionary else {}
		var until: Variant = wish.get("until", 0.0)
		if until is float and until > now:
			_add(seen, wish.get("arenas", []))
			_add(whole, wish.get("poses", []))
			if _offset == 0 and _total > 0 and wish.has("poses"):
				_tell_total()
	for index: int in _shapes.keys():
		if not seen.has(index):
			_shapes.erase(index)
			_files.erase(index)
	for index: int in seen:
		if not _shapes.has(index):
			_shapes[index] = RLArenaShapes.new()
			_open(index)
	for index: int in _poses.keys():
		if not whole.has(index):
			_poses.erase(index)
	for index: int in whole:
		if not _poses.has(index):
			var path: String = _folder.path_join("poses_%d.jsonl" % (_offset + index))
			_poses[index] = RLPoseStream.new(path, _roster, index, _offset + index)


func _has_folder() -> bool:
	return DirAccess.dir_exists_absolute(_folder)


# Adds the arenas of this process out of a wish's list.
func _add(wanted: Dictionary[int, bool], numbers: Variant) -> void:
	if not numbers is Array:
		return
	for number: Variant in numbers:
		if number is float and wanted.size() < MOST_ARENAS:
			var index: int = int(number) - _offset
			if index >= 0 and index < _roster.arenas.size():
				wanted[index] = true


# How many arenas can be chosen from.
func _tell_total() -> void:
	var path: String = _folder.path_join("arenas.json")
	var file: FileAccess = FileAccess.open(path, FileAccess.WRITE)
	if file != null:
		file.store_line(JSON.stringify({"arenas": _total}))


func _tell(index: int) -> void:
	var file: FileAccess = _files[index]
	var root: Node = _roster.arenas[index].root
	if file == null or not is_instance_valid(root) or not root.is_inside_tree():
		return
	var shapes: RLArenaShapes = _shapes[index]
	if file.get_position() > FILE_BYTES:
		_open(index)
		file = _files[index]
		if file == null:
			return
		shapes.forget()
	if shapes.look(root, _roster.arenas[index].agents):
		file.store_line(JSON.stringify({"arena": _offset + index, "nodes": shapes.nodes}))
	var episode: RefCounted = _roster.arenas[index].agents[0].rl_episode
	var told: Dictionary = {
		"arena": _offset + index,
		"time": snappedf(Time.get_unix_time_from_system(), 0.01),
		"episode": episode.index(),
		"decisions": episode.decisions,
		"at": shapes.places(root),
	}
	file.store_line(JSON.stringify(told))
	file.flush()


func _open(index: int) -> void:
	var path: String = _folder.path_join("arena_%d.jsonl" % (_offset + index))
	_files[index] = FileAccess.open(path, FileAccess.WRITE)
