extends Camera3D
## The watching window's own camera: round the agents, turned by the mouse. RLWatcher makes it, and
## makes it current where the scene has no camera, or where the key C asks for it.

const RLPoseStage := preload("res://addons/godot_rl/watch/pose_stage.gd")
const TURN: float = 0.006
const ZOOM: float = 1.12
## Distance from the agents, m, at the start: at least, and a share of how far they are apart.
const NEAR: float = 7.0
const SPREAD: float = 2.4

var stage: RLPoseStage

var _turn: float = 0.7
var _rise: float = 0.55
var _zoom: float = 1.0
var _seen: Vector3 = Vector3.INF
var _reach: float = 0.0


func _process(delta: float) -> void:
	var found: Array = stage.middle()
	if found.is_empty():
		return
	var share: float = 1.0 - exp(-4.0 * delta)
	var jumps: bool = not _seen.is_finite()
	_seen = found[0] if jumps else _seen.lerp(found[0], share)
	_reach = found[1] if jumps else lerpf(_reach, found[1], share)
	var distance: float = (NEAR + SPREAD * _reach) * _zoom
	var away: Vector3 = Vector3(sin(_turn) * cos(_rise), sin(_rise), cos(_turn) * cos(_rise))
	global_position = _seen + away * distance
	look_at(_seen)


func _unhandled_input(event: InputEvent) -> void:
	var motion: InputEventMouseMotion = event as InputEventMouseMotion
	if motion != null and motion.button_mask != 0:
		_turn -= motion.relative.x * TURN
		_rise = clampf(_rise + motion.relative.y * TURN, -0.2, 1.5)
	var click: InputEventMouseButton = event as InputEventMouseButton
	if click != null and click.pressed:
		if click.button_index == MOUSE_BUTTON_WHEEL_UP:
			_zoom = maxf(_zoom / ZOOM, 0.15)
		elif click.button_index == MOUSE_BUTTON_WHEEL_DOWN:
			_zoom = minf(_zoom * ZOOM, 6.0)
