extends GodotTestCase
## Actions out of a policy's outputs: every layout, masks, and draws whose distribution is held
## against the one that the outputs tell (seeds are fixed, so a test passes always or never).

const RLActionPicker := preload("res://addons/godot_rl/policies/action_picker.gd")
const MIXED: Dictionary = {
	"move": {"size": 2, "action_type": "continuous"},
	"jump": {"size": 3, "action_type": "discrete"},
}
const BINARY: Dictionary = {
	"move": {"size": 1, "action_type": "continuous"},
	"jump": {"size": 2, "action_type": "discrete"},
}
const BRANCHES: Dictionary = {
	"turn": {"size": 3, "action_type": "discrete"},
	"jump": {"size": 2, "action_type": "discrete"},
}
const DRAWS: int = 20000


func test_values_are_clamped_and_the_largest_logit_is_taken() -> void:
	var row: PackedFloat32Array = [9.0, 0.5, -2.0, -3.0, -1.0, -2.0]
	check_equal(
		_picker(MIXED, false).pick(row, 1), {"move": [0.5, -1.0] as Array[float], "jump": 1}
	)
	check_equal(RLActionPicker.layout_for(MIXED, 5), RLActionPicker.RLLayout.PLAIN)


func test_of_equal_logits_the_first_is_taken() -> void:
	check_equal(_picker(BRANCHES, false).pick([1, 1, 0, 2, 2], 0), {"turn": 0, "jump": 0})


func test_thresholded_outputs_of_mixed_actions() -> void:
	check_equal(RLActionPicker.layout_for(BINARY, 3), RLActionPicker.RLLayout.PLAIN)
	check_equal(RLActionPicker.layout_for(BINARY, 2), RLActionPicker.RLLayout.THRESHOLDED)
	var picker: RLActionPicker = RLActionPicker.new(
		BINARY, RLActionPicker.RLLayout.THRESHOLDED, false
	)
	for jump: int in 2:
		var row: PackedFloat32Array = [0.5, 0.1 if jump == 1 else -0.1]
		check_equal(picker.pick(row, 0), {"move": [0.5] as Array[float], "jump": jump})
	picker.allowed = [1, 0]
	check_equal(picker.pick([0.5, 0.9], 0)["jump"], 0, "the masked wish")


## One column for three choices: the third could never be taken, so the policy is refused.
func test_thresholded_outputs_are_for_two_choices_only() -> void:
	var turn: Dictionary = {"turn": {"size": 3, "action_type": "discrete"}}
	check_equal(RLActionPicker.layout_for(turn, 1), -1)
	check_equal(RLActionPicker.layout_for(MIXED, 3), -1)
	check_equal(RLActionPicker.layout_for(BRANCHES, 2), -1)
	check_equal(RLActionPicker.layout_for(BRANCHES, 5), RLActionPicker.RLLayout.PLAIN)
	check_equal(
		RLActionPicker.width_error(MIXED, 3),
		(
			"it gives 3 outputs, the controller's action space needs 5 (move: 2, jump: 3 choices); "
			+ "one output is enough for 2 choices only: train it on this action space, "
			+ "or return the one that it was trained on"
		)
	)
	check(not RLActionPicker.width_error(MIXED, 4).contains("one output"), "not about choices")
	check_equal(RLActionPicker.width_error(BINARY, 2), "")


func test_rllibs_outputs_with_logarithms_of_std() -> void:
	check_equal(RLActionPicker.layout_for(MIXED, 7), RLActionPicker.RLLayout.WITH_LOG_STD)
	var row: PackedFloat32Array = [0.25, -0.5, log(0.1), log(0.2), 0.0, 0.0, 1.0]
	var layout: RLActionPicker.RLLayout = RLActionPicker.RLLayout.WITH_LOG_STD
	check_equal(
		RLActionPicker.new(MIXED, layout, false).pick(row, 0),
		{"move": [0.25, -0.5] as Array[float], "jump": 2}
	)
	var sampled: RLActionPicker = RLActionPicker.new(MIXED, layout, true)
	sampled.begin_episode(3)
	var first: PackedFloat64Array = []
	var second: PackedFloat64Array = []
	for i: int in DRAWS:
		var move: Array[float] = sampled.pick(row, 0)["move"]
		first.append(move[0])
		second.append(move[1])
	_check_normal(first, 0.25, 0.1)
	_check_normal(second, -0.5, 0.2)


func test_outputs_that_fit_no_layout() -> void:
	check_equal(RLActionPicker.layout_for(MIXED, 6), -1)
	check_equal(RLActionPicker.mask_size(MIXED), 3)
	check_equal(RLActionPicker.mask_size(BRANCHES), 5)


func test_a_masked_choice_is_never_taken() -> void:
	for sampled: bool in [false, true]:
		var picker: RLActionPicker = _picker(BRANCHES, sampled)
		picker.allowed = [0, 1, 1, 1, 0]
		for i: int in 500:
			var action: Dictionary = picker.pick([50.0, 0.0, 1.0, -1.0, 60.0], 0)
			check(action["turn"] != 0 and action["jump"] == 0, "took %s" % action)
		picker.allowed = [1, 1, 1, 0, 0]
		check_equal(picker.pick([0, 0, 0, 0, 0], 0), {})
		check(picker.error.contains("forbids every choice of 'jump'"), picker.error)
		picker.allowed = []
		picker.pick([0, 0, 0, 0, 0], 0)
		check_equal(picker.error, "")


# Pearson's chi-square with 4 degrees of freedom is above 18.47 once in 1000.
func test_drawn_choices_follow_softmax() -> void:
	var space: Dictionary = {"turn": {"size": 5, "action_type": "discrete"}}
	var logits: PackedFloat32Array = [900.0, 901.0, 899.5, 898.0, 900.5]
	var weights: PackedFloat64Array = [exp(0.0), exp(1.0), exp(-0.5), exp(-2.0), exp(0.5)]
	var picker: RLActionPicker = _picker(space, true)
	check(_chi_square(picker, logits, weights) < 18.47, "not softmax")
	check(_chi_square(picker, [0, 0, 0, 0, 0], weights) > 100.0, "it would not notice")
	# Without the second choice the others keep their proportions; 3 degrees of freedom.
	picker.allowed = [1, 0, 1, 1, 1]
	weights[1] = 0.0
	check(_chi_square(picker, logits, weights) < 16.27, "not softmax under a mask")


func test_drawn_values_are_normal() -> void:
	var picker: RLActionPicker = _picker(MIXED, true)
	var draws: PackedFloat64Array = []
	for i: int in DRAWS:
		var row: PackedFloat32Array = picker.draw_row(
			[9.0, 0.3, -4.0], [9.0, 0.7, 2.0], 1, false, [-100, -100], [100, 100]
		)
		draws.append(row[1])
	_check_normal(draws, -4.0, 2.0)


func test_drawn_values_are_squashed_and_clipped() -> void:
	var picker: RLActionPicker = _picker(MIXED, true)
	var squashed: PackedFloat64Array = []
	var clipped: int = 0
	for i: int in DRAWS:
		var row: PackedFloat32Array = picker.draw_row(
			[0.3, 0.3], [0.7, 0.7], 0, true, [-1, 0], [1, 4]
		)
		check(row[0] >= -1.0 and row[0] <= 1.0 and row[1] >= 0.0 and row[1] <= 4.0, "%s" % row)
		squashed.append(atanh(clampf(row[1] * 0.5 - 1.0, -0.999999, 0.999999)))
		row = picker.draw_row([0.3, 0.3], [0.7, 0.7], 0, false, [-1, -1], [1, 1])
		clipped += 1 if row[0] == 1.0 else 0
	_check_normal(squashed, 0.3, 0.7)
	# Above the bound lies 1 - Phi(1) of the mass.
	check_near(float(clipped) / DRAWS, 0.15866, 4.0 * sqrt(0.15866 * 0.84134 / DRAWS), "share at 1")


func test_draws_depend_on_the_episodes_seed_alone() -> void:
	var rows: Array[PackedStringArray] = []
	for episode_seed: int in [5, 6, 5]:
		var picker: RLActionPicker = _picker(BRANCHES, true)
		picker.begin_episode(77)
		for i: int in 3 + rows.size():
			picker.pick([0, 0, 0, 0, 0], 0)
		picker.begin_episode(episode_seed)
		var row: PackedStringArray = []
		for i: int in 40:
			row.append(str(picker.pick([0, 0, 0, 0, 0], 0)))
		rows.append(row)
	check_equal(rows[0], rows[2])
	check(rows[0] != rows[1], "another seed draws the same")


func _picker(space: Dictionary, sampled: bool) -> RLActionPicker:
	var picker: RLActionPicker = RLActionPicker.new(space, RLActionPicker.RLLayout.PLAIN, sampled)
	picker.begin_episode(1)
	return picker


func _chi_square(
	picker: RLActionPicker, logits: PackedFloat32Array, weights: PackedFloat64Array
) -> float:
	var counts: PackedInt64Array = []
	counts.resize(weights.size())
	for i: int in DRAWS:
		counts[picker.pick(logits, 0)["turn"]] += 1
	var total: float = 0.0
	for weight: float in weights:
		total += weight
	var sum: float = 0.0
	for i: int in weights.size():
		var expected: float = weights[i] / total * DRAWS
		if expected > 0.0:
			sum += (counts[i] - expected) ** 2 / expected
	return sum


# Mean, deviation and the shares below three quantiles, each within 4 standard errors.
func _check_normal(draws: PackedFloat64Array, mean: float, deviation: float) -> void:
	var count: int = draws.size()
	var sum: float = 0.0
	var below: PackedInt64Array = [0, 0, 0]
	var shares: PackedFloat64Array = [0.15866, 0.5, 0.97725]
	for value: float in draws:
		sum += value
		for i: int in 3:
			below[i] += 1 if value < mean + [-1.0, 0.0, 2.0][i] * deviation else 0
	var found: float = sum / count
	var squares: float = 0.0
	for value: float in draws:
		squares += (value - found) ** 2
	check_near(found, mean, 4.0 * deviation / sqrt(count), "mean")
	var spread: float = sqrt(squares / (count - 1))
	check_near(spread, deviation, 4.0 * deviation / sqrt(2.0 * count), "deviation")
	for i: int in 3:
		var error: float = 4.0 * sqrt(shares[i] * (1.0 - shares[i]) / count)
		check_near(float(below[i]) / count, shares[i], error, "share below quantile %d" % i)
