extends Node
## Stands for an agent in one batch of observations while the agent waits for the others of its
## arena: it shows what the agent saw last, so that nothing asks an agent that is out of the game.
##
## RLEpisode makes one when the agent starts to wait and frees it when the next episode begins;
## RLAbsentAgent is one that keeps a place for longer. It never enters the tree and takes no action.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

var _observation: Dictionary
var _written_size: int


## Shows [param observation]; [param written_size] is the agent's get_obs_size().
func _init(observation: Dictionary, written_size: int) -> void:
	_observation = observation
	_written_size = written_size


func get_obs() -> Dictionary:
	return _observation


func get_obs_size() -> int:
	return _written_size


func write_obs(buffer: PackedFloat32Array, offset: int) -> void:
	for values: Variant in _observation.values():
		for i: int in mini(values.size(), _written_size):
			buffer[offset + i] = values[i]
