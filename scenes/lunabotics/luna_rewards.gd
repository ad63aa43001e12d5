class_name LunaRewards
extends RLRewardTerms
## The reward terms of an episode.
##
## README.md tells each term's unit. LunaJudge adds units.

## Weight of each term, in reward per unit, where no parameter says otherwise.
const WEIGHTS: Dictionary[StringName, float] = {
	&"time": -0.01,
	&"reach_excavation": 10.0,
	&"collect": 50.0,
	&"reach_construction": 100.0,
	&"deposit": 200.0,
	&"obstacle": -10.0,
	&"wall": -5.0,
	&"progress_excavation": 1.0,
	&"progress_construction": 2.0,
}


func _init() -> void:
	super(WEIGHTS)
