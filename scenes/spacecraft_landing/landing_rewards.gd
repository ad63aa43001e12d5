class_name LandingRewards
extends RLRewardTerms
## The reward terms of an episode.
##
## README.md tells each term's unit. The controller adds units.

## Weight of each term, in reward per unit, where no parameter says otherwise.
const WEIGHTS: Dictionary[StringName, float] = {
	&"fuel": -0.01,
	&"proximity": 0.1,
	&"controlled_descent": 0.5,
	&"soft_touchdown": 50.0,
	&"hard_touchdown": 10.0,
	&"crash": -50.0,
	&"on_pad": 20.0,
	&"time_out": -20.0,
	&"progress": 0.1,
	&"aim": 5.0,
	&"excess_speed": -1.0,
	&"tilt": -30.0,
	&"walk": 0.1,
}


func _init() -> void:
	super(WEIGHTS)
