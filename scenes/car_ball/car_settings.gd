class_name CarSettings
extends RefCounted
## The settings of one episode, read from environment parameters when it begins.
##
## CarBall owns it. README.md beside this file lists name, default and range of each.

## Of CarPhases.
var phase: int = 0
## Length of an episode, and how long the ball may lie untouched, in ticks.
var last_tick: int = 60 * CarBall.TICKS
var last_idle_tick: int = 15 * CarBall.TICKS
## Length of a match as the display counts it, s.
var match_seconds: float = 300.0
## How likely each kind of start is, relative to the others; CarStarts.KINDS.
var start_weights: PackedFloat32Array = []
## This arena always begins with wall, aerial or jump.
var is_in_lane: bool = false
## Boost never runs out.
var unlimited_boost: bool = false
## What drives the cars of each team that no policy and no person has: a CarDriver.Kinds.
var drivers: PackedInt32Array = [1, 1]
## How far from its place a car may stand at a kickoff, m.
var kickoff_spread: float = 0.0
## Ticks for which a pressed button stays pressed at least.
var sticky_ticks: int = 0
## Infos tell where cars were and where they touched the ball.
var tell_places: bool = false
## Choices that do nothing are forbidden, where the learner takes masks.
var masks: bool = false


## Reads all of them; a parameter that nobody set has the scene's default. The arena is number
## [param number] of [param arenas] in the run, which tells whether it is in the mechanics lane.
func read(number: int = 0, arenas: int = 1) -> void:
	last_tick = _ticks("episode_seconds", 60.0, 1.0, 600.0)
	last_idle_tick = _ticks("no_touch_seconds", 15.0, 1.0, 600.0)
	match_seconds = clampf(Sync.get_parameter("match_seconds", 300.0), 10.0, 3600.0)
	unlimited_boost = Sync.get_parameter("unlimited_boost", 0.0) > 0.5
	var all: float = Sync.get_parameter("driver", 1.0)
	var own: PackedFloat32Array = [
		Sync.get_parameter("driver_blue", -1.0), Sync.get_parameter("driver_orange", -1.0)
	]
	for team: int in 2:
		var chosen: int = roundi(all if own[team] < 0.0 else own[team])
		drivers[team] = clampi(chosen, 0, CarDriver.Kinds.size() - 1)
	kickoff_spread = clampf(Sync.get_parameter("kickoff_spread", 0.0), 0.0, 3.0)
	sticky_ticks = clampi(roundi(Sync.get_parameter("sticky_ticks", 0.0)), 0, 60)
	tell_places = Sync.get_parameter("tell_places", 0.0) > 0.5
	masks = Sync.get_parameter("masks", 0.0) > 0.5
	phase = CarPhases.now()
	var mechanics: float = maxf(Sync.get_parameter("mechanics_weight", 1.0), 0.0)
	start_weights.resize(CarStarts.KINDS.size())
	for i: int in CarStarts.KINDS.size():
		var kind: String = CarStarts.KINDS[i]
		var usual: float = CarPhases.start(phase, kind)
		start_weights[i] = maxf(Sync.get_parameter("start_" + kind, usual), 0.0)
		if kind in CarStarts.MECHANICS:
			start_weights[i] *= mechanics
	var lane: float = clampf(Sync.get_parameter("mechanics_lane", CarPhases.LANES[phase]), 0.0, 1.0)
	is_in_lane = in_lane(number, arenas, lane)
	if is_in_lane:
		_practise()
	if Sync.get_parameter("debug_turtled_start", 0.0) > 0.5:
		start_weights.fill(0.0)
		start_weights[CarStarts.KINDS.find("turtled")] = 1.0


## Whether arena [param number] of [param arenas] is one of the share [param lane] that practises
## mechanics; these are spread evenly over the arenas, and so over the engines. Of the share, whole
## arenas count: one arena alone is in the lane only where all are.
static func in_lane(number: int, arenas: int, lane: float) -> bool:
	var wanted: int = floori(arenas * lane + 1e-6)
	return floori(float(number + 1) * wanted / arenas) > floori(float(number) * wanted / arenas)


# Only mechanics, as likely to each other as elsewhere; all alike where the phase has none.
func _practise() -> void:
	var total: float = 0.0
	for i: int in CarStarts.KINDS.size():
		if CarStarts.KINDS[i] in CarStarts.MECHANICS:
			total += start_weights[i]
		else:
			start_weights[i] = 0.0
	if total > 0.0:
		return
	for kind: String in CarStarts.MECHANICS:
		start_weights[CarStarts.KINDS.find(kind)] = 1.0


static func _ticks(name: String, default: float, least: float, most: float) -> int:
	return roundi(clampf(Sync.get_parameter(name, default), least, most) * CarBall.TICKS)
