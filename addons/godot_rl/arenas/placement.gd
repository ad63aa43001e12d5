class_name RLPlacement
extends RefCounted
## Puts bodies where they stand at once, so that rays and shapes meet them there in the same tick.
##
## Called by scenes that move bodies when an episode begins. A static or rigid body is there after
## force_update_transform(). The physics servers move a kinematic one (CharacterBody,
## AnimatableBody) only with their next step: until then others see it where it stood before, and
## the first observation of an episode depends on the one before. A static body is moved at once, so
## a kinematic one is made static for the moment. It never moves a node.


## Makes the physics server hold [param body] where its node stands now.
static func settle(body: PhysicsBody3D) -> void:
	body.force_update_transform()
	var rid: RID = body.get_rid()
	if PhysicsServer3D.body_get_mode(rid) != PhysicsServer3D.BODY_MODE_KINEMATIC:
		return
	PhysicsServer3D.body_set_mode(rid, PhysicsServer3D.BODY_MODE_STATIC)
	PhysicsServer3D.body_set_state(rid, PhysicsServer3D.BODY_STATE_TRANSFORM, body.global_transform)
	PhysicsServer3D.body_set_mode(rid, PhysicsServer3D.BODY_MODE_KINEMATIC)


## The same in two dimensions.
static func settle_2d(body: PhysicsBody2D) -> void:
	body.force_update_transform()
	var rid: RID = body.get_rid()
	if PhysicsServer2D.body_get_mode(rid) != PhysicsServer2D.BODY_MODE_KINEMATIC:
		return
	PhysicsServer2D.body_set_mode(rid, PhysicsServer2D.BODY_MODE_STATIC)
	PhysicsServer2D.body_set_state(rid, PhysicsServer2D.BODY_STATE_TRANSFORM, body.global_transform)
	PhysicsServer2D.body_set_mode(rid, PhysicsServer2D.BODY_MODE_KINEMATIC)
