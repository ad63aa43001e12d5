extends "res://tests/python/algorithms/games/seeker.gd"
## The seeker within walls, whose observations keep to the bounds that it declares: what checkers of
## other libraries ask for.

const WALL: float = 1.5


func get_obs_space() -> Dictionary:
	return {"obs": {"size": [2], "space": "box", "low": -2.0 * WALL, "high": 2.0 * WALL}}


func move(speed: Vector2) -> void:
	super.move(speed)
	var beyond: float = place.distance_to(goal)
	place = place.clampf(-WALL, WALL)
	reward += beyond - place.distance_to(goal)
