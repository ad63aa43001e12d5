extends RefCounted
## What a policy inside the engine keeps of one agent: RLPlayedModel fills it when the agent is
## admitted, and reads it at each decision. It touches no agent.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLActionPicker := preload("res://addons/godot_rl/policies/action_picker.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")

var picker: RLActionPicker
## Its actions are drawn; else they are the most probable ones.
var samples: bool = false
## Number of flags that its `action_masks()` returns; 0: it has none.
var mask_size: int = 0
var space: Dictionary = {}
## Keys of the observation in the order of the model's input: alphabetical, as in SB3.
var keys: Array = []
## Floats of its observation.
var width: int = 0
## The episode for which state and draws were begun.
var episode_serial: int = -1


## Appends what the model takes of [param observation] to [param inputs], or returns what is wrong
## with it and appends nothing.
func append_inputs(observation: Variant, inputs: PackedFloat32Array) -> String:
	var problem: String = RLSpaces.observation_error(observation, space, {})
	if problem.is_empty():
		for key: String in keys:
			inputs.append_array(RLSpaces.pack(observation[key]))
	return problem
