class_name NavTestCase
extends ScenarioTestCase
## Builders for the tests of the VR navigation scenario: a scene without a trainer.

const SCENE: String = "res://scenes/vr_navigation/vr_navigation.tscn"
## Ticks of a decision.
const REPEAT: int = 9

var scene: VRNavigation
var player: NavPlayer
var course: NavCourse
var controller: VRNavigationController


## Adds a scenario whose current episode is the one of [param episode_seed] on a course of
## [param kind].
func build(episode_seed: int = 1, kind: int = 2, place: Vector3 = Vector3.ZERO) -> void:
	scene = (load(SCENE) as PackedScene).instantiate()
	scene.position = place
	controller = scene.get_node("Player/AIController3D")
	controller.course_kind = kind
	add_child(scene)
	player = scene.player
	course = scene.course
	take_over(controller, episode_seed)


## Begins an episode on an empty floor with the player at [param place], facing -z, and the goal out
## of reach.
func stand(place: Vector3 = Vector3.ZERO, is_level: bool = true) -> void:
	await wait_physics()
	controller.course_kind = NavCourse.Kind.EMPTY
	begin(1)
	course.goal = Vector3(0.0, 20.0, 0.0)
	player.restart(scene.to_global(place), 0.0, is_level)
	controller._start_way()


## Sets the action and lets [param ticks] pass.
func act(horizontal: float, vertical: float, rotation: float, ticks: int = REPEAT) -> void:
	controller.set_action(
		{"horizontal": [horizontal], "vertical": [vertical], "rotation": [rotation]}
	)
	await wait_physics(ticks)


## Takes [param decisions] decisions with the same action.
func hold(horizontal: float, vertical: float, rotation: float, decisions: int) -> void:
	for decision: int in decisions:
		await act(horizontal, vertical, rotation)


## Adds a box to the scene, on the ground's layer or on the obstacles'.
func add_box(centre: Vector3, size: Vector3, layer: int, tilt: float = 0.0) -> StaticBody3D:
	var shape: BoxShape3D = BoxShape3D.new()
	shape.size = size
	var collision: CollisionShape3D = CollisionShape3D.new()
	collision.shape = shape
	var body: StaticBody3D = StaticBody3D.new()
	body.collision_layer = layer
	body.collision_mask = 0
	body.add_child(collision)
	body.transform = Transform3D(Basis(Vector3.RIGHT, tilt), centre)
	scene.add_child(body)
	return body


## A random action of three numbers.
func draw(rng: RandomNumberGenerator) -> Vector3:
	return Vector3(
		rng.randf_range(-1.0, 1.0), rng.randf_range(-1.0, 1.0), rng.randf_range(-1.0, 1.0)
	)
