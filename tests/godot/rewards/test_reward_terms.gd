extends GodotTestCase
## RLRewardTerms: units times weight, sums, weights as environment parameters.

const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")


func _exit_tree() -> void:
	RLParameters.shared().set_values({"reward_coin": null})


func test_terms_add_up_and_are_taken_once() -> void:
	var terms: RLRewardTerms = RLRewardTerms.new({&"coin": 2.0, &"time": -0.5})
	check_equal(terms.sums, {&"coin": 0.0, &"time": 0.0} as Dictionary[StringName, float], "sums")
	terms.restart()
	terms.add(&"coin", 3.0)
	terms.add(&"time", 1.0)
	check_near(terms.take(), 5.5)
	check_equal(terms.take(), 0.0, "taken already")
	terms.add(&"coin", 1.0)
	check_near(terms.sums[&"coin"], 8.0)
	check_near(terms.sums[&"time"], -0.5)


func test_an_episode_begins_at_zero_with_the_weights_of_its_parameters() -> void:
	var terms: RLRewardTerms = RLRewardTerms.new({&"coin": 2.0})
	terms.add(&"coin", 1.0)
	Sync.set_parameter("reward_coin", 7.0)
	check_equal(terms.weights[&"coin"], 2.0, "in the middle of an episode")
	terms.restart()
	check_equal(terms.take(), 0.0, "of the episode before")
	terms.add(&"coin", 1.0)
	check_equal(terms.sums[&"coin"], 7.0, "with the parameter")
