extends GodotTestCase
## Samplers: what may be given, in which form, and that a draw follows from an episode's seed and
## the parameter's name alone.

const RLSampler := preload("res://addons/godot_rl/arenas/sampler.gd")
const RLSamplers := preload("res://addons/godot_rl/arenas/samplers.gd")
const DRAWS: int = 4000

const UNIFORM: Dictionary = {"sampler": "uniform", "low": -2.0, "high": 6.0}
const LOG: Dictionary = {"sampler": "log_uniform", "low": 0.01, "high": 100.0}
const GAUSSIAN: Dictionary = {"sampler": "gaussian", "mean": 3.0, "deviation": 0.5}
const CHOICE: Dictionary = {"sampler": "choice", "values": [1.0, 2.0, 2.0, 7.0]}
const RANGES: Dictionary = {
	"sampler": "multirange_uniform", "ranges": [[0.0, 1.0], [4.0, 7.0], [9.0, 9.0]]
}


func test_a_seed_and_a_name_give_one_number() -> void:
	for given: Dictionary in [UNIFORM, LOG, GAUSSIAN, RANGES]:
		var wind: RLSampler = RLSamplers.make("wind", given)
		var again: RLSampler = RLSamplers.make("wind", given.duplicate())
		var rain: RLSampler = RLSamplers.make("rain", given)
		var numbers: Dictionary[float, bool] = {}
		var equal: int = 0
		for episode_seed: int in 200:
			check_equal(wind.draw(episode_seed), again.draw(episode_seed))
			equal += int(wind.draw(episode_seed) == rain.draw(episode_seed))
			numbers[wind.draw(episode_seed)] = true
		check_equal(equal, 0, "names are alike")
		check_equal(numbers.size(), 200, "seeds are alike")


func test_known_draws_stay_what_they_are() -> void:
	check_equal(RLSampler.hash_of("wind"), 0x1414F107)
	check_equal(RLSamplers.make("wind", UNIFORM).draw(0), 0.446735735983)
	check_equal(RLSamplers.make("wind", CHOICE).draw(2147483647), 2.0)
	check_near(RLSamplers.make("wind", GAUSSIAN).draw(7), 3.46280295971, 1e-10)


func test_a_uniform_draw_fills_its_range_evenly() -> void:
	var values: PackedFloat64Array = _draws(UNIFORM)
	_check_within(values, -2.0, 6.0)
	check_near(_mean(values), 2.0, 0.15)
	check_near(_share_below(values, 0.0), 0.25, 0.03)


func test_a_logarithmic_draw_fills_orders_of_magnitude_evenly() -> void:
	var values: PackedFloat64Array = _draws(LOG)
	_check_within(values, 0.01, 100.0)
	for power: int in [-1, 0, 1]:
		check_near(_share_below(values, pow(10.0, power)), (power + 2) / 4.0, 0.03)


func test_a_normal_draw_has_its_mean_and_deviation() -> void:
	var values: PackedFloat64Array = _draws(GAUSSIAN)
	check_near(_mean(values), 3.0, 0.03)
	check_near(_share_below(values, 2.5), 0.1587, 0.02)
	check_near(_share_below(values, 3.5), 0.8413, 0.02)
	check_equal(
		RLSamplers.make("wind", {"sampler": "gaussian", "mean": 1, "deviation": 0}).draw(3), 1.0
	)


func test_a_choice_counts_what_stands_twice_twice() -> void:
	var values: PackedFloat64Array = _draws(CHOICE)
	check_near(values.count(2.0) / float(DRAWS), 0.5, 0.03)
	check_equal(values.count(1.0) + values.count(2.0) + values.count(7.0), DRAWS)


func test_ranges_are_as_likely_as_they_are_long() -> void:
	var values: PackedFloat64Array = _draws(RANGES)
	check_near(_share_below(values, 2.0), 0.25, 0.03)
	check_equal(_share_below(values, 4.0), _share_below(values, 2.0), "between the ranges")
	_check_within(values, 0.0, 7.0)
	var points: Dictionary = {"sampler": "multirange_uniform", "ranges": [[1, 1], [5, 5]]}
	check_near(_draws(points).count(5.0) / float(DRAWS), 0.5, 0.03)


func test_a_range_of_no_length_gives_its_number_exactly() -> void:
	for number: float in [0.1, 1.0 / 3.0, -1234.56789012345678, 1e-12]:
		for kind: String in ["uniform", "log_uniform"]:
			if kind == "uniform" or number > 0.0:
				var given: Dictionary = {"sampler": kind, "low": number, "high": number}
				check_equal(RLSamplers.make("wind", given).draw(5), number)


func test_the_largest_numbers_stay_finite() -> void:
	for given: Dictionary in [
		{"sampler": "uniform", "low": -8e307, "high": 8e307},
		{"sampler": "log_uniform", "low": 1e-300, "high": 1e300},
		{"sampler": "gaussian", "mean": 0.0, "deviation": 1e307},
		{"sampler": "multirange_uniform", "ranges": [[-8e307, 0], [1e307, 8e307]]},
	]:
		check_equal(RLSamplers.problem_of(given), "")
		for number: float in _draws(given):
			check(is_finite(number), "%s: %s" % [given, number])


func test_what_is_wrong_is_told_in_one_line() -> void:
	for pair: Array in [
		[{}, "no sampler null; known: uniform, log_uniform, gaussian, choice, multirange_uniform"],
		[{"sampler": 3}, "no sampler 3"],
		[{"sampler": "normal\nx"}, 'no sampler "normal\\nx"'],
		[{"sampler": "uniform"}, "uniform takes low and high, got nothing"],
		[{"sampler": "uniform", "low": 1, "hihg": 2}, "got low, hihg"],
		[{"sampler": "uniform", "low": 1, "high": 2, "x".repeat(500): 2}, "got low, high, xxx"],
		[{"sampler": "uniform", "low": 2, "high": 1}, "low must be at most high, got 2 and 1"],
		[{"sampler": "uniform", "low": NAN, "high": 1}, "low must be a finite number"],
		[{"sampler": "uniform", "low": 0, "high": INF}, "high must be a finite number"],
		[{"sampler": "uniform", "low": true, "high": 1}, "low must be a finite number, got true"],
		[{"sampler": "uniform", "low": -1.7e308, "high": 1.7e308}, "too long"],
		[{"sampler": "log_uniform", "low": 0, "high": 1}, "low must be above 0, got 0"],
		[{"sampler": "log_uniform", "low": -2, "high": -1}, "low must be above 0, got -2"],
		[{"sampler": "gaussian", "mean": 0, "deviation": -0.5}, "at least 0, got -0.5"],
		[{"sampler": "gaussian", "mean": 0, "deviation": 1e308}, "too large"],
		[{"sampler": "choice", "values": []}, "values must be 1 to 1000 finite numbers, got 0"],
		[{"sampler": "choice", "values": 3}, "finite numbers, got 3"],
		[{"sampler": "choice", "values": [1, "2"]}, 'values must be finite numbers, got "2"'],
		[{"sampler": "choice", "values": range(1001)}, "1 to 1000 finite numbers, got 1001"],
		[{"sampler": "multirange_uniform", "ranges": []}, "1 to 1000 pairs [low, high], got 0"],
		[
			{"sampler": "multirange_uniform", "ranges": [[1, 2, 3]]},
			"pairs [low, high], got a list of 3"
		],
		[{"sampler": "multirange_uniform", "ranges": [[1, 2], [3, 2]]}, "got 3 and 2"],
		[{"sampler": "multirange_uniform", "ranges": [[0, 1e308], [0, 1e308]]}, "too long"],
	]:
		var problem: String = RLSamplers.problem_of(pair[0])
		check(problem.contains(pair[1]), "'%s' in '%s'" % [pair[1], problem])
		check(not problem.contains("\n") and problem.length() < 200, problem)


func test_the_text_form() -> void:
	for pair: Array in [
		["0.5", 0.5],
		["-1e3", -1000.0],
		["uniform(-2, 6)", UNIFORM],
		[" log_uniform ( 0.01,1e2 ) ", LOG],
		["gaussian(3,.5)", GAUSSIAN],
		["choice(1, 2, 2, 7)", CHOICE],
		["multirange_uniform(0, 1, 4, 7, 9, 9)", RANGES],
	]:
		check_equal(RLSamplers.from_text(pair[0]), pair[1], pair[0])
	for text: String in ["", "x", "uniform", "uniform()", "uniform(1", "uniform(1, x)", "u(1)(2)"]:
		check_equal(RLSamplers.from_text(text), null, text)
	for text: String in ["uniform(1)", "uniform(1, 2, 3)", "choice_of(1)", "multirange_uniform(1)"]:
		var given: Variant = RLSamplers.from_text(text)
		check(given is Dictionary and not RLSamplers.problem_of(given).is_empty(), text)


func test_a_draw_has_twelve_digits() -> void:
	for number: float in [1.0 / 3.0, -2e9 / 7.0, 5e-7 / 3.0, 1e20 / 3.0]:
		var rounded: float = RLSampler.rounded(number)
		check_near(rounded / number, 1.0, 1e-11)
		check_equal(RLSampler.rounded(rounded), rounded)
	check_equal(RLSampler.rounded(2.0 / 3.0), 0.666666666667)
	check_equal(RLSampler.rounded(-123456.7890123456), -123456.789012)
	for number: float in [0.0, 1.0, -4096.0, 1e-300, 1.7e308]:
		check_equal(RLSampler.rounded(number), number)


func _draws(given: Dictionary) -> PackedFloat64Array:
	var sampler: RLSampler = RLSamplers.make("wind", given)
	var values: PackedFloat64Array = []
	for episode_seed: int in DRAWS:
		values.append(sampler.draw(episode_seed))
	return values


func _check_within(values: PackedFloat64Array, low: float, high: float) -> void:
	for value: float in values:
		check(value >= low and value <= high, "%s is outside" % value)


func _share_below(values: PackedFloat64Array, limit: float) -> float:
	var below: int = 0
	for value: float in values:
		below += int(value < limit)
	return below / float(values.size())


func _mean(values: PackedFloat64Array) -> float:
	var sum: float = 0.0
	for value: float in values:
		sum += value
	return sum / values.size()
