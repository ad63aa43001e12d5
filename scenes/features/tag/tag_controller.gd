class_name TagController
extends AIController3D
## What the agents of runner and chaser share: the reward of a zero-sum round and its end.
##
## Each subclass writes its observation and its action. README.md beside this file lists them.

## Reward for each metre by which the distance changed, and for the round.
const METRE_WEIGHT: float = 0.2
const ROUND_WEIGHT: float = 1.0

@export var arena: TagArena

## 1 for the runner, who wants distance, -1 for the chaser.
var _side: float = 1.0
var _distance: float = 0.0
var _has_won: bool = false
var _terms: Dictionary[String, float] = {}


## See AIController3D. TagArena.begin_arena() has drawn the round.
func begin_episode(_episode_seed: int) -> void:
	_distance = arena.runner.place.distance_to(arena.chaser.place)
	_has_won = false
	_terms = {"distance": 0.0, "round": 0.0}


## The round is over.
func finish(has_won: bool) -> void:
	_has_won = has_won
	_earn("round", ROUND_WEIGHT if has_won else -ROUND_WEIGHT)
	terminated = true


## See AIController3D.
func get_reward() -> float:
	var distance: float = arena.runner.place.distance_to(arena.chaser.place)
	_earn("distance", METRE_WEIGHT * _side * (distance - _distance))
	_distance = distance
	return reward


## See AIController3D.
func get_info() -> Dictionary:
	if not done:
		return {}
	return {
		"is_success": _has_won,
		"metrics":
		{
			"success": float(_has_won),
			"round_time": arena.round_seconds - maxf(arena.seconds_left, 0.0),
		},
		"reward_terms": _terms.duplicate(),
	}


func _earn(term: String, value: float) -> void:
	_terms[term] += value
	reward += value
