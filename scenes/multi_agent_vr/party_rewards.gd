class_name PartyRewards
extends RLRewardTerms
## The reward terms of one player's episode.
##
## README.md tells each term's unit. Games add units.

## Weight of each term, in reward per unit, where no parameter says otherwise.
const WEIGHTS: Dictionary[StringName, float] = {
	&"near": 1.0,
	&"approach": 0.3,
	&"touch": -10.0,
	&"bump": -0.3,
	&"chase": 0.3,
	&"tag": 3.0,
	&"tagged": -3.0,
	&"thaw": 1.0,
	&"it_time": -0.3,
	&"frozen_time": -0.1,
	&"win": 5.0,
}


func _init() -> void:
	super(WEIGHTS)
