extends GodotTestCase
## The scenario physics_stress: what the agent does happens, each planted bug is found by its
## detector, and a clean room has none.

const SCENE: PackedScene = preload("res://scenes/physics_stress/physics_stress.tscn")
const OFF: Dictionary = {"spawn": 0, "throw": [0.0, 0.0, 0.0], "particles": 0}

var stress: PhysicsStress
var agent: PhysicsStressController
var found: Dictionary[String, int] = {}


func test_the_room_fills_by_itself_and_by_the_agent() -> void:
	_start({"inflow": 45.0})
	await wait_physics(20)
	var before: int = stress.bodies.all.size()
	check(before in [9, 10], "%d bodies after 20 ticks at 45 a second" % before)
	agent.set_action(_action({"spawn": 10}))
	check_equal(stress.bodies.all.size(), before + 10)


func test_a_choice_spawns_its_share_of_the_most() -> void:
	for most_choice_bodies: Array in [[10, 10, 10], [10, 4, 4], [4, 10, 4], [4, 4, 1], [0, 10, 0]]:
		_start({"inflow": 0.0, "spawn_most": float(most_choice_bodies[0])})
		agent.set_action(_action({"spawn": most_choice_bodies[1]}))
		check_equal(stress.bodies.all.size(), most_choice_bodies[2], str(most_choice_bodies))


func test_there_are_never_more_bodies_than_the_cap() -> void:
	_start({"max_bodies": 12.0})
	for i: int in 4:
		agent.set_action(_action({"spawn": 10}))
	check_equal(stress.bodies.all.size(), 12)


func test_old_bodies_are_taken_away() -> void:
	_start({"lifetime": 0.5, "inflow": 0.0})
	agent.set_action(_action({"spawn": 5}))
	await wait_physics(50)
	check_equal(stress.bodies.all.size(), 0)


func test_the_hand_throws_the_nearest_body() -> void:
	_start({"inflow": 0.0})
	agent.set_action(_action({"spawn": 1}))
	var body: RigidBody3D = stress.bodies.all[0]
	agent.set_action(_action({"throw": [0.0, 0.0, -1.0]}))
	await wait_physics(4)
	check_equal(stress.hand.throws, 1)
	check(body.linear_velocity.z < -20.0, "it flies: %s" % body.linear_velocity)
	check_equal(body.collision_layer, StressBodies.THROWN)


func test_a_body_in_the_drain_is_gone_and_freed() -> void:
	_start({"inflow": 0.0})
	var body: RigidBody3D = _body_at(StressRoom.DRAIN + Vector3(0.0, 0.3, 0.0))
	var id: int = body.get_instance_id()
	await wait_physics(3)
	check_equal(stress.bodies.drained, 1)
	check(not is_instance_id_valid(id), "freed")


func test_counted_times_follow_the_work_and_no_clock() -> void:
	_start({"inflow": 0.0, "measured_times": 0.0})
	await wait_physics(3)
	check_near(stress.frame.physics_ms, StressFrame.TICK_MS)
	agent.set_action(_action({"spawn": 4, "particles": 1}))
	await wait_physics(3)
	check(stress.frame.physics_ms >= StressFrame.TICK_MS + 4 * StressFrame.BODY_MS, "four move")
	check(stress.frame.render_ms >= StressFrame.PARTICLES_MS, "particles are drawn")
	check_near(stress.frame.memory_mb(), 0.0)


func test_by_the_clock_the_times_are_the_monitors() -> void:
	_start({"measured_times": 1.0})
	await wait_physics(5)
	check(RLPerformanceMonitor.current().is_measuring(), "the monitor measures")
	check(stress.frame.physics_ms > 0.0, "ticks have times")
	check(stress.frame.memory_mb() > 1.0, "memory")


func test_a_guard_is_paid_for_frames_within_the_budget_and_an_attacker_for_those_over() -> void:
	_start({"inflow": 0.0, "measured_times": 0.0})
	await wait_physics(11)
	check(stress.frame.within >= 9, "ticks within the budget")
	check_near(agent.get_reward(), stress.frame.within)
	_start({"inflow": 0.0, "measured_times": 0.0, "attack": 1.0, "budget_ms": 0.05})
	await wait_physics(11)
	check(stress.frame.late >= 9, "ticks over the budget")
	check_near(agent.get_reward(), 10.0 * stress.frame.late)


func test_frames_that_stay_over_the_budget_are_a_finding() -> void:
	_start({"inflow": 0.0, "measured_times": 0.0, "budget_ms": 0.05})
	await wait_physics(20)
	check(stress.frame.late >= StressFrame.LATE_IN_A_ROW, "%d late" % stress.frame.late)


func test_observations_have_their_names_and_are_bounded() -> void:
	_start({})
	agent.set_action(_action({"spawn": 10}))
	await wait_physics(30)
	var names: PackedStringArray = agent.get_observation_names()["obs"]
	var values: PackedFloat32Array = []
	values.resize(agent.get_obs_size())
	agent.write_obs(values, 0)
	check_equal(values.size(), names.size())
	for i: int in values.size():
		check(absf(values[i]) <= StressObservation.MOST_TIMES, "%s: %f" % [names[i], values[i]])


func test_a_clean_room_has_nothing_to_find() -> void:
	_start({"measured_times": 0.0, "max_bodies": 40.0})
	await _play(20, 1)
	check_equal(found, {} as Dictionary[String, int])


func test_a_fast_throw_goes_through_the_wall_where_the_bug_is() -> void:
	_start({"inflow": 0.0, "bug_tunnelling": 1.0})
	for i: int in 12:
		_body_at(Vector3(0.0, 1.0, 0.2 * i - 1.0)).gravity_scale = 0.0
		agent.set_action(_action({"throw": [0.85, 0.0, 0.0]}))
		await wait_physics(9)
	check(found.has("tunnelling"), "found %s" % found)
	check_equal(found.size(), 1)


func test_without_the_bug_the_same_throws_stay_inside() -> void:
	_start({"inflow": 0.0})
	for i: int in 4:
		_body_at(Vector3(0.0, 1.0, 0.2 * i - 1.0)).gravity_scale = 0.0
		agent.set_action(_action({"throw": [0.85, 0.0, 0.0]}))
		await wait_physics(9)
	check_equal(found, {} as Dictionary[String, int])


func test_the_spring_pad_gives_more_than_it_gets_where_the_bug_is() -> void:
	for bug: float in [0.0, 1.0]:
		_start({"inflow": 0.0, "bug_energy": bug})
		_body_at(StressRoom.PAD + Vector3(0.0, 1.5, 0.0)).linear_velocity.y = -9.0
		stress.energy.allow(100.0)
		await wait_physics(30)
		check_equal(found.has("energy_gain"), bug > 0.5, "bug %s, found %s" % [bug, found])


func test_drained_bodies_stay_in_memory_where_the_bug_is() -> void:
	_start({"inflow": 0.0, "bug_leak": 1.0})
	var left: Array[RigidBody3D] = []
	for i: int in 4:
		left.append(_body_at(StressRoom.DRAIN + Vector3(0.0, 0.2 + 0.01 * i, 0.0)))
		await wait_physics(2)
	await wait_physics(200)
	check(found.has("memory_leak"), "found %s" % found)
	for body: RigidBody3D in left:
		body.free()


func test_magnets_tremble_where_the_bug_is() -> void:
	_start({"inflow": 0.0, "bug_jitter": 1.0, "measured_times": 0.0})
	for i: int in 6:
		# Every third is a magnet: those two are near each other.
		var place: Vector3 = Vector3(-1.5, 1.0, 0.5 * i - 1.5)
		if i % 3 == 2:
			place = Vector3(0.08 * i, 1.0, 0.0)
		_body_at(place).gravity_scale = 0.0
	agent.set_action(_action({"particles": 1}))
	await wait_physics(60)
	check(found.has("jitter"), "found %s" % found)


func test_a_crowd_of_magnets_slows_the_game_where_the_bug_is() -> void:
	var checks: Array[int] = []
	for bug: float in [0.0, 1.0]:
		_start({"inflow": 0.0, "bug_swarm": bug, "measured_times": 0.0})
		for i: int in 5:
			agent.set_action(_action({"spawn": 10}))
		await wait_physics(30)
		checks.append(stress.magnets.checks)
	check(checks[1] > 20 * checks[0], "pairs looked at: %s" % [checks])


func test_equal_seeds_and_actions_give_equal_rooms() -> void:
	await _check_that_rooms_are_equal(_world())


func test_a_room_alone_in_the_games_own_world_is_equal_too() -> void:
	await _check_that_rooms_are_equal(self)


func test_rooms_that_share_a_world_keep_it() -> void:
	_start({})
	var other: PhysicsStress = SCENE.instantiate()
	add_child(other)
	var world: World3D = get_viewport().find_world_3d()
	agent.begin_episode(7)
	check(get_viewport().find_world_3d() == world, "the world of both")
	other.free()
	agent.begin_episode(7)
	check(get_viewport().find_world_3d() != world, "a new one for the one that is left")


func _check_that_rooms_are_equal(world: Node) -> void:
	var seen: Array[PackedFloat32Array] = []
	await wait_physics(1)
	_start({"measured_times": 0.0, "max_bodies": 30.0}, world)
	for run: int in 2:
		agent.begin_episode(7)
		await _play(6, 5)
		var values: PackedFloat32Array = []
		values.resize(agent.get_obs_size())
		agent.write_obs(values, 0)
		seen.append(values)
	check_equal(seen[0], seen[1])


# Plays [param decisions] random decisions of nine ticks.
func _play(decisions: int, of_seed: int) -> void:
	var rng: RandomNumberGenerator = RandomNumberGenerator.new()
	rng.seed = of_seed
	for i: int in decisions:
		var force: Array = [rng.randf_range(-1, 1), rng.randf_range(-1, 1), rng.randf_range(-1, 1)]
		var spawned: int = rng.randi_range(0, 10)
		agent.set_action({"spawn": spawned, "throw": force, "particles": rng.randi_range(0, 1)})
		await wait_physics(9)


# A world of its own, as an arena has with --isolation=worlds.
func _world() -> SubViewport:
	var viewport: SubViewport = SubViewport.new()
	viewport.own_world_3d = true
	viewport.render_target_update_mode = SubViewport.UPDATE_DISABLED
	add_child(viewport)
	return viewport


func _start(parameters: Dictionary, world: Node = self) -> void:
	for name: String in [
		"inflow", "max_bodies", "lifetime", "measured_times", "attack", "budget_ms", "spawn_most"
	]:
		Sync.set_parameter(name, parameters.get(name))
	for bug: String in StressSettings.BUGS:
		Sync.set_parameter(bug, parameters.get(bug))
	if stress != null:
		stress.free()
	stress = SCENE.instantiate()
	world.add_child(stress)
	agent = stress.get_node("Player/AIController3D")
	found.clear()
	for detector: RLBodyDetector in stress.detectors:
		detector.found.connect(func(kind: String) -> void: found[kind] = found.get(kind, 0) + 1)
	agent.begin_episode(7)


func _action(changes: Dictionary) -> Dictionary:
	return OFF.merged(changes, true)


# A body of the room, put somewhere.
func _body_at(place: Vector3) -> RigidBody3D:
	stress.bodies.spawn(1)
	var body: RigidBody3D = stress.bodies.all[-1]
	body.position = place
	body.rotation = Vector3.ZERO
	return body
