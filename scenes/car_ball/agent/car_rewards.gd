class_name CarRewards
extends RLRewardTerms
## The reward terms of one car's episode, with the weights of its phase.
##
## README.md tells each term's unit and where it is from. CarSense adds units.

const TERMS: Array[StringName] = [
	&"goal",
	&"concede",
	&"touch",
	&"velocity_ball_to_goal",
	&"velocity_to_ball",
	&"strong_hit",
	&"face_ball",
	&"align_ball_to_goal",
	&"jump_shot",
	&"basic_shot",
	&"negative_velocity_toward_own_goal",
	&"recovery_and_landing",
	&"liu_distance_ball_to_goal",
	&"in_air",
	&"save_boost",
	&"collect_boost",
]


func _init() -> void:
	super(_weights(0))


## See RLRewardTerms; the weights are those of the phase that begins.
func restart() -> void:
	defaults = _weights(CarPhases.now())
	super()


static func _weights(phase: int) -> Dictionary[StringName, float]:
	var found: Dictionary[StringName, float] = {}
	for term: StringName in TERMS:
		found[term] = CarPhases.weight(phase, term)
	return found
