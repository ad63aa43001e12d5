class_name NavSettings
extends RefCounted
## How the player moves, as environment parameters: each is a property of NavLocomotion.
##
## An episode's value is the parameter's, else what the scene's node was exported with. The
## controller makes one when it is ready and calls [method apply] when an episode begins.

## Environment parameter -> property of NavLocomotion.
const PROPERTIES: Dictionary[String, StringName] = {
	"dead_zone": &"dead_zone",
	"smoothing_time": &"smoothing_time",
	"max_speed": &"max_speed",
	"acceleration": &"acceleration",
	"side_share": &"side_share",
	"back_share": &"back_share",
	"snap_turning": &"turning",
	"turn_speed": &"turn_speed",
	"snap_degrees": &"snap_degrees",
	"teleporting": &"walking",
	"teleport_distance": &"teleport_distance",
}

var _locomotion: NavLocomotion
var _exported: Dictionary[String, float] = {}


func _init(locomotion: NavLocomotion) -> void:
	_locomotion = locomotion
	for name: String in PROPERTIES:
		_exported[name] = locomotion.get(PROPERTIES[name])


## Sets every property for the episode that begins.
func apply() -> void:
	for name: String in PROPERTIES:
		_locomotion.set(PROPERTIES[name], Sync.get_parameter(name, _exported[name]))
