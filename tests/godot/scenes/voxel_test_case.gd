class_name VoxelTestCase
extends GodotTestCase
## Builders for the tests of the voxel stress scenario: a scene without a trainer, times modelled.

const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const SCENE: String = "res://scenes/voxel_stress/voxel_stress.tscn"
const DELTA: float = 1.0 / 90.0
## Ticks of a decision.
const REPEAT: int = 9

var scene: VoxelStress
var terrain: VoxelTerrain
var walker: VoxelWalker
var controller: VoxelStressController
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


## Adds a scenario whose current episode is the one of [param episode_seed].
func build(episode_seed: int = 1, place: Vector3 = Vector3.ZERO) -> void:
	set_parameter("measured_times", 0.0)
	scene = (load(SCENE) as PackedScene).instantiate()
	scene.position = place
	add_child(scene)
	terrain = scene.terrain
	walker = scene.walker
	controller = scene.get_node("Walker/AIController3D")
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


## Takes a decision.
func act(direction: Vector2, speed: float, jump: float = -1.0, ticks: int = REPEAT) -> void:
	controller.set_action(
		{"direction": [direction.x, direction.y], "speed": [speed], "jump": [jump]}
	)
	await wait_physics(ticks)


## Takes [param decisions] decisions with the same action.
func hold(direction: Vector2, speed: float, jump: float, decisions: int) -> void:
	for decision: int in decisions:
		await act(direction, speed, jump)


## Lets the terrain alone follow a way from [param place]: [param step] m a tick.
func lead(place: Vector3, step: Vector3, ticks: int) -> Vector3:
	for tick: int in ticks:
		place += step
		terrain.tick(place)
	return place


## The element [param name] of an observation.
func observe(name: String) -> float:
	var values: PackedFloat32Array = controller.get_obs()["obs"]
	return values[VoxelObservation.NAMES.find(name)]
