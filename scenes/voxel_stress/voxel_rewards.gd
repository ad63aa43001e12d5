class_name VoxelRewards
extends RLRewardTerms
## The reward terms of an episode.
##
## README.md tells each term's unit. The controller adds units.

## Weight of each term, in reward per unit, where no parameter says otherwise.
const WEIGHTS: Dictionary[StringName, float] = {
	&"frame_over_budget": 10.0,
	&"slow_chunk": 5.0,
	&"many_chunks": 2.0,
	&"chunk_generated": 1.0,
	&"speed": 0.1,
	&"known_bug": 10.0,
}


func _init() -> void:
	super(WEIGHTS)
