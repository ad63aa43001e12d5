class_name RLJitterDetector
extends RLBodyDetector
## Finds bodies that tremble in place: finding [code]jitter[/code].
##
## In a stretch of [member window] ticks such a body covers a long way, and ends near where it was
## all the time. What rests, rolls, flies or swings is not meant.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## Ticks of a stretch.
@export_range(5, 300) var window: int = 18
## Way of a centre in a stretch, m.
@export_range(0.05, 10.0, 0.05, "suffix:m") var least_way: float = 0.3
## Farthest from the stretch's first place, m.
@export_range(0.01, 1.0, 0.01, "suffix:m") var most_away: float = 0.08

var _ticks: int = 0
var _ways: Dictionary[RigidBody3D, RLWay] = {}


## See RLBodyDetector.
func restart() -> void:
	_ticks = 0
	_ways.clear()


func _went(body: RigidBody3D) -> void:
	_ways.erase(body)


func _look(_delta: float) -> void:
	_ticks += 1
	for body: RigidBody3D in bodies:
		var way: RLWay = _ways.get(body)
		if way == null:
			way = RLWay.new()
			way.begin(body.global_position)
			_ways[body] = way
		elif not body.sleeping:
			way.go_on(body.global_position)
	if _ticks % window == 0:
		for body: RigidBody3D in bodies:
			var way: RLWay = _ways[body]
			if way.length >= least_way and way.away <= most_away:
				var told: Dictionary = {"body": str(body.name), "way": snappedf(way.length, 0.01)}
				_tell("jitter", "a body trembles in place", told)
			way.begin(body.global_position)


## The way of a body's centre in a stretch.
class RLWay:
	extends RefCounted

	## Its length, and the farthest from where it began, m.
	var length: float = 0.0
	var away: float = 0.0

	var _first: Vector3
	var _last: Vector3

	## A stretch begins here.
	func begin(place: Vector3) -> void:
		_first = place
		_last = place
		length = 0.0
		away = 0.0

	## The body is here now.
	func go_on(place: Vector3) -> void:
		length += place.distance_to(_last)
		away = maxf(away, place.distance_to(_first))
		_last = place
