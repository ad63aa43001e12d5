extends RefCounted
## Lets a person see a viewport in a headset: starts the XR interface, shows the viewport in it,
## takes a refresh rate that suits the game's physics, and undoes all of it.
##
## A scene makes one when a person plays in it, and keeps it. Where there is no interface, no
## runtime, no headset or no screen, start() returns false, without an error line, within 0.1 ms.
## It never starts an interface for an agent; that is its caller's to know.
##
## OpenXR must be asked for when the engine starts, which a script cannot do later: start the game
## with [code]--xr-mode on[/code], or set xr/openxr/enabled in the project settings (then engines
## without a runtime write error lines at their start, headless ones too).
##
## OpenXR is not named as a type: engines can be built without it.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## The person has put the headset on and looks at the game (true) or elsewhere (false).
signal focus_changed(has_focus: bool)

const RLLog := preload("res://addons/godot_rl/logger.gd")

## Files that name the active OpenXR runtime on Linux, below the user's configuration and /etc.
const MANIFESTS: PackedStringArray = [
	"openxr/1/active_runtime.json", "openxr/1/active_runtime.x86_64.json"
]

## Rates below it are a runtime's without a display (Monado without a compositor tells 20 Hz), no
## headset's; physics do not follow them.
const LOWEST_RATE: float = 59.0

## Whether the physics rate follows the headset's where it offers none that equals it.
var adapts_physics: bool = true
## The interface in use; null before [method start] and after [method stop].
var interface: XRInterface

var _viewport: Viewport
var _vsync: DisplayServer.VSyncMode = DisplayServer.VSYNC_ENABLED
var _physics_rate: int = 0


## Starts the interface named [param interface_name] unless it runs already, and shows
## [param viewport] in it. False, and nothing changed, where that cannot be.
func start(viewport: Viewport, interface_name: String = "OpenXR") -> bool:
	var found: XRInterface = XRServer.find_interface(interface_name)
	if found == null or not (found.is_initialized() or found.initialize()):
		return false
	interface = found
	_viewport = viewport
	_physics_rate = Engine.physics_ticks_per_second
	XRServer.primary_interface = interface
	viewport.use_xr = true
	# The headset sets the pace; waiting for the screen as well would halve it.
	_vsync = DisplayServer.window_get_vsync_mode()
	DisplayServer.window_set_vsync_mode(DisplayServer.VSYNC_DISABLED)
	_connect(&"session_begun", _on_begun)
	_connect(&"session_focussed", _on_focus.bind(true))
	_connect(&"session_visible", _on_focus.bind(false))
	_connect(&"pose_recentered", _on_recentred)
	_choose_rate()
	RLLog.info("headset: %s" % interface.get_system_info().get("XRRuntimeName", interface_name))
	return true


## Shows the viewport on the screen again. The interface stays up for the next scene.
func stop() -> void:
	if interface == null:
		return
	for connection: Dictionary in get_incoming_connections():
		var from: Signal = connection["signal"]
		if from.get_object() == interface:
			from.disconnect(connection["callable"] as Callable)
	if is_instance_valid(_viewport):
		_viewport.use_xr = false
	DisplayServer.window_set_vsync_mode(_vsync)
	Engine.physics_ticks_per_second = _physics_rate
	interface = null
	_viewport = null


## Whether an OpenXR runtime is set up on this machine, as far as files and environment tell (Linux;
## elsewhere false). It starts nothing.
static func finds_runtime() -> bool:
	if OS.has_environment("XR_RUNTIME_JSON"):
		return true
	if OS.get_name() != "Linux":
		return false
	var folders: PackedStringArray = [OS.get_config_dir(), "/etc/xdg", "/etc"]
	for folder: String in folders:
		for manifest: String in MANIFESTS:
			if FileAccess.file_exists(folder.path_join(manifest)):
				return true
	return false


## The rate of [param offered] (Hz) that suits [param physics_rate] best: equal, else the least
## above, else the highest; 0 when none is offered.
static func best_rate(offered: Array, physics_rate: float) -> float:
	var best: float = 0.0
	for rate: float in offered:
		var above: bool = rate >= physics_rate - 0.5
		if best < physics_rate - 0.5:
			best = rate if above else maxf(best, rate)
		elif above:
			best = minf(best, rate)
	return best


func _connect(event: StringName, handler: Callable) -> void:
	if interface.has_signal(event):
		interface.connect(event, handler)


func _choose_rate() -> void:
	if not interface.has_method(&"get_available_display_refresh_rates"):
		return
	var offered: Array = interface.call(&"get_available_display_refresh_rates")
	var rate: float = best_rate(offered, _physics_rate)
	if rate > 0.0:
		interface.set(&"display_refresh_rate", rate)
		_match_physics(rate)


# A runtime may know its rates only once its session runs.
func _on_begun() -> void:
	_choose_rate()
	var rate: Variant = interface.get(&"display_refresh_rate")
	if rate is float:
		var hertz: float = rate
		_match_physics(hertz)


# A world that moves at another rate than it is drawn judders before the eyes.
func _match_physics(rate: float) -> void:
	if adapts_physics and rate >= LOWEST_RATE:
		Engine.physics_ticks_per_second = roundi(rate)


func _on_focus(has_focus: bool) -> void:
	focus_changed.emit(has_focus)


func _on_recentred() -> void:
	XRServer.center_on_hmd(XRServer.RESET_BUT_KEEP_TILT, true)
