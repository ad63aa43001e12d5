class_name LandingRewards
extends RefCounted
## The reward terms of an episode: units times weight, and their sums.
##
## README.md tells each term's unit. The controller adds units; weights are environment parameters
## `reward_<term>`, read by [method restart].

## Weight of each term, in reward per unit, where no parameter says otherwise.
const WEIGHTS: Dictionary[StringName, float] = {
	&"fuel": -0.01,
	&"proximity": 0.1,
	&"controlled_descent": 0.5,
	&"soft_touchdown": 50.0,
	&"hard_touchdown": 10.0,
	&"crash": -50.0,
	&"on_pad": 20.0,
	&"time_out": -20.0,
	&"progress": 0.1,
	&"aim": 5.0,
	&"excess_speed": -1.0,
	&"tilt": -30.0,
	&"walk": 0.1,
}

## Weights of the running episode.
var weights: Dictionary[StringName, float] = WEIGHTS.duplicate()
## Sum of each term in the running episode.
var sums: Dictionary[StringName, float] = {}
## What was added since [method take].
var _pending: float = 0.0


## Begins an episode: sums 0, weights as the parameters of the arena that begins say.
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
