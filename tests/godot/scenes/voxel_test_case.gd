class_name VoxelTestCase
extends ScenarioTestCase
## Builders for the tests of the voxel stress scenario: a scene without a trainer, times modelled.

const SCENE: String = "res://scenes/voxel_stress/voxel_stress.tscn"
## Ticks of a decision.
const REPEAT: int = 9

var scene: VoxelStress
var terrain: VoxelTerrain
var walker: VoxelWalker
var controller: VoxelStressController


## Adds a scenario whose current episode is the one of [param episode_seed].
func build(episode_seed: int = 1, place: Vector3 = Vector3.ZERO) -> void:
	set_parameter("measured_times", 0.0)
	scene = (load(SCENE) as PackedScene).instantiate()
	scene.position = place
	add_child(scene)
	terrain = scene.terrain
	walker = scene.walker
	controller = scene.get_node("Walker/AIController3D")
	take_over(controller, episode_seed)


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
