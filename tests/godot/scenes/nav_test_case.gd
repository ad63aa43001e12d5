class_name NavTestCase
extends GodotTestCase
## Builders for the tests of the VR navigation scenario: a scene without a trainer.

const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const SCENE: String = "res://scenes/vr_navigation/vr_navigation.tscn"
const DELTA: float = 1.0 / 90.0
## Ticks of a decision.
const REPEAT: int = 9

var scene: VRNavigation
var player: NavPlayer
var course: NavCourse
var controller: VRNavigationController
# Counts the ticks, as Sync's does.
var _roster: RLRoster = RLRoster.new()
var _set: PackedStringArray = []


func _ready() -> void:
	process_physics_priority = 1000000  # a tick is over


func _physics_process(_delta: float) -> void:
	_roster.advance()


func _exit_tree() -> void:
	for name: String in _set:
		RLParameters.shared().set_values({name: null})


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
	controller.heuristic = "model"
	_roster = RLRoster.new()
	_roster.join(controller, 1)
	begin(episode_seed)


## Begins the episode of this seed as Sync does.
func begin(episode_seed: int) -> void:
	controller.reset()
	controller.begin_episode(episode_seed)
	controller.zero_reward()
	controller.done = false


## Sets an environment parameter until the test ends.
func set_parameter(name: String, value: float) -> void:
	_set.append(name)
	Sync.set_parameter(name, value)


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


## The element [param name] of an observation.
func observe(name: String) -> float:
	var values: PackedFloat32Array = controller.get_obs()["obs"]
	return values[NavObservation.NAMES.find(name)]


## A random action of three numbers.
func draw(rng: RandomNumberGenerator) -> Vector3:
	return Vector3(
		rng.randf_range(-1.0, 1.0), rng.randf_range(-1.0, 1.0), rng.randf_range(-1.0, 1.0)
	)
