class_name NavSettings
extends RefCounted
## Settings of player and comfort that are environment parameters too.
##
## Each episode's value is the parameter's, else what the scene's nodes were exported with. The
## controller makes one when it is ready and calls [method apply] when an episode begins.

## Environment parameter -> node ("locomotion", "comfort") and property.
const PROPERTIES: Dictionary[String, Array] = {
	"dead_zone": ["locomotion", &"dead_zone"],
	"smoothing_time": ["locomotion", &"smoothing_time"],
	"max_speed": ["locomotion", &"max_speed"],
	"acceleration": ["locomotion", &"acceleration"],
	"side_share": ["locomotion", &"side_share"],
	"back_share": ["locomotion", &"back_share"],
	"turn_speed": ["locomotion", &"turn_speed"],
	"snap_turning": ["locomotion", &"turning"],
	"snap_degrees": ["locomotion", &"snap_degrees"],
	"teleporting": ["locomotion", &"walking"],
	"teleport_distance": ["locomotion", &"teleport_distance"],
}

var _player: NavPlayer
var _exported: Dictionary[String, float] = {}


func _init(player: NavPlayer) -> void:
	_player = player
	for name: String in PROPERTIES:
		_exported[name] = _node(name).get(PROPERTIES[name][1])


## Sets every property for the episode that begins.
func apply() -> void:
	for name: String in PROPERTIES:
		var value: float = Sync.get_parameter(name, _exported[name])
		_node(name).set(PROPERTIES[name][1], value)


func _node(name: String) -> Node:
	return _player.locomotion if PROPERTIES[name][0] == "locomotion" else _player.comfort
