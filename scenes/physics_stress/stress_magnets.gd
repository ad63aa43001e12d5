class_name StressMagnets
extends Node
## Lets the magnets of `physics_stress` pull each other, each its nearest few.
##
## [member checks] counts the pairs that were looked at: it is what a tick of this script costs
## where no clock is read.

## How far a magnet pulls, m, and how hard at most, N.
const REACH: float = 0.8
const FORCE: float = 4.0
## Magnets that one magnet looks at.
const LOOKS: int = 4
## Distance below which the bug shakes two magnets, m, and its speed, m/s.
const SHAKES: float = 0.5
const SHAKE: float = 3.0
## So many magnets in reach of one make the bug's cluster.
const CLUSTER: int = 6

@export var bodies: StressBodies

## Bugs of the scene.
var bug_swarm: bool = false
var bug_jitter: bool = false
## Particles are on.
var sparks: bool = false
## Pairs that were looked at in the last tick.
var checks: int = 0

# The bug's shaking: ticks, and whom it shakes in this one.
var _ticks: int = 0
var _shaken: Dictionary[RigidBody3D, bool] = {}
# What the bug works out for nothing.
var _nearest_m: float = INF


func _physics_process(_delta: float) -> void:
	checks = 0
	_ticks += 1
	var magnets: Array[RigidBody3D] = bodies.magnets
	var places: PackedVector3Array = []
	for body: RigidBody3D in magnets:
		places.append(body.position)
	for i: int in magnets.size():
		_pull(magnets, places, i)
	if bug_swarm:
		_rebuild_clusters(magnets)
	if bug_jitter:
		_shake()


# A magnet looks at the next few in the list: cheap, and each pair is met by one of both.
func _pull(magnets: Array[RigidBody3D], places: PackedVector3Array, i: int) -> void:
	var looks: int = mini(LOOKS, magnets.size() - 1)
	checks += looks
	for step: int in range(1, looks + 1):
		var other: int = (i + step) % magnets.size()
		var way: Vector3 = places[other] - places[i]
		var distance: float = way.length()
		if distance > REACH or distance < 0.01:
			continue
		var force: Vector3 = way / distance * FORCE * (1.0 - distance / REACH)
		if bug_jitter and sparks and distance < SHAKES:
			_shaken[magnets[i]] = true
			_shaken[magnets[other]] = true
		_push(magnets[i], force)


func _push(body: RigidBody3D, force: Vector3) -> void:
	body.apply_central_force(force)
	if bodies.energy != null:
		# What the force may do in a tick at this speed.
		var way: float = body.linear_velocity.length() / 90.0 + 0.01
		bodies.energy.allow(force.length() * way)


# The bug: magnets that nearly touch overshoot while there are sparks, forth and back for ever.
func _shake() -> void:
	var speed: float = SHAKE if _ticks % 2 == 0 else -SHAKE
	for body: RigidBody3D in _shaken:
		if bodies.energy != null:
			bodies.energy.allow(body.mass * SHAKE * SHAKE)
		body.linear_velocity.x = speed
	_shaken.clear()


# The bug: where magnets crowd, each of them asks all others again for each of its neighbours.
func _rebuild_clusters(magnets: Array[RigidBody3D]) -> void:
	for a: RigidBody3D in magnets:
		var near: Array[RigidBody3D] = []
		for b: RigidBody3D in magnets:
			checks += 1
			if a.position.distance_to(b.position) < 2.0 * REACH:
				near.append(b)
		if near.size() < CLUSTER:
			continue
		for b: RigidBody3D in near:
			for c: RigidBody3D in bodies.all:
				checks += 1
				_nearest_m = minf(_nearest_m, b.position.distance_to(c.position))
