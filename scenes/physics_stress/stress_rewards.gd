class_name StressRewards
extends RefCounted
## The reward terms of an episode of `physics_stress`: units times weight, and their sums.
##
## README.md tells each term's unit. Two settings share the terms: the guard keeps the frames within
## the budget, the attacker drives them over it. Weights are environment parameters `reward_<term>`.

## Weight of each term where no parameter says otherwise, guard's and attacker's.
const GUARD: Dictionary[StringName, float] = {
	&"within": 1.0,
	&"late": -10.0,
	&"jitter": -5.0,
	&"tunnelling": 0.0,
	&"energy_gain": 0.0,
}
const ATTACK: Dictionary[StringName, float] = {
	&"within": -1.0,
	&"late": 10.0,
	&"jitter": 5.0,
	&"tunnelling": 100.0,
	&"energy_gain": 100.0,
}
## Findings of one kind that are paid for in an episode.
const MOST_FINDINGS: int = 5

## Sum of each term in the running episode.
var sums: Dictionary[StringName, float] = {}
## Findings of each kind in the running episode, paid for or not.
var findings: Dictionary[StringName, int] = {}

var _weights: Dictionary[StringName, float] = {}
var _pending: float = 0.0


## Begins an episode of the attacker or the guard.
func restart(attacks: bool) -> void:
	var defaults: Dictionary[StringName, float] = ATTACK if attacks else GUARD
	for term: StringName in defaults:
		_weights[term] = Sync.get_parameter("reward_" + term, defaults[term])
		sums[term] = 0.0
	findings.clear()
	_pending = 0.0


## Adds [param units] of [param term].
func add(term: StringName, units: float) -> void:
	var value: float = units * _weights[term]
	sums[term] += value
	_pending += value


## A detector found something of [param kind].
func add_finding(kind: StringName) -> void:
	findings[kind] = findings.get(kind, 0) + 1
	if _weights.has(kind) and findings[kind] <= MOST_FINDINGS:
		add(kind, 1.0)


## What was added since the last call.
func take() -> float:
	var value: float = _pending
	_pending = 0.0
	return value
