class_name WaypointNavigator
extends Node
## Walks given waypoints: by a simple rule, or as a trained policy decides where there is one.
##
## The owner calls [method walk] when an episode begins, [method choose] for each decision and
## [method advance] each physics tick. The rule heads for the waypoint and turns aside from what a
## ray meets. It moves nothing itself: it returns actions.

## The waypoint with this index was reached.
signal waypoint_reached(index: int)
## All waypoints were reached.
signal finished

## Degrees from the way to the waypoint that the rule tries, in this order.
const ASIDE: Array[float] = [0.0, 25.0, -25.0, 50.0, -50.0, 75.0, -75.0, 100.0, -100.0]
## Height above the body's origin at which it looks for obstacles, m.
const EYE: float = 0.6

## Who walks.
@export var body: CollisionObject3D
## Whose forward is the body's; not given: the body.
@export var facing: Node3D
## An ONNX policy that decides in the place of the rule, res:// or absolute; empty: the rule does.
@export_file("*.onnx") var policy_path: String = ""
## Distance over the ground at which a waypoint is reached, m.
@export_range(0.1, 10.0) var reach: float = 1.0
## Free way that the rule wants ahead, m.
@export_range(0.1, 10.0) var look_ahead: float = 1.6
## Half the width that the body needs, m.
@export_range(0.0, 2.0) var half_width: float = 0.4
## How fast the rule walks, as a share of full speed.
@export_range(0.05, 1.0) var pace: float = 0.8
## Physics layers of what is in the way.
@export_flags_3d_physics var obstacle_layers: int = 2

## Global, on the ground, in their order.
var waypoints: PackedVector3Array = []
## Waypoints that were reached.
var reached: int = 0
## Simulated time since [method walk], until the last waypoint, s.
var time: float = 0.0

var _policy: ONNXModel
var _side: float = 0.0


func _ready() -> void:
	if policy_path.is_empty():
		return
	_policy = ONNXModel.load_file(policy_path)
	if _policy == null:
		push_error(
			(
				"%s: the policy %s cannot be used (%s); the rule walks"
				% [get_path(), policy_path, ONNXModel.last_load_error]
			)
		)


## Begins a way; [param points] are global.
func walk(points: PackedVector3Array) -> void:
	waypoints = points
	reached = 0
	time = 0.0
	_side = 0.0


## Whether all waypoints were reached.
func is_finished() -> bool:
	return reached == waypoints.size()


## What to do now: the policy's outputs for [param observation] where there is a policy, else the
## rule's two numbers, to the right and forward, in [-1, 1].
func choose(observation: PackedFloat32Array) -> PackedFloat32Array:
	if _policy != null:
		var outputs: PackedFloat32Array = _policy.forward(observation)
		if not outputs.is_empty():
			return outputs
	var way: Vector2 = steer()
	return [way.x, way.y]


## The rule: to the right and forward, [member pace] long; zero when all waypoints were reached.
func steer() -> Vector2:
	if is_finished():
		return Vector2.ZERO
	var to: Vector3 = waypoints[reached] - body.global_position
	to.y = 0.0
	var wanted: float = minf(look_ahead, to.length())
	var best: Vector3 = to.normalized()
	var longest: float = -1.0
	for degrees: float in _tried():
		var direction: Vector3 = to.normalized().rotated(Vector3.UP, deg_to_rad(degrees))
		var free: float = _free_way(direction, wanted)
		if free > longest:
			longest = free
			best = direction
			_side = signf(degrees)
		if free >= wanted:
			break
	var head: Node3D = body if facing == null else facing
	var local: Vector3 = best.rotated(Vector3.UP, -head.global_rotation.y)
	return Vector2(local.x, -local.z) * pace


## Notes where the body is after a physics tick.
func advance(delta: float) -> void:
	if is_finished():
		return
	time += delta
	var to: Vector3 = waypoints[reached] - body.global_position
	if Vector2(to.x, to.z).length() > reach:
		return
	reached += 1
	waypoint_reached.emit(reached - 1)
	if is_finished():
		finished.emit()


# The side that it went last comes first, so that it does not turn to and fro before a box.
func _tried() -> Array[float]:
	if _side == 0.0:
		return ASIDE
	var ordered: Array[float] = []
	for degrees: float in ASIDE:
		ordered.append(absf(degrees) * _side * (1.0 if degrees >= 0.0 else -1.0))
	return ordered


# The least free way of three lines, through the body's axis and along its flanks.
func _free_way(direction: Vector3, wanted: float) -> float:
	var space: PhysicsDirectSpaceState3D = body.get_world_3d().direct_space_state
	var across: Vector3 = direction.cross(Vector3.UP) * half_width
	var least: float = wanted
	for side: float in [0.0, 1.0, -1.0]:
		var from: Vector3 = body.global_position + Vector3.UP * EYE + across * side
		var query: PhysicsRayQueryParameters3D = PhysicsRayQueryParameters3D.create(
			from, from + direction * wanted, obstacle_layers, [body.get_rid()]
		)
		var met: Dictionary = space.intersect_ray(query)
		if not met.is_empty():
			least = minf(least, from.distance_to(met["position"]))
	return least
