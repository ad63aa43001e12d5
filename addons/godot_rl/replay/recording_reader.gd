extends RefCounted
## Reads what playing a recording again needs: the header, and the actions decision by decision.
##
## RLReplayPolicy calls it. What else a file holds (observations, rewards, the scene) is compared by
## rl_training/evaluation.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLRecordingFormat := preload("res://addons/godot_rl/replay/recording_format.gd")
const RLRecordingReader := preload("res://addons/godot_rl/replay/recording_reader.gd")

## The header; docs/replay.md.
var header: Dictionary = {}
## Of each decision, the actions of all agents, as RLRecordingFormat packs them.
var actions: Array[PackedFloat64Array] = []
## Why the file cannot be used; empty when it can.
var error: String = ""


## Reads [param path], a `.replay` or a `.part` file.
static func read(path: String) -> RLRecordingReader:
	var reader: RLRecordingReader = RLRecordingReader.new()
	var bytes: PackedByteArray = FileAccess.get_file_as_bytes(path)
	if bytes.is_empty():
		reader.error = "%s cannot be read: %s" % [path, error_string(FileAccess.get_open_error())]
		return reader
	if bytes[0] == 0x1F:
		bytes = bytes.decompress_dynamic(-1, FileAccess.COMPRESSION_GZIP)
	var line_end: int = bytes.find(10)
	var json: JSON = JSON.new()
	if line_end < 0 or json.parse(bytes.slice(0, line_end).get_string_from_utf8()) != OK:
		reader.error = "%s is no recording of an episode" % path
		return reader
	reader._take(path, json.data, bytes.slice(line_end + 1))
	return reader


func _take(path: String, found: Variant, records: PackedByteArray) -> void:
	if not found is Dictionary or found.get("format") != RLRecordingFormat.FORMAT:
		error = "%s is no recording of an episode" % path
		return
	if found.get("version") != RLRecordingFormat.VERSION:
		error = (
			"%s is a recording of version %s, this addon reads %d"
			% [path, str(found.get("version")).trim_suffix(".0"), RLRecordingFormat.VERSION]
		)
		return
	header = found
	var agents: int = header["agents"].size()
	var numbers: int = 0
	for row: Dictionary in header["agents"]:
		numbers += RLRecordingFormat.action_size(row["action_space"])
	var at: int = 0
	while at + RLRecordingFormat.HEAD_SIZE <= records.size():
		var start: int = at + RLRecordingFormat.HEAD_SIZE
		var end: int = start + records.decode_u32(at + 4)
		if end > records.size():
			return  # a write that was cut off
		if records[at] == RLRecordingFormat.DECISION:
			var from: int = start + 8 + 8 * agents
			if from + 8 * numbers > end:
				error = "%s: decision %d is too short" % [path, actions.size()]
				return
			actions.append(records.slice(from, from + 8 * numbers).to_float64_array())
		at = end
