extends AIController3D
## Shoots one of many balls into the others: rounding grows to another course within seconds, in
## every arena, although nothing here uses coordinates of the world.

const START: float = 6.0

@export var table: Node3D

var push: Vector2 = Vector2.ZERO


func begin_episode(episode_seed: int) -> void:
	var random: RandomNumberGenerator = RandomNumberGenerator.new()
	random.seed = episode_seed
	for i: int in table.get_child_count():
		var ball: RigidBody3D = table.get_child(i)
		ball.position = Vector3(i % 3 * 1.05, 0.5, floori(i / 3.0) * 1.05)
		if i == 0:
			ball.position = Vector3(-START, 0.5, random.randf_range(-1.0, 3.0))
		ball.rotation = Vector3.ZERO
		ball.linear_velocity = Vector3(20.0, 0.0, 0.0) if i == 0 else Vector3.ZERO
		ball.angular_velocity = Vector3.ZERO
		ball.force_update_transform()


func get_obs() -> Dictionary:
	var values: PackedFloat32Array = []
	for ball: RigidBody3D in table.get_children():
		values.append_array([ball.position.x / 10.0, ball.position.z / 10.0])
	return {"obs": values}


func get_action_space() -> Dictionary:
	return {"push": {"size": 2, "action_type": "continuous"}}


@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	push = Vector2(action["push"][0], action["push"][1])


func _physics_process(delta: float) -> void:
	super._physics_process(delta)
	var ball: RigidBody3D = table.get_child(0)
	ball.apply_central_force(Vector3(push.x, 0.0, push.y) * 30.0)
	reward += ball.position.x * 0.001
