class_name YardRewards
extends RLRewardTerms
## The reward terms of an episode.
##
## README.md tells each term's unit. The controller adds units.

## Weight of each term, in reward per unit, where no parameter says otherwise.
const WEIGHTS: Dictionary[StringName, float] = {
	&"found": 100.0,
	&"hint": 1.0,
	&"pad": 1.0,
	&"progress": 0.1,
	&"fall": -1.0,
}


func _init() -> void:
	super(WEIGHTS)
