class_name YardPlayer
extends CharacterBody3D
## The VR player: walks, sprints and turns as two controllers ask.
##
## Left stick: walking; left grip held with the stick forwards: a sprint, faster the longer it goes
## straight. Right stick: turning. It reads XRController3D nodes and cannot tell a simulated one
## from a real one. Two bugs can be planted: [member skips_ahead] and [member wedges].

const SimulatedRig := preload("res://addons/godot_rl/xr/simulated_rig.gd")
const STICK: StringName = &"primary"
const GRIP: StringName = &"grip"
## Speeds, m/s, and how fast they change, m/s^2.
const WALK: float = 2.0
const BACK: float = 1.5
const SPRINT: float = 9.0
const WALK_GAIN: float = 12.0
const SPRINT_GAIN: float = 5.0
## Speed of turning with the stick at its end, rad/s, and how fast it changes, rad/s^2.
const TURN: float = 3.2
const TURN_GAIN: float = 16.0
## Turning faster than this ends a sprint, rad/s.
const STRAIGHT: float = 0.4
const GRAVITY: float = 9.8
## Above this speed the planted short cut is taken, m/s.
const FAST: float = 8.0
## Who is less than this below the ground stands on it, m.
const STEP: float = 0.2
## Height of the body's middle, m.
const MIDDLE: float = 0.9
## A stick further back than this walks backwards.
const BACKWARDS: float = -0.3

@export var origin: XROrigin3D
@export var camera: XRCamera3D
@export var left_hand: XRController3D
@export var right_hand: XRController3D
@export var headset: SimulatedRig
@export var ground: YardGround

## Nothing moves: the episode has ended.
var frozen: bool = true
## Planted bug: fast players are moved by a test of one point.
var skips_ahead: bool = false
## Planted bug: who backs into the corner between crate and wall is held and never let go.
var wedges: bool = false
## Speed ahead, m/s, negative backwards.
var speed: float = 0.0
## Speed of turning, rad/s, positive to the left.
var spin: float = 0.0
## Ticks since the episode began.
var ticks: int = 0
## Place in the yard, m from its centre.
var place: Vector3:
	get:
		return position
## Where the player looks, level.
var facing: Vector3:
	get:
		return -basis.z
## Where the stick asks to go, in the yard; length up to 1.
var asked: Vector3 = Vector3.ZERO

var _held: bool = false
# Layers of what the body ran into in the last tick.
var _touched: int = 0
# Speed downwards, m/s.
var _falling: float = 0.0
var _point: PhysicsPointQueryParameters3D = PhysicsPointQueryParameters3D.new()


func _ready() -> void:
	_point.collision_mask = YardWalls.SOLID


## Puts the player at [param at] of the yard, looking towards [param yaw] rad, at rest.
func restart(at: Vector3, yaw: float) -> void:
	transform = Transform3D(Basis(Vector3.UP, yaw), at)
	force_update_transform()
	velocity = Vector3.ZERO
	speed = 0.0
	spin = 0.0
	ticks = 0
	asked = Vector3.ZERO
	_held = false
	_touched = 0
	_falling = 0.0
	frozen = false


## Sets what the simulated controllers report: how far the left stick is pushed forwards, whether
## the left grip is held, and how far the right stick is pushed to the right.
func press(forwards: float, grip: bool, turn: float) -> void:
	if not headset.is_simulating:
		return
	headset.trackers.left.set_input(STICK, Vector2(0.0, forwards))
	headset.trackers.left.set_input(GRIP, 1.0 if grip else 0.0)
	headset.trackers.right.set_input(STICK, Vector2(turn, 0.0))


## One tick.
func step(delta: float) -> void:
	ticks += 1
	spin = move_toward(spin, -right_hand.get_vector2(STICK).x * TURN, TURN_GAIN * delta)
	rotate_y(spin * delta)
	var stick: float = left_hand.get_vector2(STICK).y
	asked = facing * stick
	_change_speed(stick, delta)
	if skips_ahead and speed > FAST:
		_skip_ahead(delta)
		return
	if wedges and _is_held(stick):
		speed = 0.0
		return
	_fall(delta)
	if speed != 0.0:
		_walk()


## How the player goes, for counts of what was covered: "stands", "walks", "backs", "sprints".
func pace() -> String:
	if speed > WALK + 0.5:
		return "sprints"
	if absf(speed) < 0.3:
		return "stands"
	return "walks" if speed > 0.0 else "backs"


# Walls are the physics engine's, the ground is asked for.
func _walk() -> void:
	velocity = facing * speed
	move_and_slide()
	_touched = 0
	for i: int in get_slide_collision_count():
		var body: CollisionObject3D = get_slide_collision(i).get_collider() as CollisionObject3D
		_touched |= body.collision_layer if body != null else 0
	if _touched != 0:
		# Who runs into something is slow.
		var real: float = get_real_velocity().length() + 0.2
		speed = clampf(speed, -real, real)


func _fall(delta: float) -> void:
	# The engine may push a body out of a wall a little downwards.
	if position.y > -STEP and ground.is_present(position):
		position.y = 0.0
		_falling = 0.0
		return
	_falling += GRAVITY * delta
	position.y -= _falling * delta


func _change_speed(stick: float, delta: float) -> void:
	var sprints: bool = stick > 0.5 and left_hand.get_float(GRIP) > 0.5 and absf(spin) < STRAIGHT
	var wish: float = stick * (WALK if stick > 0.0 else BACK)
	var gain: float = WALK_GAIN
	if sprints:
		wish = SPRINT
		gain = SPRINT_GAIN if speed > WALK else WALK_GAIN
	speed = move_toward(speed, wish, gain * delta)


# Planted bug: at high speed a sweep of the whole body "is too expensive", so one point is looked
# at.
func _skip_ahead(delta: float) -> void:
	var there: Vector3 = global_position + global_basis * Vector3(0.0, 0.0, -speed * delta)
	_point.position = there + Vector3(0.0, MIDDLE, 0.0)
	if get_world_3d().direct_space_state.intersect_point(_point, 1).is_empty():
		global_position = there
	else:
		speed = 0.0


# Planted bug: the body is held still between crate and wall so that it does not tremble, until it
# touches them no more. But who is held does not move away.
func _is_held(stick: float) -> bool:
	if _held:
		return true
	_held = stick < BACKWARDS and _touched & YardWalls.SOLID == YardWalls.SOLID
	return _held
