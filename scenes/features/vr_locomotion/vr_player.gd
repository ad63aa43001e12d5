class_name VRPlayer
extends CharacterBody3D
## The player's body: runs locomotion, one move_and_slide() and the comfort system each tick.
##
## Counts collisions with walls and obstacles (the floor is not in its collision mask, see
## VRLocomotion). It knows neither course nor reward.

## The body touched a wall or an obstacle after a while without; [param count] since restart.
signal collided(count: int)

## Ticks without touching after which a contact is over: a body that is pushed along a wall
## bounces in and out of contact by rounding.
const CONTACT_END_TICKS: int = 18

@export var origin: XROrigin3D
@export var camera: XRCamera3D
@export var locomotion: VRLocomotion
@export var comfort: ComfortSystem
@export var headset: SimulatedHeadset

## While true the player holds still: the episode has ended and the next has not begun.
var frozen: bool = false
## Contacts with walls and obstacles since [method restart].
var collisions: int = 0
## True while a wall or an obstacle is touched, and shortly after.
var in_contact: bool = false

var _free_ticks: int = 0


func _ready() -> void:
	locomotion.turned.connect(comfort.add_turn)


func _physics_process(delta: float) -> void:
	if frozen:
		return
	if headset.head_moves:
		headset.advance(delta)
		_follow_head()
	locomotion.step(delta)
	move_and_slide()
	if in_contact or is_on_wall():
		_track_contact()
	comfort.step(velocity, delta)


## Stands at [param place] (global, on the ground) facing [param yaw] (rad), at rest, counters 0.
func restart(place: Vector3, yaw: float) -> void:
	global_transform = Transform3D(Basis(Vector3.UP, yaw), place)
	force_update_transform()
	velocity = Vector3.ZERO
	origin.transform = Transform3D.IDENTITY if headset.is_simulating else _origin_of_wearer()
	headset.set_inputs(Vector2.ZERO, Vector2.ZERO, 0.0)
	locomotion.restart()
	comfort.restart()
	frozen = false
	collisions = 0
	in_contact = false
	_free_ticks = 0


func _track_contact() -> void:
	if is_on_wall():
		_lose_blocked_velocity()
		_free_ticks = 0
		if not in_contact:
			in_contact = true
			collisions += 1
			collided.emit(collisions)
		return
	_free_ticks += 1
	in_contact = _free_ticks < CONTACT_END_TICKS


# move_and_slide() keeps the velocity of a body that runs straight into something: it would stay
# pressed to the wall until the stick has undone that speed.
func _lose_blocked_velocity() -> void:
	for i: int in get_slide_collision_count():
		var normal: Vector3 = get_slide_collision(i).get_normal()
		if velocity.dot(normal) < 0.0:
			velocity = velocity.slide(normal)


# The wearer stands and looks somewhere in the room; the rig is put so that the head is over the
# body and faces the way that the body does.
func _origin_of_wearer() -> Transform3D:
	var right: Vector3 = camera.basis.x
	var turned: Basis = Basis(Vector3.UP, atan2(right.z, right.x))
	var head: Vector3 = turned * camera.position
	return Transform3D(turned, Vector3(-head.x, 0.0, -head.z))


# Room scale: the wearer walked, so the body goes under the head and the rig goes back as far.
func _follow_head() -> void:
	var offset: Vector3 = camera.global_position - global_position
	offset.y = 0.0
	if offset.length_squared() > 1e-6:
		var before: Vector3 = global_position
		move_and_collide(offset)
		origin.global_position -= global_position - before
