class_name RLEpisodeClock
extends Node
## Measures how long physics ticks and frames take, and tells each episode's mean and longest.
##
## Sync makes it for `--episode_times=1` and tells where a tick begins and ends. A tick is counted
## from the end of Sync's own work (the decision, the wait for a trainer) to the end of the physics
## step; a frame from one to the next, everything included. Both are of the whole process, whatever
## number of arenas plays in it.

## Ticks and frames that are remembered at least; of a longer episode only the last part counts.
const REMEMBERED: int = 1 << 15

var _tick_began_usec: int = -1
var _frame_began_usec: int = Time.get_ticks_usec()
var _ticks: int = 0
# Of the ticks since number _first_tick; and of frames, with the ticks counted when they ended.
var _first_tick: int = 0
var _tick_usec: PackedInt32Array = []
var _frame_usec: PackedInt32Array = []
var _frame_ticks: PackedInt32Array = []


func _init() -> void:
	process_mode = Node.PROCESS_MODE_ALWAYS
	process_priority = -1000000


func _process(_delta: float) -> void:
	end_tick()
	var now: int = Time.get_ticks_usec()
	_frame_usec.append(now - _frame_began_usec)
	_frame_ticks.append(_ticks)
	_frame_began_usec = now


## Sync has done its part of a tick.
func begin_tick() -> void:
	_tick_began_usec = Time.get_ticks_usec()


## A tick is over: called before the next one, or by the frame after it.
func end_tick() -> void:
	if _tick_began_usec < 0:
		return
	_tick_usec.append(Time.get_ticks_usec() - _tick_began_usec)
	_tick_began_usec = -1
	_ticks += 1
	if _tick_usec.size() > 2 * REMEMBERED:
		_first_tick += REMEMBERED
		_tick_usec = _tick_usec.slice(REMEMBERED)
		var old: int = _frame_ticks.bsearch(_first_tick)
		_frame_usec = _frame_usec.slice(old)
		_frame_ticks = _frame_ticks.slice(old)


## Adds `times` to what an ended episode's info tells, in ms.
func tell(episode: RLEpisode) -> void:
	var ticks: PackedInt32Array = _tick_usec.slice(
		maxi(episode.began_tick - _first_tick, 0), maxi(episode.ended_tick - _first_tick, 0)
	)
	var frames: PackedInt32Array = _frame_usec.slice(
		_frame_ticks.bsearch(episode.began_tick, false),
		_frame_ticks.bsearch(episode.ended_tick, false)
	)
	var times: Dictionary = {}
	_summarise("physics_ms", ticks, times)
	_summarise("frame_ms", frames, times)
	episode.final_info = episode.final_info.merged({"times": times})


static func _summarise(name: String, usec: PackedInt32Array, into: Dictionary) -> void:
	if usec.is_empty():
		return
	var total: int = 0
	var longest: int = 0
	for value: int in usec:
		total += value
		longest = maxi(longest, value)
	into[name + "_mean"] = snappedf(total / 1000.0 / usec.size(), 0.0001)
	into[name + "_max"] = longest / 1000.0
