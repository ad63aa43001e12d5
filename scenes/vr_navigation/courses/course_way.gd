@abstract
extends RefCounted
## Base of the ways to a goal: how far it is from any place, over the ground.
##
## A kind of course makes one while it draws; NavCourse asks it in each tick, so it must be cheap.
## Places are (x, z) in the plan's frame.

## Way left from [param place] to the goal, m. Continuous in the place.
@abstract func to_go(place: Vector2) -> float
