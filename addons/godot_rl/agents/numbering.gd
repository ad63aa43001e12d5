extends RefCounted
## Which episode of a run an agent plays: its number, and the seed that everything in it is drawn
## from. That is the number's own, or that of a level which a trainer has ordered.
##
## RLEpisode owns one; RLEpisodeStarts tells it of levels. It begins nothing.

const RLEpisodeSeed := preload("res://addons/godot_rl/agents/episode_seed.gd")

# Nobody has said yet whether the next episode plays a level.
const _UNTOLD: int = -2

## Number of the agent in the whole run and how many agents the run has.
var agent_index: int = 0
var agent_total: int = 1
## Seed of the run from which the seeds of numbered episodes follow.
var run_seed: int = 0
## Every episode is the first one again, from a recording's start.
var repeats: bool = false
## The level that the episode plays; -1: none.
var level: int = -1

var _count: int = -1
var _level_seed: int = 0
var _next_level: int = _UNTOLD
var _next_level_seed: int = 0


## Number of the episode over all agents of the run; -1 before the first.
func index() -> int:
	return -1 if _count < 0 else _count * agent_total + agent_index


## Seed of the episode, in [0, 2^31).
func episode_seed() -> int:
	return RLEpisodeSeed.mix(run_seed, index()) if level < 0 else _level_seed


## Seed that the next episode will have; with [param again] it has the number of this one.
func next_seed(again: bool) -> int:
	if _next_level >= 0:
		return _next_level_seed
	var count: int = _count if (again or repeats) and _count >= 0 else _count + 1
	return RLEpisodeSeed.mix(run_seed, count * agent_total + agent_index)


## Makes the next episode play [param wanted], the level of its arena (-1: none), as the arena's
## agent number [param place].
func expect_level(wanted: int, place: int) -> void:
	_next_level = wanted
	_next_level_seed = wanted if place == 0 else RLEpisodeSeed.mix(wanted, place)


## Whether [method expect_level] has said what the next episode plays.
func was_told_level() -> bool:
	return _next_level != _UNTOLD


## The next episode begins; with [param again] it has the number of this one.
func advance(again: bool) -> void:
	if not ((again or repeats) and _count >= 0):
		_count += 1
	level = maxi(_next_level, -1)
	_level_seed = _next_level_seed
	_next_level = _UNTOLD


## Numbers the episodes from 0 again, drawn from [param new_seed].
func restart(new_seed: int) -> void:
	run_seed = new_seed
	_count = -1
