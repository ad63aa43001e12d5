extends GodotTestCase
## Bytes of a recording: what is packed comes back, and what is no recording is refused.

const RLRecordingFormat := preload("res://addons/godot_rl/replay/recording_format.gd")
const RLRecordingReader := preload("res://addons/godot_rl/replay/recording_reader.gd")
const SPACE: Dictionary = {
	"aim": {"size": 2, "action_type": "continuous"},
	"jump": {"size": 3, "action_type": "discrete"},
	"gas": {"size": 1, "action_type": "continuous"},
}
const FOLDER: String = "user://test_recording_format"
const PATH: String = FOLDER + "/a.replay"


func test_an_action_comes_back_bit_by_bit() -> void:
	var action: Dictionary = {"aim": [0.1, -1.0 / 3.0], "jump": 2, "gas": [1e-40]}
	var values: PackedFloat64Array = RLRecordingFormat.pack_action(action, SPACE)
	check_equal(values.size(), RLRecordingFormat.action_size(SPACE))
	var before: PackedFloat64Array = [7.0]
	check_equal(RLRecordingFormat.unpack_action(before + values, 1, SPACE), action)


func test_an_observation_is_packed_by_key() -> void:
	var observation: Dictionary = {"z": [1.5, 2.0], "a": 3, "camera_2d": "00ff"}
	check_equal(
		RLRecordingFormat.observation_layout(observation), [["a", 1], ["camera_2d", -1], ["z", 2]]
	)
	var bytes: PackedByteArray = RLRecordingFormat.pack_observation(observation)
	check_equal(bytes.size(), 16)
	check_equal(bytes.decode_float(0), 3.0)
	check_equal(bytes.decode_u32(4), hash("00ff"))
	check_equal(bytes.decode_float(12), 2.0)


func test_the_hash_tells_of_the_past_and_of_every_part() -> void:
	var hashes: Dictionary[int, bool] = {}
	for variant: int in 7:
		var parts: Array[float] = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
		parts[variant] = 1.0
		var payload: PackedByteArray = RLRecordingFormat.decision(
			int(parts[0]),
			PackedInt32Array([int(parts[1])]),
			PackedFloat64Array([parts[2]]),
			PackedFloat64Array([parts[3]]),
			PackedFloat32Array([parts[4]]).to_byte_array(),
			PackedFloat32Array([parts[5]]).to_byte_array()
		)
		hashes[payload.decode_u32(0)] = true
	check_equal(hashes.size(), 7, "different hashes")


func test_a_recording_is_read() -> void:
	var reader: RLRecordingReader = _read(_header() + _decision([0.25]) + _decision([-1.0]))
	check_equal(reader.error, "")
	check_equal(reader.actions.size(), 2)
	check_equal(reader.actions[1], PackedFloat64Array([-1.0]))


func test_a_write_that_was_cut_off_ends_the_recording() -> void:
	var bytes: PackedByteArray = _header() + _decision([0.25]) + _decision([0.5])
	var reader: RLRecordingReader = _read(bytes.slice(0, bytes.size() - 3))
	check_equal(reader.error, "")
	check_equal(reader.actions.size(), 1)


func test_what_is_no_recording_is_refused() -> void:
	check(_read("hello\n".to_utf8_buffer()).error.contains("is no recording"), "text")
	check(_read('{"a": 1}\n'.to_utf8_buffer()).error.contains("is no recording"), "other JSON")
	check(_read(_header(2)).error.contains("of version 2, this addon reads 1"), "version")
	check(_read(_header() + _decision([])).error.contains("decision 0 is too short"), "short")
	check(RLRecordingReader.read("user://none.replay").error.contains("cannot be read"), "missing")


func _read(bytes: PackedByteArray) -> RLRecordingReader:
	DirAccess.make_dir_recursive_absolute(FOLDER)
	var file: FileAccess = FileAccess.open(PATH, FileAccess.WRITE)
	file.store_buffer(bytes)
	file.close()
	var reader: RLRecordingReader = RLRecordingReader.read(PATH)
	DirAccess.remove_absolute(PATH)
	DirAccess.remove_absolute(FOLDER)
	return reader


func _header(version: int = 1) -> PackedByteArray:
	var header: Dictionary = {
		"format": RLRecordingFormat.FORMAT,
		"version": version,
		"agents": [{"action_space": {"push": {"size": 1, "action_type": "continuous"}}}],
	}
	return (JSON.stringify(header) + "\n").to_utf8_buffer()


func _decision(actions: PackedFloat64Array) -> PackedByteArray:
	return RLRecordingFormat.record(
		RLRecordingFormat.DECISION,
		RLRecordingFormat.decision(
			0, [], PackedFloat64Array([0.0]), actions, PackedByteArray(), PackedByteArray()
		)
	)
