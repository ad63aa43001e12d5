extends Node
## The window that attaches to a running training and shows one of its arenas (docs/watching.md).
##
## Sync makes it where `--rl.watch=DIR` was given, DIR being the run's folder `live`, and starts no
## session then. It wishes for an arena, reads what the engines tell, and puts the scene's nodes
## there (RLPoseStage). The training knows nothing of it but the wish, which ends by itself.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLPanel := preload("res://addons/godot_rl/watch/watch_panel.gd")
const RLPoseFrame := preload("res://addons/godot_rl/watch/pose_frame.gd")
const RLPoseReader := preload("res://addons/godot_rl/watch/pose_reader.gd")
const RLPoseStage := preload("res://addons/godot_rl/watch/pose_stage.gd")
const RLWatchCamera := preload("res://addons/godot_rl/watch/watch_camera.gd")

## Seconds for which a wish holds, and between two.
const LEASE_S: float = 6.0
const WISH_S: float = 1.5
## Simulated seconds by which the picture may lag; then it goes on with the newest.
const MOST_LAG_S: float = 20.0
## Seconds without news after which that is said: a rollout is being learned from.
const QUIET_S: float = 0.7
const SPEEDS: Array[float] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0]
const FPS: int = 60
## Frames that are shown before a picture is saved.
const PICTURE_FRAMES: int = 10

## Number of the arena over all engines.
var arena: int = 0
## How many there are; 0: not known yet.
var total: int = 0

var _folder: String
# What the command says of the run: {"lines": [...], "note": "..."}.
var _told_path: String
var _told: Dictionary = {}
var _picture: String
var _stage: RLPoseStage = RLPoseStage.new()
var _reader: RLPoseReader
var _heads: int = -1
var _panel: RLPanel = RLPanel.new()
var _camera: RLWatchCamera = RLWatchCamera.new()
var _scene_camera: Camera3D
var _speed: int = SPEEDS.find(1.0)
var _holds: bool = false
# The tick that is shown; below 0: none yet.
var _tick: float = -1.0
var _shown: RLPoseFrame
var _news_ms: int = 0
var _next_wish_ms: int = 0
var _shown_frames: int = 0


func _init(options: Dictionary[String, String]) -> void:
	_folder = options["watch"]
	_told_path = options.get("watch_told", "")
	_picture = options.get("watch_picture", "")
	arena = int(options.get("watch_arena", "0"))
	process_mode = Node.PROCESS_MODE_ALWAYS
	process_priority = -1000


func _ready() -> void:
	Engine.max_fps = FPS
	# The first scene entered with the autoload, and is not ready yet; another may come later.
	get_tree().root.child_entered_tree.connect(_take_scene)
	for node: Node in get_tree().root.get_children():
		_take_scene(node)
	_camera.stage = _stage
	add_child(_panel)
	add_child(_camera)
	_choose(arena)


func _exit_tree() -> void:
	DirAccess.remove_absolute(_wish_path())


func _process(delta: float) -> void:
	var now_ms: int = Time.get_ticks_msec()
	if now_ms >= _next_wish_ms:
		_next_wish_ms = now_ms + int(WISH_S * 1000.0)
		_wish()
		_read_told()
		_read_total()
	if _stage.root == null:
		return
	_stage.let_views_draw()
	if _reader.poll():
		_news_ms = now_ms
	if _heads != _reader.heads:
		_heads = _reader.heads
		_stage.cast(_reader.head)
		_tick = -1.0
	_play(delta)
	_panel.tell(_lines(), _note(now_ms))
	_look_for_camera()
	if not _picture.is_empty() and _shown_frames > PICTURE_FRAMES:
		_save_picture()


func _unhandled_key_input(event: InputEvent) -> void:
	var key: InputEventKey = event as InputEventKey
	if key == null or not key.pressed:
		return
	match key.keycode:
		KEY_RIGHT:
			_choose(arena + 1)
		KEY_LEFT:
			_choose(arena - 1)
		KEY_UP:
			_speed = mini(_speed + 1, SPEEDS.size() - 1)
		KEY_DOWN:
			_speed = maxi(_speed - 1, 0)
		KEY_SPACE:
			_holds = not _holds
		KEY_C:
			_change_camera()
		KEY_H:
			_panel.visible = not _panel.visible
		_:
			return
	get_viewport().set_input_as_handled()


# The scene is kept still before its first tick. Autoloads may be scenes too: the last one counts.
func _take_scene(node: Node) -> void:
	if _is_scene(node):
		_stage.take(node)


func _is_scene(node: Node) -> bool:
	if node == get_parent() or node.scene_file_path.is_empty():
		return false
	return not ProjectSettings.has_setting("autoload/" + node.name)


func _choose(number: int) -> void:
	arena = posmod(number, total) if total > 0 else maxi(number, 0)
	var path: String = _folder.path_join("poses_%d.jsonl" % arena)
	_reader = RLPoseReader.new(path, Time.get_unix_time_from_system() - 2.0)
	_heads = -1
	_shown = null
	_tick = -1.0
	_news_ms = Time.get_ticks_msec()
	_next_wish_ms = 0


func _play(delta: float) -> void:
	var frames: Array[RLPoseFrame] = _reader.frames
	if frames.is_empty():
		return
	var rate: float = maxf(float(_reader.head.get("ticks_per_second", 60.0)), 1.0)
	var newest: int = frames[-1].tick
	if _tick < 0.0 or newest - _tick > MOST_LAG_S * rate or newest < _shown.tick:
		_tick = newest
	elif not _holds:
		_tick = minf(_tick + delta * SPEEDS[_speed] * rate, newest)
	var at: int = 0
	while at + 1 < frames.size() and frames[at + 1].tick <= _tick:
		at += 1
	var before: RLPoseFrame = frames[at]
	var after: RLPoseFrame = frames[mini(at + 1, frames.size() - 1)]
	var gap: int = after.tick - before.tick
	_stage.show(before, after, clampf((_tick - before.tick) / gap, 0.0, 1.0) if gap > 0 else 0.0)
	_shown = before
	_shown_frames += 1
	if at > 64:
		_reader.drop(at)


func _lines() -> PackedStringArray:
	var lines: PackedStringArray = []
	for line: Variant in _told.get("lines", []):
		lines.append(str(line))
	var of: String = " of %d (0 to %d)" % [total, total - 1] if total > 0 else ""
	lines.append("arena %d%s, speed %s" % [arena, of, String.num(SPEEDS[_speed], 2)])
	if _shown != null:
		lines.append("episode %d, %d decisions" % [_shown.episode, _shown.decisions])
		var names: Array = _reader.head.get("agents", [])
		var words: PackedStringArray = []
		for i: int in mini(mini(names.size(), _shown.returns.size()), 6):
			words.append("%s %.2f" % [names[i], _shown.returns[i]])
		lines.append("reward so far: " + ", ".join(words))
	return lines


func _note(now_ms: int) -> String:
	var note: String = _told.get("note", "")
	if not note.is_empty():
		return note
	if _holds:
		return "held"
	if _shown == null:
		return "waiting for arena %d" % arena
	var has_shown_all: bool = _tick >= _reader.frames[-1].tick
	if now_ms - _news_ms > QUIET_S * 1000.0 and has_shown_all:
		return "no news: the run learns from its rollout, evaluates or waits"
	return ""


func _wish_path() -> String:
	return _folder.path_join("wanted_window_%d.json" % OS.get_process_id())


func _wish() -> void:
	DirAccess.make_dir_recursive_absolute(_folder)
	var path: String = _wish_path()
	var file: FileAccess = FileAccess.open(path + ".part", FileAccess.WRITE)
	if file == null:
		return
	var until: float = Time.get_unix_time_from_system() + LEASE_S
	file.store_string(JSON.stringify({"poses": [arena], "until": until}))
	file.close()
	DirAccess.rename_absolute(path + ".part", path)


func _read_told() -> void:
	var found: Variant = _json_of(_told_path)
	if found is Dictionary:
		_told = found


func _read_total() -> void:
	var found: Variant = _json_of(_folder.path_join("arenas.json"))
	if not found is Dictionary:
		return
	total = int((found as Dictionary).get("arenas", 0))
	if total > 0 and arena >= total:
		_choose(total - 1)


static func _json_of(path: String) -> Variant:
	if path.is_empty() or not FileAccess.file_exists(path):
		return null
	var json: JSON = JSON.new()
	return json.data if json.parse(FileAccess.get_file_as_string(path)) == OK else null


func _look_for_camera() -> void:
	var current: Camera3D = get_viewport().get_camera_3d()
	if current == null and _stage.root is Node3D:
		_camera.make_current()
	elif current != _camera:
		_scene_camera = current


func _change_camera() -> void:
	if not _camera.current:
		_camera.make_current()
	elif is_instance_valid(_scene_camera):
		_scene_camera.make_current()


func _save_picture() -> void:
	var image: Image = get_viewport().get_texture().get_image()
	var problem: Error = image.save_png(_picture) if image != null else ERR_UNAVAILABLE
	_picture = ""
	get_tree().quit(0 if problem == OK else 1)
