class_name RLJsonCodec
extends RefCounted
## godot-rl's JSON messages with our additional keys (docs/protocol.md). Bytes in, dictionaries out;
## it never touches a socket or an agent.

## Why the last [method decode] failed; empty when it did not.
var error: String = ""


## Reads a message: a JSON object with a string `type`. Returns {} and sets [member error]
## otherwise.
func decode(payload: PackedByteArray) -> Dictionary:
	error = ""
	var json: JSON = JSON.new()
	if payload.has(0) or json.parse(payload.get_string_from_utf8()) != OK:
		error = (
			"a message is not JSON: %s"
			% (json.get_error_message() if not payload.has(0) else "it holds a zero byte")
		)
		return {}
	var message: Variant = json.data
	if not message is Dictionary or not message.get("type") is String:
		error = 'a message is not a JSON object with a string "type"'
		return {}
	return message


## Writes any message.
func encode(message: Dictionary) -> PackedByteArray:
	return JSON.stringify(message, "", false, true).to_utf8_buffer()


## Writes the answer to a reset.
func encode_reset(batch: RLStepBatch) -> PackedByteArray:
	return encode({"type": "reset", "obs": batch.observations, "info": batch.infos})


## Writes the answer to an action.
func encode_step(batch: RLStepBatch) -> PackedByteArray:
	var done: Array[bool] = []
	for i: int in batch.terminated.size():
		done.append(batch.terminated[i] or batch.truncated[i])
	return encode(
		{
			"type": "step",
			"obs": batch.observations,
			"reward": batch.rewards,
			"done": done,
			"info": batch.infos,
			"terminated": batch.terminated,
			"truncated": batch.truncated,
			"final_obs": batch.final_observations,
		}
	)
