class_name LandingWatch
extends Node
## Looks for what must never happen in a flight, and reports it to RLFindings.
##
## It knows Newton's laws and the craft's data sheet, not the code: feet below the ground
## ("tunnelling"), a change of velocity that no fuel was burnt for ("energy_gain"), jets that do not
## turn the craft ("dead_control"), a place that no speed explains ("teleport"). It looks at every
## sample, where the environment parameter `watch` is 1 (the default), and changes nothing.

## Something was reported, of this [param kind].
signal found(kind: String)

## Depth of the feet below the ground that is none of the ground's roughness, m.
const DEPTH: float = 0.3
## Change of velocity that needs no explanation, m/s, and share of the explained one.
const FREE_CHANGE: float = 0.1
const FREE_SHARE: float = 0.05
## Error of the predicted speed of turning, rad/s, and samples in a row that make a finding.
const TURN_ERROR: float = 0.02
const TURN_SAMPLES: int = 6
## Way that no speed explains, m.
const LEAP: float = 5.0

@export var lander: Lander
@export var terrain: LandingTerrain
@export var origin: FloatingOrigin
@export var arena: Node3D

## Whether anything is looked at.
var is_on: bool = true

var _gravity: float = 0.0
var _velocity: Vector3 = Vector3.ZERO
var _spin: Vector3 = Vector3.ZERO
var _fuel: float = 0.0
var _place: PackedFloat64Array = [0.0, 0.0, 0.0]
var _dead_samples: int = 0


## Begins a flight that the lander has just been put at.
func begin(gravity: float) -> void:
	is_on = Sync.get_parameter("watch", 1.0) > 0.5
	_gravity = gravity
	_dead_samples = 0
	_remember()


## Looks at the last [param seconds] of flight.
func look(seconds: float) -> void:
	if not is_on:
		return
	_look_for_thrust(seconds)
	_look_for_jets(seconds)
	_look_for_leap(seconds)
	look_at_feet()
	_remember()


## Looks whether the feet are in the ground.
func look_at_feet() -> void:
	if not is_on:
		return
	var feet: Vector3 = lander.feet()
	var ground: float = (
		terrain.to_global(Vector3(0.0, terrain.height_at(terrain.to_local(feet)), 0.0)).y
	)
	# A crash at speed goes on for two ticks before the ground has answered.
	var way: float = 2.0 * maxf(-_velocity.y, 0.0) / Engine.physics_ticks_per_second
	if feet.y < ground - DEPTH - way:
		_report("tunnelling", "the feet are in the ground", {"depth_m": ground - feet.y})


func _look_for_thrust(seconds: float) -> void:
	var change: Vector3 = lander.velocity - _velocity + Vector3.UP * _gravity * seconds
	var mass: float = Lander.DRY_MASS + lander.fuel
	var explained: float = (_fuel - lander.fuel) * Lander.EXHAUST_SPEED / mass
	if change.length() > explained * (1.0 + FREE_SHARE) + FREE_CHANGE:
		var data: Dictionary = {"change_m_s": change.length(), "explained_m_s": explained}
		_report("energy_gain", "the craft changed its velocity without burning fuel for it", data)


# The jets' torque and the damping give a speed of turning that can be told beforehand.
func _look_for_jets(seconds: float) -> void:
	var asked: Vector3 = lander.global_basis * lander.torque * Lander.MAX_TORQUE / lander.inertia.x
	var told: Vector3 = _spin + (asked - _spin * lander.angular_damp) * seconds
	var is_dead: bool = (
		asked.length() > 0.1
		and told.distance_to(lander.angular_velocity) > TURN_ERROR
		and (
			lander.angular_velocity.distance_to(_spin * (1.0 - lander.angular_damp * seconds))
			< TURN_ERROR * 0.5
		)
	)
	_dead_samples = _dead_samples + 1 if is_dead else 0
	if _dead_samples >= TURN_SAMPLES:
		var tilt: float = rad_to_deg(lander.global_basis.y.angle_to(Vector3.UP))
		_report("dead_control", "the attitude jets do not turn the craft", {"tilt_deg": tilt})


func _look_for_leap(seconds: float) -> void:
	var place: PackedFloat64Array = origin.on_planet(arena.to_local(lander.global_position))
	var way: Vector3 = Vector3(place[0] - _place[0], place[1] - _place[1], place[2] - _place[2])
	if way.distance_to(lander.velocity * seconds) > LEAP + _velocity.length() * 0.2:
		_report("teleport", "the craft is where its speed cannot have brought it", {"way_m": way})


func _remember() -> void:
	_velocity = lander.velocity
	_spin = lander.angular_velocity
	_fuel = lander.fuel
	_place = origin.on_planet(arena.to_local(lander.global_position))


func _report(kind: String, message: String, data: Dictionary) -> void:
	RLFindings.report(self, kind, message, data)
	found.emit(kind)
