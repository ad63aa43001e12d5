class_name RLRewardTerms
extends RefCounted
## The named reward terms of an agent's episode: units times weight, and their sums.
##
## A game extends it and gives its weights to [method _init]. Its controller calls [method restart]
## in begin_episode, [method add] whenever something is earned, puts what [method take] gives into
## its reward, and tells [member sums] as "reward_terms" in get_info(). Each weight is the
## environment parameter [code]reward_<term>[/code], read by [method restart].

## Weights of the running episode, in reward per unit.
var weights: Dictionary[StringName, float] = {}
## Sum of each term in the running episode.
var sums: Dictionary[StringName, float] = {}
## Weights where no parameter says otherwise.
var defaults: Dictionary[StringName, float]

var _pending: float = 0.0


## [param of_terms]: weight of each term, in reward per unit, where no parameter says otherwise.
func _init(of_terms: Dictionary[StringName, float]) -> void:
	defaults = of_terms
	for term: StringName in defaults:
		weights[term] = defaults[term]
		sums[term] = 0.0


## Begins an episode: sums 0, weights as the parameters of the arena that begins say.
func restart() -> void:
	for term: StringName in defaults:
		weights[term] = Sync.get_parameter("reward_" + term, defaults[term])
		sums[term] = 0.0
	_pending = 0.0


## Adds [param units] of [param term].
func add(term: StringName, units: float) -> void:
	var value: float = units * weights[term]
	sums[term] += value
	_pending += value


## The reward that was added since the last call.
func take() -> float:
	var value: float = _pending
	_pending = 0.0
	return value
