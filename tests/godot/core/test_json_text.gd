extends GodotTestCase
## What the addon writes is JSON, whatever a game puts into its strings.

const RLBinaryCodec := preload("res://addons/godot_rl/wire/binary_codec.gd")
const RLJsonCodec := preload("res://addons/godot_rl/wire/json_codec.gd")
const RLJsonText := preload("res://addons/godot_rl/wire/json_text.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")
const TRANSCRIPT: String = "res://tests/contract/control_characters.jsonl"


func test_every_control_character_is_escaped() -> void:
	for code: int in range(1, 0x20):
		var text: String = "a%sb" % String.chr(code)
		var written: String = RLJsonText.of({"note": text})
		for i: int in written.length():
			check(written.unicode_at(i) >= 0x20, "%d is there raw: %s" % [code, written])
		check(not written.contains("\\v"), "no reader knows \\v")
		check_equal(JSON.parse_string(written)["note"], text)


func test_a_backslash_before_a_letter_stays_one() -> void:
	for text: String in ["\\v", "\\\\v", "\\\u000b", "\u000b\\v\u0001"]:
		check_equal(JSON.parse_string(RLJsonText.of([text]))[0], text)


func test_what_is_plain_is_as_godot_writes_it() -> void:
	var value: Dictionary = {"a": [0.1, 'é\n\t"', true, null], "b": {"c": 1}}
	check_equal(RLJsonText.of(value), JSON.stringify(value, "", false, true))
	check_equal(RLJsonText.of(value, "  "), JSON.stringify(value, "  ", false, true))


func test_an_indented_text_keeps_its_lines() -> void:
	var written: String = RLJsonText.of({"note": "\u0001"}, "  ")
	check_equal(written, '{\n  "note": "\\u0001"\n}')


func test_a_step_is_written_as_the_transcript_has_it() -> void:
	var line: Dictionary = JSON.parse_string(FileAccess.get_file_as_string(TRANSCRIPT))
	var batch: RLStepBatch = RLStepBatch.new()
	batch.observations = [{"obs": [1.0]}]
	batch.rewards = [0.5]
	batch.terminated = [false]
	batch.truncated = [false]
	batch.final_observations = [null]
	batch.infos = [{"note": 'a\u0001b\u000bc\u001fd\\ve\nf\tg"h\u007fé'}]
	var written: String = RLJsonCodec.new().encode_step(batch).get_string_from_utf8()
	check_equal(written, line["payload"])


func test_infos_of_the_binary_transports_are_json_too() -> void:
	var payload: PackedByteArray = []
	RLBinaryCodec.new([])._append_infos(payload, [{"note": "\u0001\u000b"}] as Array[Dictionary])
	check_equal(payload.get_string_from_utf8(), '{"0":{"note":"\\u0001\\u000b"}}')
