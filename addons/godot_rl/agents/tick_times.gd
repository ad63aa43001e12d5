extends RefCounted
## How long the physics ticks and frames of this process take, without what Sync does in them:
## deciding, observing, waiting for a trainer.
##
## It measures once somebody reads ([member is_read]); until then it costs nothing. Sync marks where
## they begin and end. A tick is the game's scripts and the physics server; a frame
## lasts from one process step to the next, with all its ticks and what is drawn. All arenas of a
## process share both. A trainer takes those of a rollout (AIController3D.take_tick_times); where
## `--episode_times=1` asks for it, an episode's are told with its end.

## Ticks and frames that are remembered at least; of a longer episode only the last part counts.
const REMEMBERED: int = 1 << 15

## Whether somebody reads the times, so that they are measured.
var is_read: bool = false
## Whether [method between] can be asked.
var remembers: bool = false:
	set(value):
		remembers = value
		if value:
			_begin_to_measure()
## Ticks counted since the beginning.
var ticks_ended: int = 0

# Since they were taken last.
var _ticks: RLSum = RLSum.new()
var _frames: RLSum = RLSum.new()
# When the game's part of the running tick began; 0: none runs.
var _tick_began_usec: int = 0
var _frame_began_usec: int = Time.get_ticks_usec()
# When Sync's part of the tick began, and how much of the running frame was Sync's.
var _own_began_usec: int = 0
var _own_usec: int = 0
# Of the ticks since number _first_tick; and of frames, with the ticks counted when they ended.
var _first_tick: int = 0
var _tick_usec: PackedInt32Array = []
var _frame_usec: PackedInt32Array = []
var _frame_ticks: PackedInt32Array = []


## The next tick begins, with Sync's part: ends the tick before, if one runs.
func end_tick() -> void:
	_own_began_usec = Time.get_ticks_usec()
	if _tick_began_usec > 0:
		add_tick(_own_began_usec - _tick_began_usec)
		_tick_began_usec = 0


## Sync's part of a tick is over; [param runs] tells whether the game's part follows.
func begin_tick(runs: bool) -> void:
	var now: int = Time.get_ticks_usec()
	_own_usec += now - _own_began_usec
	if runs:
		_tick_began_usec = now


## A process step begins: no physics runs until the next tick. A frame in which the world was held
## ([param counts] is false) is none of the game's.
func end_frame(counts: bool) -> void:
	var now: int = Time.get_ticks_usec()
	if _tick_began_usec > 0:
		add_tick(now - _tick_began_usec)
		_tick_began_usec = 0
	if counts:
		add_frame(now - _frame_began_usec - _own_usec)
	_frame_began_usec = now
	_own_usec = 0


## Counts a tick of so many microseconds.
func add_tick(usec: int) -> void:
	_ticks.add(usec)
	ticks_ended += 1
	if not remembers:
		return
	_tick_usec.append(usec)
	if _tick_usec.size() > 2 * REMEMBERED:
		_first_tick += REMEMBERED
		_tick_usec = _tick_usec.slice(REMEMBERED)
		var old: int = _frame_ticks.bsearch(_first_tick)
		_frame_usec = _frame_usec.slice(old)
		_frame_ticks = _frame_ticks.slice(old)


## Counts a frame of so many microseconds.
func add_frame(usec: int) -> void:
	_frames.add(usec)
	if remembers:
		_frame_usec.append(usec)
		_frame_ticks.append(ticks_ended)


## The times since this was called last; the first call begins to measure: [code]ticks[/code], and
## in milliseconds [code]physics_ms_mean[/code], [code]physics_ms_max[/code],
## [code]frame_ms_mean[/code] and [code]frame_ms_max[/code]. Empty when no tick has passed.
func take() -> Dictionary:
	_begin_to_measure()
	if _ticks.count == 0:
		return {}
	var times: Dictionary = {"ticks": _ticks.count}
	_ticks.tell("physics_ms", times)
	_frames.tell("frame_ms", times)
	_ticks = RLSum.new()
	_frames = RLSum.new()
	return times


## The times of the ticks from number [param began] to before [param ended] (RLRoster.tick), as in
## [method take] but for [code]ticks[/code]; empty where none is remembered.
func between(began: int, ended: int) -> Dictionary:
	var times: Dictionary = {}
	var ticks: RLSum = RLSum.new()
	for i: int in range(maxi(began - _first_tick, 0), mini(ended - _first_tick, _tick_usec.size())):
		ticks.add(_tick_usec[i])
	ticks.tell("physics_ms", times)
	var frames: RLSum = RLSum.new()
	for i: int in range(_frame_ticks.bsearch(began, false), _frame_ticks.bsearch(ended, false)):
		frames.add(_frame_usec[i])
	frames.tell("frame_ms", times)
	return times


## How many of the ticks and of the frames in the same stretch took more than [param usec]
## microseconds.
func count_over(began: int, ended: int, usec: int) -> Vector2i:
	var over: Vector2i = Vector2i.ZERO
	for i: int in range(maxi(began - _first_tick, 0), mini(ended - _first_tick, _tick_usec.size())):
		over.x += int(_tick_usec[i] > usec)
	for i: int in range(_frame_ticks.bsearch(began, false), _frame_ticks.bsearch(ended, false)):
		over.y += int(_frame_usec[i] > usec)
	return over


# It may begin in the middle of Sync's part of a tick.
func _begin_to_measure() -> void:
	if is_read:
		return
	is_read = true
	_own_began_usec = Time.get_ticks_usec()
	_frame_began_usec = _own_began_usec


## Count, sum and largest of some times.
class RLSum:
	var count: int = 0
	var _total_usec: int = 0
	var _longest_usec: int = 0

	func add(usec: int) -> void:
		count += 1
		_total_usec += usec
		_longest_usec = maxi(_longest_usec, usec)

	## Adds the mean and the largest to [param times], in milliseconds; nothing where none was added.
	func tell(name: String, times: Dictionary) -> void:
		if count > 0:
			times[name + "_mean"] = snappedf(_total_usec / 1000.0 / count, 0.0001)
			times[name + "_max"] = _longest_usec / 1000.0
