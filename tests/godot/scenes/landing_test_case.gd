class_name LandingTestCase
extends ScenarioTestCase
## Builders for the tests of the spacecraft landing: a scene without a trainer.

const SCENE: String = "res://scenes/spacecraft_landing/spacecraft_landing.tscn"
## Ticks of a decision.
const REPEAT: int = 18

var scene: SpacecraftLanding
var lander: Lander
var controller: SpacecraftLandingController
var origin: FloatingOrigin
var judge: LandingJudge


## Adds a scene whose current episode is the one of [param episode_seed].
func build(episode_seed: int = 1, place: Vector3 = Vector3.ZERO) -> void:
	scene = (load(SCENE) as PackedScene).instantiate()
	scene.position = place
	controller = scene.get_node("AIController3D")
	origin = scene.get_node("FloatingOrigin")
	add_child(scene)
	lander = scene.lander
	judge = controller.judge
	take_over(controller, episode_seed)


## Puts the craft upright with its feet at [param offset] from the pad, at [param velocity].
func hang(offset: Vector3, velocity: Vector3 = Vector3.ZERO, tilt: float = 0.0) -> void:
	await wait_physics()
	begin(1)
	var turn: Basis = Basis(Vector3.RIGHT, tilt)
	var pad: Vector3 = controller.pad.global_position
	var place: Vector3 = pad + offset + turn.y * Lander.FEET
	lander.restart(Transform3D(turn, place), velocity, Vector3.ZERO, 3.71)
	judge.begin(3.71, 200.0)
	controller.watch.begin(3.71)


## Sets the action and lets [param ticks] pass. [param main] in [0, 1].
func act(
	main: float,
	sideways: Vector2 = Vector2.ZERO,
	turn: Vector2 = Vector2.ZERO,
	ticks: int = REPEAT,
) -> void:
	(
		controller
		. set_action(
			{
				"thrust_x": [sideways.x],
				"thrust_y": [main * 2.0 - 1.0],
				"thrust_z": [sideways.y],
				"torque_pitch": [turn.x],
				"torque_roll": [turn.y],
			}
		)
	)
	await wait_physics(ticks)


## Lets LandingGuide fly until the flight is over; at most [param decisions].
func guide(decisions: int = 500) -> void:
	var pilot: LandingGuide = LandingGuide.new()
	for decision: int in decisions:
		if controller.done or controller.walk.is_on:
			return
		controller.set_action(pilot.decide(controller.get_obs()["obs"]))
		await wait_physics(REPEAT)


## Observations and rewards of [param decisions] with actions from a fixed seed.
func roll(decisions: int) -> PackedFloat32Array:
	var rng: RandomNumberGenerator = RandomNumberGenerator.new()
	rng.seed = 4
	var values: PackedFloat32Array = []
	for decision: int in decisions:
		values.append_array(controller.get_obs()["obs"])
		values.append(controller.get_reward())
		var sideways: Vector2 = Vector2(rng.randf_range(-1.0, 1.0), rng.randf_range(-1.0, 1.0))
		var turn: Vector2 = Vector2(rng.randf_range(-1.0, 1.0), rng.randf_range(-1.0, 1.0))
		await act(rng.randf(), sideways * 0.3, turn)
	return values
