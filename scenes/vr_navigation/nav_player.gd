class_name NavPlayer
extends CharacterBody3D
## The player's body: ground, walls and falls; it lets locomotion, rig and comfort take their turn.
##
## The capsule floats one step above the ground, so that move_and_slide() touches walls only (a
## touched floor makes it several times slower) and stairs pass below it. One short ray under the
## feet finds the ground where a course is not flat; without ground the body falls. It knows no
## reward and no goal.

## The body touched a wall or an obstacle after a while without; [param count] since restart.
signal collided(count: int)
## Every [member sample_ticks] ticks, when rig, comfort and contacts are up to date; [param
## seconds] since the last one.
signal sampled(seconds: float)

## Seconds without touching after which a contact is over.
const CONTACT_END: float = 0.2

@export var origin: XROrigin3D
@export var camera: XRCamera3D
@export var left_hand: XRController3D
@export var right_hand: XRController3D
@export var locomotion: NavLocomotion
@export var comfort: NavComfort
@export var headset: NavHeadset
## Highest step that is climbed without a collision, m. The capsule starts there.
@export var step_height: float = 0.35
## Acceleration of a fall, m/s^2.
@export var gravity: float = 9.81
## How fast the feet follow the ground, 1/s: the eyes glide over stairs.
@export var ground_rate: float = 12.0
## Ticks between two looks at head, hands, comfort and rewards; those of a decision, so that each
## observation is up to date and the ticks between cost nothing.
@export_range(1, 30) var sample_ticks: int = 9

## While true the player holds still: the episode has ended and the next has not begun.
var frozen: bool = false
## The course has no edges, ramps or steps: the ground is not looked for.
var is_on_level: bool = true
## False while it falls.
var is_grounded: bool = true
## Contacts with walls and obstacles since [method restart].
var collisions: int = 0
## True while a wall or an obstacle is touched, and shortly after.
var in_contact: bool = false
## How long the contact has lasted, s.
var contact_time: float = 0.0
## Physics ticks since [method restart], up to the end of the episode.
var ticks: int = 0
## Metres walked over the ground since [method restart], teleports not counted.
var walked: float = 0.0

var _ground: RayCast3D = RayCast3D.new()
var _free_time: float = 0.0


func _ready() -> void:
	_ground.enabled = false
	_ground.collision_mask = locomotion.ground_mask
	_ground.position = Vector3(0.0, step_height, 0.0)
	_ground.target_position = Vector3(0.0, -2.0 * step_height, 0.0)
	add_child(_ground)
	locomotion.turned_at_once.connect(comfort.add_turn)
	headset.worn.connect(func(is_on: bool) -> void: locomotion.turns_about_head = is_on)


func _physics_process(delta: float) -> void:
	if frozen:
		return
	if not headset.is_simulating:
		_follow_head()
	locomotion.step(delta)
	if not is_on_level:
		_follow_ground(delta)
	move_and_slide()
	# Who falls brushes the edge: that is the fall's account.
	if is_grounded and (in_contact or get_slide_collision_count() > 0):
		_track_contact(delta)
	ticks += 1
	if ticks % sample_ticks == 0:
		_sample(delta * sample_ticks)
	elif headset.is_watched:
		headset.show_at(ticks * delta)


## Stands at [param place] (global, on the ground) facing [param yaw] (rad), at rest, counters 0.
func restart(place: Vector3, yaw: float, is_level: bool) -> void:
	global_transform = Transform3D(Basis(Vector3.UP, yaw), place)
	force_update_transform()
	velocity = Vector3.ZERO
	origin.transform = Transform3D.IDENTITY if headset.is_simulating else _origin_of_wearer()
	headset.set_sticks(Vector2.ZERO, Vector2.ZERO)
	locomotion.restart()
	comfort.restart(rotation.y)
	is_on_level = is_level
	collision_mask = locomotion.obstacle_mask | (0 if is_level else locomotion.ground_mask)
	is_grounded = true
	frozen = false
	collisions = 0
	in_contact = false
	contact_time = 0.0
	walked = 0.0
	ticks = 0
	_free_time = 0.0


## Velocity of the head in the rig's frame (right, up, back), m/s: the body's and the head's own.
func get_head_velocity() -> Vector3:
	return global_basis.inverse() * velocity + headset.head_velocity


## Angular velocity of the head in the rig's frame (pitch, yaw, roll), rad/s.
func get_head_spin() -> Vector3:
	return headset.head_spin + Vector3(0.0, locomotion.turn_rate, 0.0)


func _sample(seconds: float) -> void:
	headset.sample_at(ticks / sample_ticks * seconds, seconds)
	walked += Vector2(velocity.x, velocity.z).length() * seconds
	comfort.step(velocity, rotation.y, headset.upright, seconds)
	sampled.emit(seconds)


# Feet above the ground by up to a step, or below it, glide to it; without ground they fall.
func _follow_ground(delta: float) -> void:
	_ground.force_raycast_update()
	var height: float = -INF
	if _ground.is_colliding():
		height = _ground.get_collision_point().y - global_position.y
	if is_grounded and height > -INF:
		var wanted: float = height * ground_rate
		velocity.y += (wanted - velocity.y) * minf(2.0 * ground_rate * delta, 1.0)
		return
	velocity.y -= gravity * delta
	is_grounded = height > -INF and velocity.y * delta <= height
	if is_grounded:
		velocity.y = height / delta


func _track_contact(delta: float) -> void:
	if get_slide_collision_count() > 0:
		_lose_blocked_velocity()
		_free_time = 0.0
		if not in_contact:
			in_contact = true
			contact_time = 0.0
			collisions += 1
			collided.emit(collisions)
		contact_time += delta
		return
	_free_time += delta
	in_contact = _free_time < CONTACT_END


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
