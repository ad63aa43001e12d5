class_name RLTickTimes
extends RefCounted
## How long the physics ticks of this process take, without what Sync does in them: deciding,
## observing, waiting for a trainer.
##
## Sync marks the parts of every tick; a trainer takes the mean and the largest of a rollout
## (AIController3D.take_tick_times). All arenas of the process share a tick, so the times are those
## of all of them. An episode's own times are RLEpisodeClock's.

var _count: int = 0
var _physics_usec: int = 0
var _frame_usec: int = 0
var _longest_physics_usec: int = 0
var _longest_frame_usec: int = 0
# When the game's part of the running tick began and its physics ended; 0: not yet.
var _began_usec: int = 0
var _physics_ended_usec: int = 0


## The game's part of a tick begins.
func begin_tick() -> void:
	_began_usec = Time.get_ticks_usec()
	_physics_ended_usec = 0


## The process step begins: no physics runs until the next tick.
func end_physics() -> void:
	if _physics_ended_usec == 0:
		_physics_ended_usec = Time.get_ticks_usec()


## The next tick begins; nothing is measured where none had begun.
func end_tick() -> void:
	if _began_usec == 0:
		return
	var now: int = Time.get_ticks_usec()
	var physics_end: int = now if _physics_ended_usec == 0 else _physics_ended_usec
	add(physics_end - _began_usec, now - _began_usec)
	_began_usec = 0


## Counts one tick: microseconds of its physics (scripts and server) and until the next tick began.
func add(physics_usec: int, frame_usec: int) -> void:
	_count += 1
	_physics_usec += physics_usec
	_frame_usec += frame_usec
	_longest_physics_usec = maxi(_longest_physics_usec, physics_usec)
	_longest_frame_usec = maxi(_longest_frame_usec, frame_usec)


## The times since this was called last, or since the beginning: [code]ticks[/code], and in
## milliseconds [code]physics_ms_mean[/code], [code]physics_ms_max[/code],
## [code]frame_ms_mean[/code] and [code]frame_ms_max[/code]. Empty when no tick has passed.
func take() -> Dictionary:
	if _count == 0:
		return {}
	var times: Dictionary = {
		"ticks": _count,
		"physics_ms_mean": _physics_usec / 1000.0 / _count,
		"physics_ms_max": _longest_physics_usec / 1000.0,
		"frame_ms_mean": _frame_usec / 1000.0 / _count,
		"frame_ms_max": _longest_frame_usec / 1000.0,
	}
	_count = 0
	_physics_usec = 0
	_frame_usec = 0
	_longest_physics_usec = 0
	_longest_frame_usec = 0
	return times
