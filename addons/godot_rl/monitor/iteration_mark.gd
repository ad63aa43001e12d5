extends XRInterfaceExtension
## Tells when the engine begins a round of physics ticks and one frame.
##
## Nothing else that a script can ask for runs before the physics servers hand out what they found
## in the last tick (signals of bodies, _integrate_forces): XR interfaces do, whether or not there
## is a headset. RLFrameClock adds one while it measures. It is never the primary interface, tracks
## nothing and draws nothing.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

var _began: Callable
var _is_on: bool = false


## [param began] is called at each beginning.
func _init(began: Callable = Callable()) -> void:
	_began = began


func _get_name() -> StringName:
	return &"godot_rl_frame_clock"


func _get_capabilities() -> int:
	return XRInterface.XR_NONE


func _is_initialized() -> bool:
	return _is_on


func _initialize() -> bool:
	_is_on = true
	return true


func _uninitialize() -> void:
	_is_on = false


func _process() -> void:
	if _began.is_valid():
		_began.call()


func _pre_render() -> void:
	pass


func _end_frame() -> void:
	pass
