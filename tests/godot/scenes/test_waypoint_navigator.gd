extends GodotTestCase
## WaypointNavigator: the rule's ways, what it reaches, and a policy in the rule's place.

const SCENE: PackedScene = preload("res://scenes/features/vr_waypoints_test.tscn")
const POLICY_SCENE: PackedScene = preload("res://scenes/features/vr_waypoints_policy_test.tscn")
const POLICY: String = "res://baselines/vr_locomotion_baseline.onnx"

var body: StaticBody3D
var navigator: WaypointNavigator


func _ready() -> void:
	body = StaticBody3D.new()
	add_child(body)
	navigator = WaypointNavigator.new()
	navigator.body = body
	body.add_child(navigator)


func test_it_heads_for_the_waypoint_in_the_heads_frame() -> void:
	navigator.walk([Vector3(0.0, 0.0, -5.0)])
	await wait_physics(2)
	check_near(navigator.steer().y, navigator.pace, 1e-4, "straight ahead")
	body.rotation.y = PI / 2.0
	check_near(navigator.steer().x, navigator.pace, 1e-4, "to the right of who looks left")


func test_it_goes_round_a_box() -> void:
	var box: StaticBody3D = StaticBody3D.new()
	box.collision_layer = 2
	var shape: CollisionShape3D = CollisionShape3D.new()
	shape.shape = BoxShape3D.new()
	box.add_child(shape)
	box.position = Vector3(0.0, 0.5, -1.5)
	add_child(box)
	navigator.walk([Vector3(0.0, 0.0, -5.0)])
	await wait_physics(2)
	var way: Vector2 = navigator.steer()
	check(absf(way.x) > 0.2, "aside: %s" % way)
	check(way.y > 0.0, "and on: %s" % way)


func test_it_counts_what_it_reaches() -> void:
	var heard: Array[int] = []
	navigator.waypoint_reached.connect(func(index: int) -> void: heard.append(index))
	navigator.walk([Vector3(0.0, 0.0, -2.0), Vector3(0.0, 0.0, -4.0)])
	navigator.advance(0.5)
	check_equal(navigator.reached, 0, "too far yet")
	for z: float in [-1.5, -3.5]:
		body.position.z = z
		navigator.advance(0.5)
	check_equal(heard, [0, 1] as Array[int], "told")
	check(navigator.is_finished(), "finished")
	navigator.advance(0.5)
	check_near(navigator.time, 1.5, 1e-6, "time stands still after the last one")
	check_equal(navigator.steer(), Vector2.ZERO, "nothing is left to do")


func test_a_policy_decides_in_the_rules_place() -> void:
	var playing: WaypointNavigator = WaypointNavigator.new()
	playing.policy_path = POLICY
	playing.body = body
	add_child(playing)
	playing.walk([Vector3(0.0, 0.0, -5.0)])
	await wait_physics(2)
	var observation: PackedFloat32Array = []
	observation.resize(32)
	var chosen: PackedFloat32Array = playing.choose(observation)
	var wanted: PackedFloat32Array = ONNXModel.load_file(POLICY).forward(observation)
	check_equal(chosen, wanted, "the policy's outputs")
	check_equal(navigator.choose(observation).size(), 2, "the rule's")


func test_a_policy_that_cannot_be_used_leaves_the_rule() -> void:
	expect_error("cannot open")
	expect_error("the rule walks")
	var lost: WaypointNavigator = WaypointNavigator.new()
	lost.policy_path = "res://nothing.onnx"
	lost.body = body
	add_child(lost)
	lost.walk([Vector3(0.0, 0.0, -5.0)])
	await wait_physics(2)
	check_equal(lost.choose(PackedFloat32Array()).size(), 2, "the rule's numbers")


func test_rule_and_policy_walk_a_course() -> void:
	var times: Array[float] = []
	for packed: PackedScene in [SCENE, POLICY_SCENE]:
		var scene: Node3D = packed.instantiate()
		add_child(scene)
		var controller: VRLocomotionController = scene.get_node("Player/AIController3D")
		controller.set_heuristic("human")
		controller.begin_episode(3)
		for i: int in 40:
			await wait_physics(90)
			if controller.done:
				break
		var metrics: Dictionary = controller.get_info().get("metrics", {})
		check_equal(metrics.get("waypoints", -1), 3, "waypoints in %s" % scene.name)
		check_equal(metrics.get("collisions", -1), 0, "touches in %s" % scene.name)
		times.append(metrics.get("course_time", INF))
		scene.free()
	check(times[1] < times[0], "the policy walks at full speed, the rule does not: %s" % [times])


func test_the_policy_of_the_scene_chooses_what_the_player_does() -> void:
	var scene: Node3D = POLICY_SCENE.instantiate()
	add_child(scene)
	var controller: VRLocomotionController = scene.get_node("Player/AIController3D")
	controller.set_heuristic("human")
	controller.begin_episode(3)
	var observation: PackedFloat32Array = []
	observation.resize(controller.get_obs_size())
	controller.write_obs(observation, 0)
	var wanted: PackedFloat32Array = ONNXModel.load_file(POLICY).forward(observation)
	await wait_physics(2)
	var stick: Vector2 = controller.player.locomotion.left_hand.get_vector2(VRLocomotion.STICK)
	var way: Vector2 = Vector2(wanted[0], wanted[1]).limit_length(1.0)
	check(stick.normalized().dot(way.normalized()) > 0.95, "the stick: %s, %s" % [stick, way])
	var rule: Vector2 = (scene.get_node("Player/WaypointNavigator") as WaypointNavigator).steer()
	check(stick.distance_to(rule) > 0.02, "it is not the rule's: %s, %s" % [stick, rule])
	scene.free()
