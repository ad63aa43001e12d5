extends RefCounted
## Turns messages into payloads and back (docs/protocol.md). The JSON and the binary codec are its
## forms; neither touches a socket or an agent.

const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")

## Why the last read failed; empty when it did not.
var error: String = ""


## Reads a payload as a dictionary with a string `type`. Returns {} and sets [member error] if it
## cannot.
func decode(_payload: PackedByteArray) -> Dictionary:
	return {}


## Reads the actions out of a decoded action message: one per agent, checked against its space.
## Returns [] and sets [member error] otherwise.
func read_actions(_message: Dictionary, _spaces: Array[Dictionary]) -> Array[Dictionary]:
	return []


## Writes any message.
func encode(_message: Dictionary) -> PackedByteArray:
	return PackedByteArray()


## Writes the answer to a reset.
func encode_reset(_batch: RLStepBatch) -> PackedByteArray:
	return PackedByteArray()


## Writes the answer to an action.
func encode_step(_batch: RLStepBatch) -> PackedByteArray:
	return PackedByteArray()


## Floats that a batch of packed observations keeps free before its first row, so that
## [method frame] can use its block as the message. 0: none.
func lead(_is_step: bool) -> int:
	return 0


## Writes the answer to an action ([param is_step]) or to a reset as a whole frame, for
## RLMessageStream.send_frame.
func frame(batch: RLStepBatch, is_step: bool) -> PackedByteArray:
	var whole: PackedByteArray = PackedByteArray()
	whole.resize(4)
	whole.append_array(encode_step(batch) if is_step else encode_reset(batch))
	return whole
