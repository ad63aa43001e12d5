class_name VRTestCase
extends ScenarioTestCase
## Builders for the tests of the VR locomotion scenario: a scene without a trainer.

const SCENE: String = "res://scenes/features/vr_locomotion_test.tscn"

var scene: VRLocomotionTest
var player: VRPlayer
var course: Course
var controller: VRLocomotionController


## Adds a scenario whose current episode is the one of [param episode_seed]. Head and hands hold
## still, so that a test knows where they are: [method build_person] lets them move.
func build(episode_seed: int = 1, place: Vector3 = Vector3.ZERO) -> void:
	_build(episode_seed, place, false)


## Adds a scenario as it is: head and hands move as a person's.
func build_person(episode_seed: int = 1) -> void:
	_build(episode_seed, Vector3.ZERO, true)


func _build(episode_seed: int, place: Vector3, moves: bool) -> void:
	scene = (load(SCENE) as PackedScene).instantiate()
	scene.position = place
	player = scene.get_node("Player")
	if not moves:
		player.headset.moves = false
	add_child(scene)
	course = scene.get_node("Course")
	controller = scene.get_node("Player/AIController3D")
	take_over(controller, episode_seed)


## Removes the boxes and stands the player in the middle, facing -z, with a straight head.
func clear_floor() -> void:
	for body: StaticBody3D in course.obstacles:
		body.position = Vector3(0.0, 50.0, 0.0)
		body.force_update_transform()
	player.restart(scene.global_position, 0.0)
	player.headset.look(0.0, 0.0)


## Holds the sticks and the trigger there and lets [param ticks] pass.
func hold(x: float, z: float, turn: float, trigger: float, ticks: int = 1) -> void:
	player.headset.set_inputs(Vector2(x, z), Vector2(turn, 0.0), trigger)
	await wait_physics(ticks)


## Sets the action and lets [param ticks] pass.
func act(x: float, z: float, rotate: float, teleport: float, ticks: int = 1) -> void:
	controller.set_action(
		{"move_x": [x], "move_z": [z], "rotate": [rotate], "teleport": [teleport]}
	)
	await wait_physics(ticks)


## Plays the running episode with the scripted driver; false when it did not end in time.
func drive(driver: VRScriptedDriver, action_repeat: int = 8) -> bool:
	for decision: int in ceili(controller.reset_after / float(action_repeat)):
		controller.set_action(driver.decide(controller))
		await wait_physics(action_repeat)
		if controller.done:
			return true
	return false
