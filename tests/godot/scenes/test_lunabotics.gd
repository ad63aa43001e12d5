extends GodotTestCase
## The scenario `lunabotics`: the field is drawn from its seed, the rover is a rigid body that stays
## in it, orbs go from the excavation to the berm, and rewards add up.

const SCENE: PackedScene = preload("res://scenes/lunabotics/lunabotics.tscn")

var _arena: Lunabotics
var _controller: LunaboticsController
var _field: LunaField
var _rover: LunaRover
var _judge: LunaJudge


func test_a_seed_is_a_field() -> void:
	_make()
	for episode_seed: int in 10:
		_controller.begin_episode(episode_seed)
		var first: Array = _drawn()
		_controller.begin_episode(episode_seed + 1000)
		check(_drawn() != first, "another seed, the same field")
		_controller.begin_episode(episode_seed)
		check_equal(_drawn(), first, "the field of seed %d" % episode_seed)


func test_names_and_values_agree() -> void:
	_make()
	var names: PackedStringArray = _controller.get_observation_names()["obs"]
	var values: PackedFloat32Array = _controller.get_obs()["obs"]
	check_equal(names.size(), 28, "names")
	check_equal(values.size(), 28, "values")
	for i: int in values.size():
		check(absf(values[i]) <= 1.0, "%s is %f" % [names[i], values[i]])
	check_equal(_controller.get_obs()["obs"], values, "a second look")


func test_the_rover_stays_in_the_field() -> void:
	_make()
	_controller.begin_episode(3)
	var most: float = 0.0
	for i: int in 40:
		_act(1.0, sin(i * 0.7), 0.0)
		await wait_physics(6)
		var place: Vector2 = _rover.place()
		most = maxf(most, _rover.velocity().length())
		check(Rect2(Vector2.ZERO, _field.size).has_point(place), "it is at %s" % place)
	check(most <= 2.0 + 1e-4, "it went at %f m/s" % most)
	check(most > 1.0, "it drove")


func test_an_orb_goes_from_the_excavation_to_the_berm() -> void:
	_make()
	_controller.begin_episode(5)
	_put(_field.orbs[0])
	await _decide(1.0)
	check(_judge.holding, "it was dug out")
	check_equal(_field.orbs.size(), 14, "orbs that are left")
	check_equal(_judge.rewards.sums[&"collect"], 50.0, "collect")
	_put(_field.berm().get_center())
	await _decide(0.4)
	check(_judge.holding, "below the threshold it stays in the scoop")
	await _decide(1.0)
	check(not _judge.holding, "it was laid down")
	check_equal(_judge.rewards.sums[&"deposit"], 200.0, "deposit")
	check_equal(_judge.rewards.sums[&"reach_construction"], 100.0, "reach_construction")


func test_a_wall_costs_when_it_is_met() -> void:
	_make()
	_controller.begin_episode(7)
	_rover.put(Vector2(0.4, 4.0), PI)
	for i: int in 8:
		_act(1.0, 0.0, 0.0)
		await wait_physics(6)
	check(_judge.contacts.y >= 1, "it met the wall")
	check(_judge.rewards.sums[&"wall"] <= -5.0, "and paid for it")


func test_the_physics_rate_is_given_back() -> void:
	var before: int = Engine.physics_ticks_per_second
	_make()
	check_equal(Engine.physics_ticks_per_second, 60, "ticks a second")
	_arena.get_parent().remove_child(_arena)
	_arena.queue_free()
	check_equal(Engine.physics_ticks_per_second, before, "ticks a second afterwards")


func _make() -> void:
	_arena = SCENE.instantiate()
	add_child(_arena)
	_field = _arena.get_node("Field")
	_rover = _arena.get_node("Rover")
	_judge = _arena.get_node("Judge")
	_controller = _arena.get_node("Rover/AIController2D")
	_controller.heuristic = "model"


func _act(linear: float, angular: float, dig: float) -> void:
	_controller.set_action({"linear": [linear], "angular": [angular], "dig": [dig]})


func _decide(dig: float) -> void:
	_act(0.0, 0.0, dig)
	await wait_physics(7)


func _put(place: Vector2) -> void:
	_rover.put(place, 0.0)


func _drawn() -> Array:
	var layout: LunaLayout = _field.layout
	return [layout.start, layout.heading, layout.obstacles, layout.radii, layout.orbs]
