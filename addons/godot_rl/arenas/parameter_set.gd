extends RefCounted
## What environment parameters are set to at one time: fixed numbers, and samplers that draw one for
## each episode.
##
## RLParameters makes one for all arenas and one for each arena that differs, anew at every change;
## it never changes afterwards.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLParameterSet := preload("res://addons/godot_rl/arenas/parameter_set.gd")
const RLSampler := preload("res://addons/godot_rl/arenas/sampler.gd")

## Name to what is fixed.
var numbers: Dictionary[String, float] = {}
## Name to what is drawn.
var samplers: Dictionary[String, RLSampler] = {}


## Another set, with [param changes]: name to a number, an RLSampler, or null (the scene's default).
func changed(changes: Dictionary) -> RLParameterSet:
	var after: RLParameterSet = RLParameterSet.new()
	after.numbers.assign(numbers)
	after.samplers.assign(samplers)
	for name: String in changes:
		after.numbers.erase(name)
		after.samplers.erase(name)
		if changes[name] is RLSampler:
			after.samplers[name] = changes[name]
		elif changes[name] != null:
			after.numbers[name] = changes[name]
	return after


## What holds in the episode with [param episode_seed]. Where nothing is drawn it is the same
## dictionary each time, which nobody changes.
func values(episode_seed: int) -> Dictionary[String, float]:
	if samplers.is_empty():
		return numbers
	var drawn: Dictionary[String, float] = numbers.duplicate()
	for name: String in samplers:
		drawn[name] = samplers[name].draw(episode_seed)
	return drawn


## Name to a sampler as it was given.
func described_samplers() -> Dictionary:
	var told: Dictionary = {}
	for name: String in samplers:
		told[name] = samplers[name].given
	return told
