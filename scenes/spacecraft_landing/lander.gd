class_name Lander
extends RigidBody3D
## The craft: engines, fuel, and what happens when it touches the ground.
##
## The controller sets [member thrust] and [member torque], which are held; every tick turns them
## into forces and burns fuel. The body's origin is the centre of mass; the feet are FEET below it.
## It knows nothing of the pad, of rewards or of episodes.

## Simulated time has passed since the last one: [param seconds].
signal sampled(seconds: float)
## The craft touched something, at the velocity it had before. Once a flight.
signal touched_down(velocity: Vector3)
## The last tick of the time limit has come, [param seconds] after the last [signal sampled].
signal ran_out_of_time(seconds: float)

## Ticks between two [signal sampled].
const SAMPLE_TICKS: int = 9
## Largest force of the engines, N, and largest torque about each axis, N m.
const MAX_THRUST: float = 10000.0
const MAX_TORQUE: float = 500.0
## Speed at which the engines throw out fuel, m/s (hydrazine).
const EXHAUST_SPEED: float = 2200.0
const DRY_MASS: float = 1300.0
## Fuel of a full tank, kg. One kilogram is one unit of fuel.
const TANK: float = 300.0
## Depth of the feet below the centre of mass, m.
const FEET: float = 1.6
## Gravity of the engine's default space, m/s^2, on which gravity_scale counts.
const ENGINE_GRAVITY: float = 9.8

## What the engines do, in the craft's axes: x, z in [-1, 1], y in [0, 1], length at most 1.
var thrust: Vector3 = Vector3.ZERO
## What the attitude jets do, in the craft's axes: [-1, 1] about x and z.
var torque: Vector3 = Vector3.ZERO
## Fuel that is left, kg.
var fuel: float = TANK
## Physics ticks since the flight began.
var ticks: int = 0
## Velocity at the end of the last tick, m/s.
var velocity: Vector3 = Vector3.ZERO
## The flight is over: nothing burns and nothing is told.
var is_over: bool = false
## Tick after which [signal ran_out_of_time] comes.
var last_tick: int = 9000
## Planted bugs, see LandingBugs.
var bugs: LandingBugs = LandingBugs.new()

var _tick_length: float = 1.0 / Engine.physics_ticks_per_second

@onready var _legs: CollisionShape3D = $Legs


func _physics_process(_delta: float) -> void:
	if is_over:
		return
	if ticks > 0 and get_contact_count() > 0:
		touched_down.emit(velocity)
		return
	velocity = linear_velocity
	if ticks % SAMPLE_TICKS == 0 and ticks > 0:
		sampled.emit(SAMPLE_TICKS * _tick_length)
		if is_over:
			return
	ticks += 1
	_burn()
	if ticks >= last_tick:
		ran_out_of_time.emit(((ticks - 1) % SAMPLE_TICKS + 1) * _tick_length)


## Puts the craft at the start of a flight, at once.
func restart(place: Transform3D, speed: Vector3, spin: Vector3, gravity: float) -> void:
	thrust = Vector3.ZERO
	torque = Vector3.ZERO
	fuel = TANK
	ticks = 0
	velocity = speed
	is_over = false
	gravity_scale = gravity / ENGINE_GRAVITY
	mass = DRY_MASS + fuel
	_legs.disabled = false
	global_transform = place
	linear_velocity = speed
	angular_velocity = spin
	force_update_transform()


## The point between the feet, in the coordinates of the world.
func feet() -> Vector3:
	var frame: Transform3D = global_transform
	return frame.origin - frame.basis.y * FEET


## The craft's axes without its pitch and roll: right, up and back, level.
func level_basis() -> Basis:
	return Basis(Vector3.UP, global_basis.get_euler().y)


## Sets what the engines do until the next call; [param wanted] is limited to length 1.
func steer(wanted: Vector3, turn: Vector3) -> void:
	thrust = Vector3(wanted.x, maxf(wanted.y, 0.0), wanted.z).limit_length(1.0)
	torque = turn
	mass = DRY_MASS + fuel


func _burn() -> void:
	var frame: Basis = global_basis
	if fuel > 0.0 and thrust != Vector3.ZERO:
		apply_central_force(frame * thrust * MAX_THRUST)
		if not (bugs.free_thrust and bugs.is_free(thrust)):
			var burnt: float = thrust.length() * MAX_THRUST / EXHAUST_SPEED * _tick_length
			fuel = maxf(fuel - burnt, 0.0)
	if torque != Vector3.ZERO and not (bugs.dead_gyro and bugs.is_locked(frame)):
		apply_torque(frame * torque * MAX_TORQUE)
	if bugs.leg_tunnelling:
		bugs.move_legs(_legs, velocity)
