class_name NavLanding
extends RefCounted
## Finds out whether a teleport can land: ground below, room for the body, and nothing between the
## eyes and the place.
##
## NavLocomotion asks it when a stick is let go, and the view while it is aimed. It moves nothing.

## How far above and below the feet ground is looked for, m.
const REACH: float = 1.5

var _locomotion: NavLocomotion
var _ray: PhysicsRayQueryParameters3D = PhysicsRayQueryParameters3D.new()
var _clear: PhysicsShapeQueryParameters3D = PhysicsShapeQueryParameters3D.new()
var _centre: Vector3 = Vector3.ZERO


func _init(locomotion: NavLocomotion) -> void:
	_locomotion = locomotion
	_clear.collision_mask = locomotion.obstacle_mask | locomotion.ground_mask
	_clear.exclude = [locomotion.body.get_rid()]
	for child: Node in locomotion.body.get_children():
		var owned: CollisionShape3D = child as CollisionShape3D
		if owned != null and owned.shape is CapsuleShape3D:
			var capsule: CapsuleShape3D = owned.shape.duplicate()
			capsule.radius += locomotion.teleport_margin
			_clear.shape = capsule
			_centre = owned.position


## The place (global, on the ground) [param offset] m from the feet, or Vector3.INF.
func find(offset: Vector3) -> Vector3:
	var body: CharacterBody3D = _locomotion.body
	var space: PhysicsDirectSpaceState3D = body.get_world_3d().direct_space_state
	var target: Vector3 = body.global_position + offset
	_ray.collision_mask = _locomotion.ground_mask
	_ray.from = target + Vector3.UP * REACH
	_ray.to = target + Vector3.DOWN * REACH
	var ground: Dictionary = space.intersect_ray(_ray)
	if ground.is_empty():
		return Vector3.INF
	var landing: Vector3 = ground["position"]
	_clear.transform.origin = landing + _centre
	if not space.intersect_shape(_clear, 1).is_empty():
		return Vector3.INF
	_ray.collision_mask = _locomotion.obstacle_mask
	_ray.from = _locomotion.camera.global_position
	_ray.to = landing + Vector3.UP * 0.3
	if not space.intersect_ray(_ray).is_empty():
		return Vector3.INF
	return landing
