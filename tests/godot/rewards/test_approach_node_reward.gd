extends GodotTestCase
## ApproachNodeReward3D and ApproachNodeReward2D: progress, old ground, resets, missing targets.

var _target: Node3D
var _reward: ApproachNodeReward3D


func _enter_tree() -> void:
	_target = Node3D.new()
	_reward = ApproachNodeReward3D.new()
	_reward.name = "Approach"
	_reward.target_node = _target
	add_child(_target)
	add_child(_reward)


func _at(x: float) -> float:
	_reward.position.x = x
	return _reward.get_reward()


func test_only_new_ground_counts() -> void:
	var rewards: Array[float] = []
	for x: float in [10.0, 8.0, 9.0, 8.0, 7.5, 20.0, 5.0]:
		rewards.append(_at(x))
	check_equal(rewards, [0.0, 2.0, 0.0, 0.0, 0.5, 0.0, 2.5] as Array[float], "rewards")


func test_scale() -> void:
	_reward.reward_scale = 0.25
	_at(10.0)
	check_near(_at(6.0), 1.0)


func test_a_reset_starts_from_the_new_place() -> void:
	_at(10.0)
	_at(1.0)
	_reward.reset()
	check_equal(_at(12.0), 0.0, "first call")
	check_equal(_at(9.0), 3.0, "progress from the new start")


func test_start_here_counts_the_first_move() -> void:
	_at(1.0)
	_reward.position.x = 12.0
	_reward.start_here()
	check_equal(_at(9.0), 3.0)


func test_the_target_itself_is_a_best_distance() -> void:
	_at(2.0)
	check_equal(_at(0.0), 2.0, "arrival")
	check_equal(_at(3.0), 0.0, "leaving")
	check_equal(_at(0.0), 0.0, "coming back")


func test_another_target_starts_anew() -> void:
	_at(2.0)
	var other: Node3D = Node3D.new()
	add_child(other)
	other.position.x = -10.0
	_reward.target_node = other
	check_equal(_at(1.0), 0.0, "first call")
	check_equal(_at(0.0), 1.0, "progress")


func test_a_freed_target_gives_nothing() -> void:
	_at(2.0)
	_target.free()
	check_equal(_at(1.0), 0.0)


func test_a_target_never_set_is_told_once() -> void:
	var reward: ApproachNodeReward3D = ApproachNodeReward3D.new()
	reward.name = "Lost"
	add_child(reward)
	expect_error("Lost: target_node is not set")
	check_equal(reward.get_reward(), 0.0, "first")
	check_equal(reward.get_reward(), 0.0, "second")
	check_equal(reward._get_configuration_warnings().size(), 1, "warnings")
	check_equal(_reward._get_configuration_warnings().size(), 0, "warnings with a target")


func test_2d() -> void:
	var target: Node2D = Node2D.new()
	var reward: ApproachNodeReward2D = ApproachNodeReward2D.new()
	reward.target_node = target
	reward.reward_scale = 0.1
	add_child(target)
	add_child(reward)
	reward.position = Vector2(30, 40)
	check_equal(reward.get_reward(), 0.0, "first")
	reward.position = Vector2(0, 40)
	check_near(reward.get_reward(), 1.0, 1e-6, "progress")
	reward.reset()
	reward.position = Vector2(0, 60)
	check_equal(reward.get_reward(), 0.0, "after a reset")


func test_bases_give_nothing() -> void:
	for base: Node in [RewardFunction3D.new(), RewardFunction2D.new()]:
		add_child(base)
		base.call(&"reset")
		check_equal(base.call(&"get_reward"), 0.0, base.get_class())
