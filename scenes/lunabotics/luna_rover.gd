class_name LunaRover
extends RigidBody2D
## The rover: a rigid body whose wheels push as far as the ground lets them.
##
## The controller sets [member command], which is held; every tick turns it into velocity, and the
## engine's solver does the rest: motion, contacts, friction, bounces. It knows no rewards.

const RLEpisodeSeed := preload("res://addons/godot_rl/agents/episode_seed.gd")

## Most ticks by which actions can come late.
const MOST_DELAY: int = 12
## First of the random numbers of the actuators; a decision takes 2.
const NOISE_PLACE: int = 1 << 24

@export var field: LunaField

## Shares of the largest speed and of the largest rate of turning, in [-1, 1].
var command: Vector2 = Vector2.ZERO
## Parameters of the running episode.
var settings: LunaSettings
## Decisions that were made in the running episode.
var decisions: int = 0

var _seed: int = 0
var _past: PackedVector2Array = []
var _tick: int = 0


func _init() -> void:
	gravity_scale = 0.0
	can_sleep = false
	linear_damp_mode = RigidBody2D.DAMP_MODE_REPLACE
	linear_damp = 0.0
	angular_damp_mode = RigidBody2D.DAMP_MODE_REPLACE
	angular_damp = 0.0
	contact_monitor = true
	max_contacts_reported = 8
	physics_material_override = PhysicsMaterial.new()
	_past.resize(MOST_DELAY + 1)


func _physics_process(delta: float) -> void:
	if settings != null:
		_drive(delta)


## Middle of the rover in its arena, m.
func place() -> Vector2:
	return position / LunaFacts.PIXELS


## Velocity, m/s.
func velocity() -> Vector2:
	return linear_velocity / LunaFacts.PIXELS


## Puts the rover at the start of the episode with [param episode_seed], at once.
func restart(episode_seed: int, asked: LunaSettings) -> void:
	settings = asked
	_seed = episode_seed
	decisions = 0
	command = Vector2.ZERO
	_past.fill(Vector2.ZERO)
	_tick = 0
	mass = asked.mass
	var length: float = LunaFacts.ROVER_LENGTH * LunaFacts.PIXELS
	var width: float = LunaFacts.ROVER_WIDTH * LunaFacts.PIXELS
	inertia = asked.mass * (length * length + width * width) / 12.0
	physics_material_override.friction = asked.contact_friction
	physics_material_override.bounce = asked.restitution
	put(field.layout.start, field.layout.heading)


## Puts the rover to [param there], m, at once, where it stands still.
func put(there: Vector2, heading: float) -> void:
	position = there * LunaFacts.PIXELS
	rotation = heading
	linear_velocity = Vector2.ZERO
	angular_velocity = 0.0
	force_update_transform()
	var server: RID = get_rid()
	PhysicsServer2D.body_set_state(server, PhysicsServer2D.BODY_STATE_TRANSFORM, global_transform)
	PhysicsServer2D.body_set_state(server, PhysicsServer2D.BODY_STATE_LINEAR_VELOCITY, Vector2.ZERO)
	PhysicsServer2D.body_set_state(server, PhysicsServer2D.BODY_STATE_ANGULAR_VELOCITY, 0.0)


## What the rover touched in the last tick: x rocks, y walls; 1 or 0.
func touches() -> Vector2i:
	var state: PhysicsDirectBodyState2D = PhysicsServer2D.body_get_direct_state(get_rid())
	var found: Vector2i = Vector2i.ZERO
	for i: int in state.get_contact_count():
		if field.is_wall(state.get_contact_collider_object(i)):
			found.y = 1
		else:
			found.x = 1
	return found


# Velocity along the heading goes towards what is asked for, across it towards 0, both within the
# grip of the ground.
func _drive(delta: float) -> void:
	var asked: Vector2 = _command_now()
	var ahead: Vector2 = Vector2.from_angle(rotation)
	var moving: Vector2 = velocity()
	var along: float = moving.dot(ahead)
	var across: float = ahead.cross(moving)
	var grip: float = LunaFacts.CRATER_GRIP if field.in_crater(place()) else 1.0
	var side: float = settings.friction * LunaFacts.GRAVITY
	var drive: float = minf(LunaFacts.DRIVE_FORCE / settings.mass, side) * delta * grip
	along = move_toward(along, asked.x * settings.max_speed * grip, drive)
	# Wheels that spin without turning the rover hold less.
	var spinning: float = absf(asked.y * LunaFacts.MAX_TURN - angular_velocity) / LunaFacts.MAX_TURN
	var hold: float = 1.0 - (1.0 - LunaFacts.SPINNING_GRIP) * minf(spinning, 1.0)
	across = move_toward(across, 0.0, side * delta * grip * hold)
	var turn: float = LunaFacts.TURN_TORQUE_PER_INERTIA / settings.mass * delta
	angular_velocity = move_toward(angular_velocity, asked.y * LunaFacts.MAX_TURN, turn)
	moving = (ahead * along + ahead.orthogonal() * -across).limit_length(settings.max_speed)
	linear_velocity = moving * LunaFacts.PIXELS


func _command_now() -> Vector2:
	var now: Vector2 = command
	if settings.action_delay > 0:
		_past[_tick % (MOST_DELAY + 1)] = command
		now = _past[posmod(_tick - settings.action_delay, MOST_DELAY + 1)]
		_tick += 1
	if settings.actuator_noise > 0.0:
		var place_of: int = NOISE_PLACE + 2 * decisions
		var off: Vector2 = Vector2(noise(_seed, place_of), noise(_seed, place_of + 1))
		now *= Vector2.ONE + off * settings.actuator_noise
		now = now.clamp(-Vector2.ONE, Vector2.ONE)
	return now


## A random number in [-1, 1): number [param place_of] of the episode with [param episode_seed].
static func noise(episode_seed: int, place_of: int) -> float:
	return (RLEpisodeSeed.mix(episode_seed, place_of) >> 7) * pow(2.0, -23.0) - 1.0
