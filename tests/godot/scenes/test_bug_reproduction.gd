extends GodotTestCase
## The scenario `bug_reproduction`: each planted bug shows in the game where it is switched on, only
## there, and an episode begins without a trace of the last one.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLArena := preload("res://addons/godot_rl/arenas/arena.gd")
const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const SCENE: String = "res://scenes/bug_reproduction/bug_reproduction.tscn"
const REPEAT: int = 9

var scene: BugReproduction
var controller: BugReproductionController
var _roster: RLRoster = RLRoster.new()


func _ready() -> void:
	process_physics_priority = 2000000  # a tick is over


func _physics_process(_delta: float) -> void:
	_roster.advance()


func _exit_tree() -> void:
	RLParameters.shared().arenas = []


func test_the_observation_has_its_names_and_its_range() -> void:
	_build()
	_begin(3)
	var random: RandomNumberGenerator = RandomNumberGenerator.new()
	random.seed = 2
	check_equal(
		controller.get_observation_names()["obs"].size(), controller.get_obs_size(), "names"
	)
	for i: int in 60:
		await _act(random.randi_range(0, 3), random.randi_range(0, 4), random.randi_range(0, 1))
		for value: float in controller.get_obs()["obs"]:
			check(absf(value) <= 1.0, "an element is %f" % value)


func test_a_seed_is_a_beginning_whatever_came_before() -> void:
	_build({"bug_race": 1.0, "bug_tunnel": 1.0, "bug_wedge": 1.0, "bug_leak": 1.0})
	_begin(11)
	var first: PackedFloat32Array = controller.get_obs()["obs"]
	await _hold(3, 3, 1, 40)
	_begin(12)
	check(controller.get_obs()["obs"] != first, "another seed, the same beginning")
	await _hold(2, 0, 0, 20)
	_begin(11)
	check_equal(controller.get_obs()["obs"], first, "the beginning of seed 11")


## An episode once began held between crate and wall, as the last one had ended.
func test_nobody_begins_held_by_what_the_last_episode_touched() -> void:
	_build({"bug_wedge": 1.0})
	await _back_into_the_corner()
	check(controller.player._held, "the corner holds who backs into it")
	_begin(5)
	var before: Vector3 = controller.player.place
	await _hold(3, 0, 0, 5)
	check(controller.player.place.distance_to(before) > 0.3, "who walks back at the start moves")


func test_spinning_makes_holes_where_the_race_is_planted() -> void:
	_build({"bug_race": 1.0})
	_begin(1)
	var lost: bool = false
	for i: int in 80:
		await _act(0, 4, 0)
		lost = lost or _waits_in_vain()
	check(lost, "a job was lost")


func test_spinning_makes_no_holes_in_the_sound_game() -> void:
	_build()
	_begin(1)
	for i: int in 60:
		await _act(0, 4, 0)
		check(not _waits_in_vain(), "a job was lost at decision %d" % i)


func test_a_fast_player_goes_through_the_wall_where_that_is_planted() -> void:
	for planted: float in [0.0, 1.0]:
		_build({"bug_tunnel": planted})
		var through: int = 0
		var told: int = 0
		for i: int in 6:
			_begin(20 + i)
			_stand(Vector3(-8.0 + 0.013 * i, 0.0, 0.0), Vector3.RIGHT)
			await _hold(2, 0, 0, 32)
			through += int(controller.player.place.x > YardWalls.HALF)
			told += int(_found().has("tunnelling"))
		check_equal(through > 0, planted > 0.5, "through the wall with bug_tunnel %d" % planted)
		check_equal(told, through, "told of")
		_clear()


func test_who_backs_into_the_corner_is_stuck_where_that_is_planted() -> void:
	for planted: float in [0.0, 1.0]:
		_build({"bug_wedge": planted})
		await _back_into_the_corner()
		await _hold(1, 0, 0, 9)
		await _hold(3, 0, 0, 9)
		check_equal(_found().has("stuck"), planted > 0.5, "stuck with bug_wedge %d" % planted)
		_clear()


func test_bolts_over_the_wall_leak_where_that_is_planted() -> void:
	for planted: float in [0.0, 1.0]:
		_build({"bug_leak": planted})
		_begin(7)
		_stand(Vector3(8.5, 0.0, 0.0), Vector3.RIGHT)
		await _hold(0, 0, 1, 100)
		check_equal(_found().has("node_leak"), planted > 0.5, "leak with bug_leak %d" % planted)
		var count: int = scene.bolts.get_child_count()
		check_equal(count > YardBolts.POOL, planted > 0.5, "%d bolts" % count)
		_begin(8)
		check_equal(scene.bolts.get_child_count(), YardBolts.POOL, "bolts of the next episode")
		_clear()


func test_the_sound_game_reports_nothing() -> void:
	_build()
	var random: RandomNumberGenerator = RandomNumberGenerator.new()
	random.seed = 9
	for episode: int in 4:
		_begin(episode)
		for i: int in 25:
			await _hold(random.randi_range(0, 3), random.randi_range(0, 4), 1, 4)
	check_equal(_found(), PackedStringArray(), "findings of the sound game")


func test_a_target_ends_the_episode_with_its_reward() -> void:
	_build({"bug_leak": 1.0, "target_bug": 4.0})
	_begin(7)
	_stand(Vector3(8.5, 0.0, 0.0), Vector3.RIGHT)
	var earned: float = 0.0
	for i: int in 100:
		controller.zero_reward()
		await _act(0, 0, 1)
		earned += controller.reward
		if controller.done:
			break
	check(controller.terminated, "the episode ended")
	var info: Dictionary = controller.get_info()
	check_equal(info["is_success"], true, "success")
	check_near(info["reward_terms"]["found"], 100.0, 1e-6, "reward of the find")
	check_near(info["reward_terms"]["hint"], 40.0, 1e-6, "the hint is paid up to its limit")
	check(earned > 135.0, "earned %f" % earned)


func test_the_cell_tells_place_and_pace() -> void:
	_build()
	_begin(1)
	_stand(Vector3(3.1, 0.0, -0.1), Vector3.RIGHT)
	check_equal(controller.get_cell(), "1,-1,stands", "cell")
	await _hold(1, 0, 0, 3)
	check_equal(controller.get_cell(), "1,-1,walks", "cell of one who walks")


func _build(parameters: Dictionary = {}) -> void:
	scene = (load(SCENE) as PackedScene).instantiate()
	add_child(scene)
	controller = scene.get_node("Player/AIController3D")
	controller.heuristic = "model"
	_roster = RLRoster.new()
	_roster.join(controller, 1)
	var arena: RLArena = RLArena.new()
	arena.root = scene
	arena.agents = [controller]
	for name: String in parameters:
		arena.values[name] = parameters[name]
	RLParameters.shared().arenas = [arena]
	_begin(0)


func _clear() -> void:
	scene.free()
	RLParameters.shared().arenas = []


func _begin(episode_seed: int) -> void:
	if controller.rl_episode.findings != null:
		controller.rl_episode.findings.restart()
	controller.reset()
	controller.begin_episode(episode_seed)
	controller.zero_reward()
	controller.done = false


func _stand(place: Vector3, facing: Vector3) -> void:
	var yaw: float = atan2(-facing.x, -facing.z)
	scene.player.restart(place, yaw)
	scene.ground.restart(place, facing)
	scene.checks.restart()
	await wait_physics()


func _back_into_the_corner() -> void:
	_begin(5)
	await wait_physics()
	var corner: Vector3 = scene.walls.corner
	var inwards: Vector3 = -corner.normalized()
	# Out of the corner: away from the wall and away from the crate.
	var away: Vector3 = (corner - scene.walls.crate.position) * Vector3(1.0, 0.0, 1.0)
	var wall: Vector3 = _wall_normal(corner)
	var along: Vector3 = away - wall * away.dot(wall)
	var out: Vector3 = (wall + along.normalized()).normalized()
	check(out.dot(inwards) > -1.0, "a way out")
	_stand(corner + out * 1.2, out)
	await _hold(3, 0, 0, 14)


func _wall_normal(place: Vector3) -> Vector3:
	if absf(place.x) > absf(place.z):
		return Vector3(-signf(place.x), 0.0, 0.0)
	return Vector3(0.0, 0.0, -signf(place.z))


func _act(walk: int, turn: int, throws: int) -> void:
	controller.set_action({"walk": walk, "turn": turn, "throw": throws})
	controller.rl_episode.decisions += 1
	await wait_physics(REPEAT)


func _hold(walk: int, turn: int, throws: int, decisions: int) -> void:
	for i: int in decisions:
		await _act(walk, turn, throws)


# Kinds of the findings of the running episode.
func _found() -> PackedStringArray:
	var kinds: PackedStringArray = []
	if controller.rl_episode.findings != null:
		for finding: Dictionary in controller.rl_episode.findings.all:
			kinds.append(finding["kind"])
	return kinds


# Whether a chunk is waited for whose job is not in the ring.
func _waits_in_vain() -> bool:
	var ground: YardGround = scene.ground
	for chunk: int in ground._states.size():
		if ground._states[chunk] != YardGround.State.LOADING:
			continue
		var has_job: bool = false
		for i: int in ground.waiting:
			has_job = has_job or ground._ring[(ground._read + i) % YardGround.RING] == chunk
		if not has_job:
			return true
	return false
