extends RefCounted
## Counts the physics ticks of one agent's episode, and tells when its time limit is reached.
##
## RLEpisode owns it; `n_steps` of a controller is its face. It reads RLClock, so that an agent's
## age costs nothing per tick.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLClock := preload("res://addons/godot_rl/agents/clock.gd")

## The AIController2D or AIController3D whose `reset_after` is the limit.
var controller: Node

var _clock: RLClock = RLClock.new()
# Tick of the clock at which the count was 0.
var _from: int = 0
# The controller counts `n_steps` by itself.
var _is_left_alone: bool = false
var _own_count: int = 0


## Takes the ticks from [param clock] from now on.
func follow(clock: RLClock) -> void:
	var steps: int = count()
	_clock = clock
	_from = clock.tick - steps
	expect_limit()


## Tick of the clock now.
func now() -> int:
	return _clock.tick


## Physics ticks in this episode.
func count() -> int:
	return _own_count if _is_left_alone else _clock.tick - _from


## Sets the count. A controller that adds one in a tick, as many of the stock plugin do, counts by
## itself from then on.
func set_count(value: int) -> void:
	_is_left_alone = _is_left_alone or value == count() + 1
	_own_count = value
	_from = _clock.tick - value
	_clock.next_limit = mini(_clock.next_limit, limit_tick())


## Tick of the clock at which the time limit cuts the episode off. A controller that counts by
## itself ends its episodes by itself too, up to a tick later; it is cut off where it does not.
func limit_tick() -> int:
	if _is_left_alone:
		return _clock.tick + controller.reset_after + 1 - _own_count
	return _from + controller.reset_after


## The limit was changed, or counts again.
func expect_limit() -> void:
	_clock.expect_limit(limit_tick())
