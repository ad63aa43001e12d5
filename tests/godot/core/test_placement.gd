extends GodotTestCase
## Bodies that are put somewhere are met there in the same tick, whatever kind they are.


func test_a_kinematic_body_is_met_where_it_was_put() -> void:
	var body: CharacterBody3D = CharacterBody3D.new()
	var shape: CollisionShape3D = CollisionShape3D.new()
	shape.shape = BoxShape3D.new()
	body.add_child(shape)
	add_child(body)
	await wait_physics(2)
	check_near(_hit(), -0.5)
	body.position.z = 3.0
	RLPlacement.settle(body)
	check_near(_hit(), 2.5)
	body.position.z = 6.0
	RLPlacement.settle(body)
	check_near(_hit(), 5.5)
	await wait_physics(2)
	check_near(_hit(), 5.5, 1e-5, "and it stays there")
	body.position.z = 8.0
	await wait_physics(2)
	check_near(_hit(), 7.5, 1e-5, "it still moves")


func test_a_rigid_body_is_met_where_it_was_put_and_goes_on() -> void:
	var body: RigidBody3D = RigidBody3D.new()
	var shape: CollisionShape3D = CollisionShape3D.new()
	shape.shape = BoxShape3D.new()
	body.add_child(shape)
	body.gravity_scale = 0.0
	add_child(body)
	await wait_physics(2)
	body.linear_velocity = Vector3(0.0, 0.0, 9.0)
	body.position.z = 3.0
	RLPlacement.settle(body)
	check_near(_hit(), 2.5)
	await wait_physics(10)
	check(body.position.z > 3.5, "it kept its velocity: %s" % body.position.z)


func test_the_same_in_two_dimensions() -> void:
	var body: CharacterBody2D = CharacterBody2D.new()
	var shape: CollisionShape2D = CollisionShape2D.new()
	shape.shape = RectangleShape2D.new()
	body.add_child(shape)
	add_child(body)
	await wait_physics(2)
	body.position.x = 300.0
	RLPlacement.settle_2d(body)
	var query: PhysicsRayQueryParameters2D = PhysicsRayQueryParameters2D.create(
		Vector2(-500.0, 0.0), Vector2(500.0, 0.0)
	)
	var space: PhysicsDirectSpaceState2D = get_viewport().world_2d.direct_space_state
	check_near(space.intersect_ray(query).get("position", Vector2.ZERO).x, 290.0)


# Where a ray along +z meets something.
func _hit() -> float:
	var query: PhysicsRayQueryParameters3D = PhysicsRayQueryParameters3D.create(
		Vector3(0.0, 0.0, -20.0), Vector3(0.0, 0.0, 20.0)
	)
	var space: PhysicsDirectSpaceState3D = get_viewport().find_world_3d().direct_space_state
	var met: Dictionary = space.intersect_ray(query)
	return met["position"].z if not met.is_empty() else INF
