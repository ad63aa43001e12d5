extends "res://addons/godot_rl/wire/json_codec.gd"
## The codec of RLHttpPipe: messages stay dictionaries, and no byte is made of them.

## The message that is read next.
var given: Dictionary = {}
## The message that was written last.
var told: Dictionary = {}


## See RLCodec.
func decode(_payload: PackedByteArray) -> Dictionary:
	return given


## See RLCodec.
func encode(message: Dictionary) -> PackedByteArray:
	told = message
	return PackedByteArray()
