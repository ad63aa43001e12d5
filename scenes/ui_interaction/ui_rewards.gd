class_name UIRewards
extends RLRewardTerms
## The reward terms of an episode.
##
## README.md tells each term's unit. The controller adds units.

## Weight of each term, in reward per unit, where no parameter says otherwise.
const WEIGHTS: Dictionary[StringName, float] = {
	&"page": 1.0,
	&"sequence": 5.0,
	&"element": 0.5,
	&"unanswered": -2.0,
	&"complete": 20.0,
	&"approach": 0.5,
	&"miss": -0.05,
	&"time": -0.01,
}


func _init() -> void:
	super(WEIGHTS)
