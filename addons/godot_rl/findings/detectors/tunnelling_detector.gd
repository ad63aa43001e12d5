class_name RLTunnellingDetector
extends RLBodyDetector
## Finds bodies that went through something solid: finding [code]tunnelling[/code].
##
## A body's centre moves in a straight line from tick to tick. Where that line enters a static body
## at one side and leaves it at another, the body went through. A body that the game moves itself
## (freeze) is left out until it is let go.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## Physics layers of what nothing may go through.
@export_flags_3d_physics var solid_mask: int = 1
## A centre that moved less is not looked at, m.
@export_range(0.001, 1.0, 0.001, "suffix:m") var least_way: float = 0.02

# Last place of each body's centre that was in no solid.
var _free: Dictionary[RigidBody3D, Vector3] = {}
var _query: PhysicsRayQueryParameters3D = PhysicsRayQueryParameters3D.new()


## See RLBodyDetector.
func restart() -> void:
	_free.clear()


func _went(body: RigidBody3D) -> void:
	_free.erase(body)


func _look(_delta: float) -> void:
	for body: RigidBody3D in bodies:
		var place: Vector3 = body.global_position
		if body.freeze or not _free.has(body):
			_free[body] = place
			continue
		var from: Vector3 = _free[body]
		if from.distance_squared_to(place) < least_way * least_way:
			continue
		if _hit(body, from, place).is_empty():
			_free[body] = place
			continue
		var wall: Dictionary = _hit(body, place, from)
		if not wall.is_empty():
			_free[body] = place
			_report(body, wall, from, place)


func _hit(body: RigidBody3D, from: Vector3, to: Vector3) -> Dictionary:
	_query.from = from
	_query.to = to
	_query.collision_mask = solid_mask
	if body.collision_layer & solid_mask != 0:
		_query.exclude = [body.get_rid()]
	elif not _query.exclude.is_empty():
		_query.exclude = []
	return body.get_world_3d().direct_space_state.intersect_ray(_query)


func _report(body: RigidBody3D, wall: Dictionary, from: Vector3, to: Vector3) -> void:
	var solid: Node = wall["collider"] as Node
	if not solid is StaticBody3D:
		return
	var told: Dictionary = {
		"body": str(body.name),
		"from": watched_place(from),
		"to": watched_place(to),
		"speed": snappedf(body.linear_velocity.length(), 0.01),
	}
	_tell("tunnelling", "a body went through %s" % solid.name, told)


## [param place] as seen from [member watched] where it has a place.
func watched_place(place: Vector3) -> Vector3:
	var frame: Node3D = watched as Node3D
	return place if frame == null else frame.to_local(place).snapped(Vector3.ONE * 0.001)
