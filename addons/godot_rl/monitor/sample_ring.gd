extends RefCounted
## The newest values of one quantity, with their mean and largest.
##
## RLPerformanceMonitor keeps one for each thing that it measures. It never measures by itself.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

var _values: PackedFloat32Array = []
# Where the next value goes once all places are taken.
var _next: int = 0
var _places: int


## Room for [param places] values, at least 1.
func _init(places: int) -> void:
	_places = maxi(places, 1)


## Takes a value; the oldest goes where all places are taken.
func add(value: float) -> void:
	if _values.size() < _places:
		_values.append(value)
		return
	_values[_next] = value
	_next = (_next + 1) % _places


func clear() -> void:
	_values.clear()
	_next = 0


func count() -> int:
	return _values.size()


## The newest value; 0 where there is none.
func newest() -> float:
	return 0.0 if _values.is_empty() else _values[_next - 1]


## Mean of the newest [param among] values, or of all that are kept; 0 where there is none.
func mean(among: int = 1 << 30) -> float:
	var taken: int = mini(among, _values.size())
	if taken <= 0:
		return 0.0
	var sum: float = 0.0
	for i: int in taken:
		sum += _values[_next - 1 - i]
	return sum / taken


## Largest of the newest [param among] values, or of all that are kept; 0 where there is none.
func largest(among: int = 1 << 30) -> float:
	var found: float = 0.0
	for i: int in mini(among, _values.size()):
		found = maxf(found, _values[_next - 1 - i])
	return found


## The value that a share of [param part] (0 to 1) of them does not exceed; 0 where there is none.
func quantile(part: float) -> float:
	if _values.is_empty():
		return 0.0
	var sorted: PackedFloat32Array = _values.duplicate()
	sorted.sort()
	return sorted[clampi(ceili(part * sorted.size()) - 1, 0, sorted.size() - 1)]


## The values, oldest first.
func values() -> PackedFloat32Array:
	return _values.slice(_next) + _values.slice(0, _next)
