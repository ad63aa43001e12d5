class_name RLEnergyDetector
extends RLBodyDetector
## Finds energy that appears from nothing: finding [code]energy_gain[/code].
##
## The mechanical energy of all bodies together (of motion, of turning, of height) may fall and may
## be passed on; it rises only where the game pushes. A game tells what it does on purpose by
## [method allow]. Bodies that come or go bring and take their own.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## A rise in one tick that is not told, J.
@export_range(0.1, 1000.0, 0.1, "or_greater", "suffix:J") var tolerance: float = 5.0
## The same as a share of all energy that is there: solving contacts makes some in each tick.
@export_range(0.0, 1.0, 0.01) var tolerated_share: float = 0.01

## Largest rise in one tick that was not allowed, since [method restart], J.
var largest: float = 0.0

# Energy of each body at the last look, J.
var _energy: Dictionary[RigidBody3D, float] = {}
var _allowed: float = 0.0
var _gravity: float = ProjectSettings.get_setting("physics/3d/default_gravity")


## The game does so much work on bodies in this tick, J.
func allow(joules: float) -> void:
	_allowed += maxf(joules, 0.0)


## See RLBodyDetector.
func restart() -> void:
	_energy.clear()
	_allowed = 0.0
	largest = 0.0


## Mechanical energy of [param body], J: above the height 0 of [member watched].
func energy_of(body: RigidBody3D) -> float:
	return _energy_of(body, _ground())


# The same above a height that is known, m.
func _energy_of(body: RigidBody3D, ground: float) -> float:
	var spin: Vector3 = body.angular_velocity
	var turning: float = 0.0
	if spin.length_squared() > 0.0001:
		turning = 0.5 * spin.dot(body.get_inverse_inertia_tensor().inverse() * spin)
	var mass: float = body.mass
	var lift: float = mass * _gravity * body.gravity_scale * (body.global_position.y - ground)
	return 0.5 * mass * body.linear_velocity.length_squared() + turning + lift


func _ground() -> float:
	return (watched as Node3D).global_position.y if watched is Node3D else 0.0


func _went(body: RigidBody3D) -> void:
	_energy.erase(body)


func _look(_delta: float) -> void:
	var total: float = 0.0
	var gained: float = 0.0
	var ground: float = _ground()
	for body: RigidBody3D in bodies:
		var now: float = _energy_of(body, ground)
		total += absf(now)
		gained += now - _energy.get(body, now)
		_energy[body] = now
	gained -= _allowed
	_allowed = 0.0
	largest = maxf(largest, gained)
	if gained > tolerance and gained > tolerated_share * total:
		_tell("energy_gain", "energy appeared from nothing", {"joules": snappedf(gained, 0.1)})
