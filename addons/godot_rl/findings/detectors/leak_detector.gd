class_name RLLeakDetector
extends RLBodyDetector
## Finds bodies that were taken out of the tree and never freed: finding
## [code]memory_leak[/code].
##
## A game that keeps bodies for later use takes them back before [member patience] is over, or sets
## it higher.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## Ticks after which a body that is out of the tree should be freed or back.
@export_range(1, 10000) var patience: int = 180
## Bodies that are out and alive for so long at the same time.
@export_range(1, 10000) var least: int = 3

# Instance of each body that is out -> tick in which it went.
var _out: Dictionary[int, int] = {}
var _tick: int = 0


## See RLBodyDetector.
func restart() -> void:
	_out.clear()
	_tick = 0


func _came(body: RigidBody3D) -> void:
	_out.erase(body.get_instance_id())


func _went(body: RigidBody3D) -> void:
	_out[body.get_instance_id()] = _tick


func _look(_delta: float) -> void:
	_tick += 1
	if _out.is_empty() or _tick % 10 != 0:
		return
	var leaked: int = 0
	for id: int in _out.keys():
		if not is_instance_id_valid(id):
			_out.erase(id)
		elif _tick - _out[id] > patience:
			leaked += 1
	if leaked >= least:
		var told: Dictionary = {"bodies": leaked}
		_tell("memory_leak", "bodies left the tree and were not freed", told)
