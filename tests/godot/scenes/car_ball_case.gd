class_name CarBallCase
extends GodotTestCase
## Base of the tests of the scenario `car_ball`: an arena that the test starts and drives itself.

const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")
const SCENE: PackedScene = preload("res://scenes/car_ball/car_ball.tscn")

var arena: CarBall
var car: CarBody
var other: CarBody
var ball: BallBody


func _exit_tree() -> void:
	RLParameters._shared = null


## Adds an arena with [param team_size] cars a team and begins the episode of [param arena_seed].
func make(arena_seed: int = 1, team_size: int = 1) -> void:
	arena = SCENE.instantiate()
	arena.team_size = team_size
	add_child(arena)
	for each: CarBody in arena.cars:
		controller_of(each).set_heuristic("model")
	car = arena.cars[0]
	other = arena.cars[team_size]
	ball = arena.ball
	begin(arena_seed)


## Begins an episode as the addon does.
func begin(arena_seed: int) -> void:
	arena.begin_arena(arena_seed)
	for each: CarBody in arena.cars:
		var controller: CarController = controller_of(each)
		controller.rl_episode.clear_end()
		controller.begin_episode(arena_seed)
		controller.zero_reward()


func controller_of(of_car: CarBody) -> CarController:
	return of_car.get_node("AIController3D")


## Only the car plays: the others and the ball are out of its way.
func clear_field() -> void:
	put_ball(Vector3(0.0, BallBody.REST_HEIGHT, 48.0))
	for each: CarBody in arena.cars:
		if each != car:
			put(each, Vector3(10.0 * each.seat, CarChassis.REST_HEIGHT, -45.0))


## Puts a car somewhere, looking along -z, at rest.
func put(
	of_car: CarBody,
	at: Vector3,
	basis: Basis = Basis.IDENTITY,
	moving: Vector3 = Vector3.ZERO,
	boost: float = 100.0
) -> void:
	arena.put_car(of_car, Transform3D(basis, at), moving, Vector3.ZERO, boost)


func put_ball(at: Vector3, moving: Vector3 = Vector3.ZERO) -> void:
	arena.put_ball(at, moving)


## Lets so many seconds pass.
func play(seconds: float) -> void:
	await wait_physics(roundi(seconds * CarBall.TICKS))
	arena.look()
