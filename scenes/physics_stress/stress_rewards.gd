class_name StressRewards
extends RLRewardTerms
## The reward terms of an episode of `physics_stress`.
##
## README.md tells each term's unit. Two settings share the terms: the guard keeps the frames within
## the budget, the attacker drives them over it.

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

## Findings of each kind in the running episode, paid for or not.
var findings: Dictionary[StringName, int] = {}


func _init() -> void:
	super(GUARD)


## Begins an episode of the attacker or the guard.
func restart(attacks: bool = false) -> void:
	defaults = ATTACK if attacks else GUARD
	findings.clear()
	super()


## A detector found something of [param kind].
func add_finding(kind: StringName) -> void:
	findings[kind] = findings.get(kind, 0) + 1
	if weights.has(kind) and findings[kind] <= MOST_FINDINGS:
		add(kind, 1.0)
