class_name YardRewards
extends RefCounted
## The reward terms of an episode: units times weight, and their sums.
##
## README.md tells each term's unit. The controller adds units; weights are environment parameters
## `reward_<term>`, read by [method restart].

## Weight of each term, in reward per unit, where no parameter says otherwise.
const WEIGHTS: Dictionary[StringName, float] = {
	&"found": 100.0,
	&"hint": 1.0,
	&"pad": 1.0,
	&"progress": 0.1,
	&"fall": -1.0,
}

## Weights of the running episode.
var weights: Dictionary[StringName, float] = WEIGHTS.duplicate()
## Sum of each term in the running episode.
var sums: Dictionary[StringName, float] = {}

var _pending: float = 0.0


## Begins an episode: sums 0, weights as the parameters say.
func restart() -> void:
	for term: StringName in WEIGHTS:
		weights[term] = Sync.get_parameter("reward_" + term, WEIGHTS[term])
		sums[term] = 0.0
	_pending = 0.0


## Adds [param units] of [param term].
func add(term: StringName, units: float) -> void:
	var value: float = units * weights[term]
	sums[term] += value
	_pending += value


## What was added since the last call.
func take() -> float:
	var value: float = _pending
	_pending = 0.0
	return value
