class_name NavRewards
extends RLRewardTerms
## The reward terms of an episode.
##
## README.md tells each term's unit. The controller adds units.

## Weight of each term, in reward per unit, where no parameter says otherwise.
const WEIGHTS: Dictionary[StringName, float] = {
	&"goal": 100.0,
	&"progress": 1.0,
	&"smooth_movement": 0.1,
	&"comfort": 2.0,
	&"collision": -10.0,
	&"fall": -50.0,
	&"time_out": -20.0,
	&"excessive_teleport": -1.0,
}


func _init() -> void:
	super(WEIGHTS)
