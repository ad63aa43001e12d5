extends Node3D
## The spectator's camera: from afar it shows craft and pad, near the ground it comes close; on foot
## it follows the pilot. A small picture looks down from the craft's belly. LandingView makes it.

const CRAFT_ANGLE: float = 50.0
## Height at which the camera begins to come down to the pad, m.
const NEAR_HEIGHT: float = 120.0

var _view: LandingView
var _camera: Camera3D = Camera3D.new()


func _init(view: LandingView) -> void:
	_view = view
	_camera.fov = CRAFT_ANGLE
	_camera.near = 0.3
	_camera.far = 12000.0
	add_child(_camera)


func _ready() -> void:
	_camera.make_current()
	_place(1.0)


func _process(delta: float) -> void:
	_place(1.0 - exp(-3.0 * delta) if delta < 0.5 else 1.0)


func _place(share: float) -> void:
	var wanted: Transform3D = _on_foot() if _view.walk.is_on else _in_flight()
	var now: Transform3D = _camera.global_transform
	if now.origin.distance_to(wanted.origin) > 80.0:
		share = 1.0
	_camera.global_transform = now.interpolate_with(wanted, share)


# Behind the craft as seen from the pad, so that both are in the picture.
func _in_flight() -> Transform3D:
	var craft: Vector3 = _view.lander.global_position
	var pad: Vector3 = _view.terrain.global_position
	var away: Vector3 = craft - pad
	var level: Vector3 = Vector3(away.x, 0.0, away.z)
	var back: Vector3 = level.normalized() if level.length() > 4.0 else Vector3(0.5, 0.0, 0.8)
	back = back.normalized()
	var near: float = 1.0 - clampf(away.y / NEAR_HEIGHT, 0.0, 1.0)
	near = near * near * (3.0 - 2.0 * near)
	var eye: Vector3 = craft + back * lerpf(15.0, 17.0, near) + Vector3.UP * lerpf(15.0, 3.2, near)
	var seen: Vector3 = craft.lerp(pad, 0.02) + Vector3.UP * lerpf(-4.5, 0.2, near)
	var floor_height: float = _view.terrain.height_at(eye - pad) + pad.y + 1.2
	eye.y = maxf(eye.y, floor_height)
	return Transform3D(Basis.IDENTITY, eye).looking_at(seen)


func _on_foot() -> Transform3D:
	var pilot: Transform3D = _view.pilot.global_transform
	var eye: Vector3 = pilot.origin + pilot.basis.z * 6.5 + Vector3.UP * 2.2
	return Transform3D(Basis.IDENTITY, eye).looking_at(pilot.origin + Vector3.UP * 0.7)
