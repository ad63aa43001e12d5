extends RefCounted
## Reads what a run tells of the poses of one arena (RLPoseStream), as it comes.
##
## RLWatcher owns one. What was told before somebody looked only serves to know where everything
## stands. A file that begins anew is read anew. It shows nothing.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLPoseFrame := preload("res://addons/godot_rl/watch/pose_frame.gd")

## Frames that are kept at most: minutes of a fast run.
const MOST_FRAMES: int = 4000
## Bytes that are read at once at most.
const MOST_BYTES: int = 1 << 20

## The head of the stream; {}: none came yet. Counts heads in [member heads].
var head: Dictionary = {}
var heads: int = 0
## What came and was not dropped yet, the oldest first.
var frames: Array[RLPoseFrame] = []

var _path: String
var _since: float
var _offset: int = 0
var _rest: String = ""
var _places: Array[Variant] = []


## Frames that were told before [param since], Unix seconds, are not kept.
func _init(path: String, since: float) -> void:
	_path = path
	_since = since


## Reads what is new. Returns whether something was.
func poll() -> bool:
	var file: FileAccess = FileAccess.open(_path, FileAccess.READ)
	if file == null:
		return false
	var size: int = file.get_length()
	if size < _offset:
		_offset = 0
		_rest = ""
	if size == _offset:
		return false
	file.seek(_offset)
	var bytes: PackedByteArray = file.get_buffer(mini(size - _offset, MOST_BYTES))
	_offset += bytes.size()
	var lines: PackedStringArray = (_rest + bytes.get_string_from_utf8()).split("\n")
	_rest = lines[-1]
	for i: int in lines.size() - 1:
		_take(lines[i])
	if frames.size() > MOST_FRAMES:
		frames = frames.slice(frames.size() - MOST_FRAMES)
	return true


## Drops the frames before number [param count].
func drop(count: int) -> void:
	frames = frames.slice(count)


func _take(line: String) -> void:
	var json: JSON = JSON.new()
	if json.parse(line) != OK or not json.data is Dictionary:
		return
	var told: Dictionary = json.data
	if told.get("paths") is Array:
		head = told
		heads += 1
		_places = []
		_places.resize((told["paths"] as Array).size())
		# Frames of other nodes cannot be shown with these.
		frames.clear()
	elif told.get("at") is Array and not head.is_empty():
		_take_frame(told)


func _take_frame(told: Dictionary) -> void:
	for row: Variant in told["at"]:
		if row is Array and not (row as Array).is_empty():
			var index: int = int(row[0])
			if index >= 0 and index < _places.size():
				_places[index] = _place(row)
	if float(told.get("time", 0.0)) < _since:
		return
	var frame: RLPoseFrame = RLPoseFrame.new()
	frame.tick = int(told.get("tick", 0))
	frame.time = float(told.get("time", 0.0))
	frame.episode = int(told.get("episode", -1))
	frame.serial = int(told.get("serial", -1))
	frame.decisions = int(told.get("decisions", 0))
	frame.returns = told.get("returns", [])
	frame.state = told.get("state", {})
	frame.places = _places.duplicate()
	frames.append(frame)


static func _place(row: Array) -> Variant:
	match row.size():
		6:
			return Transform2D(row[3], Vector2(row[4], row[5]), 0.0, Vector2(row[1], row[2]))
		8, 11:
			var turn: Quaternion = Quaternion(row[4], row[5], row[6], row[7]).normalized()
			var basis: Basis = Basis(turn)
			if row.size() == 11:
				basis = basis.scaled_local(Vector3(row[8], row[9], row[10]))
			return Transform3D(basis, Vector3(row[1], row[2], row[3]))
	return false
