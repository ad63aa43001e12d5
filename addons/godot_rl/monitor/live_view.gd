extends RefCounted
## Tells somebody who watches a run where the bodies of chosen arenas are, a few times a second.
##
## RLRunExtras makes it where `--rl.live_view=DIR` was given; RLRunSession calls [method look] after
## each decision. Who watches writes `DIR/wanted.json`, [code]{"arenas": [0], "until": Unix
## time}[/code], and keeps it fresh; else nothing is looked at but that file, once a second. What is
## told goes to `DIR/arena_<number>.jsonl` (docs/dashboard.md). It changes nothing in the game.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLArenaShapes := preload("res://addons/godot_rl/monitor/arena_shapes.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")

const WANTED: String = "wanted.json"
## Milliseconds between two looks at the wishes, and between two pictures.
const WISH_MS: int = 1000
const PICTURE_MS: int = 100
## Bytes after which a file begins anew.
const FILE_BYTES: int = 2 << 20

var _folder: String
var _roster: RLRoster
# Number over all engines of the first arena of this one.
var _offset: int
var _next_ms: int = 0
var _next_wish_ms: int = 0
# Arena of this process to what is known of its shapes, and to its file.
var _shapes: Dictionary[int, RLArenaShapes] = {}
var _files: Dictionary[int, FileAccess] = {}


func _init(folder: String, roster: RLRoster, offset: int) -> void:
	_folder = folder
	_roster = roster
	_offset = offset


## Tells where the bodies are, if somebody watches and it is time.
func look() -> void:
	var now_ms: int = Time.get_ticks_msec()
	if now_ms < _next_ms:
		return
	_next_ms = now_ms + PICTURE_MS
	if now_ms >= _next_wish_ms:
		_next_wish_ms = now_ms + WISH_MS
		_take_wishes()
	if _shapes.is_empty():
		_next_ms = _next_wish_ms
		return
	for index: int in _shapes:
		_tell(index)


## Ends what is open.
func close() -> void:
	_shapes.clear()
	_files.clear()


func _take_wishes() -> void:
	var path: String = _folder.path_join(WANTED)
	var wanted: PackedInt32Array = []
	if FileAccess.file_exists(path):
		# An instance, since the static call reports what is damaged as an error of the game.
		var json: JSON = JSON.new()
		var is_whole: bool = json.parse(FileAccess.get_file_as_string(path)) == OK
		var wish: Dictionary = json.data if is_whole and json.data is Dictionary else {}
		var until: Variant = wish.get("until", 0.0)
		var numbers: Variant = wish.get("arenas", [])
		if until is float and until > Time.get_unix_time_from_system() and numbers is Array:
			for number: Variant in numbers:
				if number is float:
					wanted.append(int(number) - _offset)
	for index: int in _shapes.keys():
		if index not in wanted:
			_shapes.erase(index)
			_files.erase(index)
	for index: int in wanted:
		if index >= 0 and index < _roster.arenas.size() and not _shapes.has(index):
			_shapes[index] = RLArenaShapes.new()
			_open(index)


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
