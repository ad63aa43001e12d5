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
# At the stretch's begin, at the last look, the way since, the farthest from the begin.
var _first: Dictionary[RigidBody3D, Vector3] = {}
var _last: Dictionary[RigidBody3D, Vector3] = {}
var _way: Dictionary[RigidBody3D, float] = {}
var _away: Dictionary[RigidBody3D, float] = {}


## See RLBodyDetector.
func restart() -> void:
	_ticks = 0
	for each: Dictionary in [_first, _last, _way, _away]:
		each.clear()


func _went(body: RigidBody3D) -> void:
	for each: Dictionary in [_first, _last, _way, _away]:
		each.erase(body)


func _look(_delta: float) -> void:
	_ticks += 1
	for body: RigidBody3D in bodies:
		var place: Vector3 = body.global_position
		if not _first.has(body):
			_begin(body, place)
			continue
		if body.sleeping:
			continue
		_way[body] += place.distance_to(_last[body])
		_away[body] = maxf(_away[body], place.distance_to(_first[body]))
		_last[body] = place
	if _ticks % window == 0:
		for body: RigidBody3D in bodies:
			if _way[body] >= least_way and _away[body] <= most_away:
				var told: Dictionary = {"body": str(body.name), "way": snappedf(_way[body], 0.01)}
				_tell("jitter", "a body trembles in place", told)
			_begin(body, body.global_position)


func _begin(body: RigidBody3D, place: Vector3) -> void:
	_first[body] = place
	_last[body] = place
	_way[body] = 0.0
	_away[body] = 0.0
