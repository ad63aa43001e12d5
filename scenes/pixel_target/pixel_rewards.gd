class_name PixelRewards
extends RLRewardTerms
## The reward terms of an episode. README.md tells each term's unit.

## Weight of each term, in reward per unit, where no parameter says otherwise.
const WEIGHTS: Dictionary[StringName, float] = {
	&"target": 10.0,
	&"wrong": -10.0,
	&"progress": 1.0,
	&"time": -0.2,
}


func _init() -> void:
	super(WEIGHTS)
