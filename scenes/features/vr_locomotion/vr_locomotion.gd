class_name VRLocomotion
extends Node
## Moves a VR player from what its two XRController3D report, as a shipped game would.
##
## Left stick walks relative to the head's yaw, right stick snap-turns, right trigger teleports
## along the view. VRPlayer calls [method step] once a physics tick, before move_and_slide(). The
## ground is level, so there is no gravity: the body keeps its height, and only walls and obstacles
## are in its collision mask (touching a floor makes move_and_slide() several times slower). It
## never knows whether hardware or a SimulatedHeadset feeds the controllers.

## A snap turn happened; [param degrees] is positive to the left (counter-clockwise from above).
signal turned(degrees: float)
## The body was moved to [param destination] (global, on the ground).
signal teleported(destination: Vector3)
## A teleport was asked for, but the destination is blocked or has no ground.
signal teleport_refused

const STICK: StringName = &"primary"
const TRIGGER: StringName = &"trigger"

## The body that is moved.
@export var body: CharacterBody3D
## The head; its yaw is "forward".
@export var camera: XRCamera3D
@export var left_hand: XRController3D
@export var right_hand: XRController3D
## Speed at full stick, m/s.
@export var max_speed: float = 2.5
## Largest change of velocity, m/s^2.
@export var acceleration: float = 5.0
## Stick length below which nothing moves, in [0, 1); the rest is stretched to [0, 1].
@export var dead_zone: float = 0.15
## Angle of one snap turn, degrees.
@export var snap_degrees: float = 30.0
## |stick x| above which a snap turn fires, once.
@export var snap_press: float = 0.7
## |stick x| below which the next snap turn is armed.
@export var snap_release: float = 0.4
## Length of a teleport, m.
@export var teleport_distance: float = 3.0
## Trigger value above which a teleport fires, once.
@export var teleport_press: float = 0.75
## Trigger value below which the next teleport is armed.
@export var teleport_release: float = 0.5
## Shortest time between two teleports, s.
@export var teleport_cooldown: float = 1.0
## Free space demanded round the body at the destination, m.
@export var teleport_margin: float = 0.1
## Physics layers that carry a player.
@export_flags_3d_physics var ground_mask: int = 1
## Physics layers that block a player.
@export_flags_3d_physics var obstacle_mask: int = 2

## True when the right stick was released since the last snap turn.
var snap_armed: bool = true
## True when the trigger was released since it was last pressed.
var teleport_armed: bool = true
## Seconds until a teleport is possible again.
var cooldown_left: float = 0.0

var _ground_query: PhysicsRayQueryParameters3D = PhysicsRayQueryParameters3D.new()
var _clear_query: PhysicsShapeQueryParameters3D = PhysicsShapeQueryParameters3D.new()
var _body_height: float = 0.0


func _ready() -> void:
	_ground_query.collision_mask = ground_mask
	_clear_query.collision_mask = obstacle_mask
	var capsule: CapsuleShape3D = CapsuleShape3D.new()
	for child: Node in body.get_children():
		var owned: CollisionShape3D = child as CollisionShape3D
		if owned != null and owned.shape is CapsuleShape3D:
			var shape: CapsuleShape3D = owned.shape
			_body_height = shape.height
			capsule.height = shape.height
			capsule.radius = shape.radius + teleport_margin
	_clear_query.shape = capsule
	_clear_query.exclude = [body.get_rid()]


## Puts every latch and timer at its start, as when a level begins.
func restart() -> void:
	snap_armed = true
	teleport_armed = true
	cooldown_left = 0.0


## Reads the controllers, turns and teleports the body, and sets its velocity. [param delta] in s.
func step(delta: float) -> void:
	if cooldown_left > 0.0:
		cooldown_left = maxf(cooldown_left - delta, 0.0)
	_read_snap_turn(right_hand.get_vector2(STICK).x)
	_read_teleport(right_hand.get_float(TRIGGER))
	_move(left_hand.get_vector2(STICK), delta)


## The head's right, level with the ground; unit length, global. Defined even when it looks down.
func get_head_right() -> Vector3:
	var right: Vector3 = camera.global_basis.x
	right.y = 0.0
	return right.normalized()


## The head's forward, level with the ground; unit length, global.
func get_head_forward() -> Vector3:
	return Vector3.UP.cross(get_head_right())


## Where a teleport leads now (global, at the body's height), whether or not one can land there.
func get_teleport_target() -> Vector3:
	return body.global_position + get_head_forward() * teleport_distance


## Where a teleport would land now (global), or Vector3.INF if it would be refused.
func find_landing() -> Vector3:
	var space: PhysicsDirectSpaceState3D = body.get_world_3d().direct_space_state
	var target: Vector3 = get_teleport_target()
	_ground_query.from = target + Vector3.UP
	_ground_query.to = target + Vector3.DOWN
	var ground: Dictionary = space.intersect_ray(_ground_query)
	if ground.is_empty():
		return Vector3.INF
	var landing: Vector3 = ground["position"]
	_clear_query.transform.origin = landing + Vector3.UP * (_body_height / 2.0)
	if not space.intersect_shape(_clear_query, 1).is_empty():
		return Vector3.INF
	return landing


func _read_snap_turn(x: float) -> void:
	var pushed: float = absf(x)
	if snap_armed and pushed > snap_press:
		snap_armed = false
		_snap_turn(-signf(x) * snap_degrees)
	elif pushed < snap_release:
		snap_armed = true


# Turns about the head, which need not stand over the body's centre, so that the view only rotates.
func _snap_turn(degrees: float) -> void:
	var head: Vector3 = camera.global_position
	body.rotate_y(deg_to_rad(degrees))
	var shift: Vector3 = head - camera.global_position
	body.global_position += Vector3(shift.x, 0.0, shift.z)
	turned.emit(degrees)


func _read_teleport(value: float) -> void:
	if not teleport_armed:
		teleport_armed = value < teleport_release
		return
	if value <= teleport_press:
		return
	teleport_armed = false
	if cooldown_left > 0.0:
		return
	var landing: Vector3 = find_landing()
	if not landing.is_finite():
		teleport_refused.emit()
		return
	cooldown_left = teleport_cooldown
	body.global_position = landing
	body.force_update_transform()
	teleported.emit(landing)


func _move(stick: Vector2, delta: float) -> void:
	var target: Vector3 = Vector3.ZERO
	var pushed: float = stick.length()
	if pushed > dead_zone:
		var speed: float = max_speed * (minf(pushed, 1.0) - dead_zone) / (1.0 - dead_zone)
		var right: Vector3 = get_head_right()
		target = (right * stick.x + Vector3.UP.cross(right) * stick.y) * (speed / pushed)
	body.velocity = body.velocity.move_toward(target, acceleration * delta)
