extends GodotTestCase
## Numbers of the overlay are short, whatever their size.

const RLViewPen := preload("res://addons/godot_rl/monitor/view_pen.gd")


func test_numbers_fit_into_seven_characters() -> void:
	var wanted: Dictionary[float, String] = {
		0.0: "0.000", 0.5: "0.500", -12.345: "-12.35", 1234.4: "1234", 0.0000029: "2.9e-6"
	}
	for value: float in wanted:
		check_equal(RLViewPen.number(value), wanted[value])
	for value: float in [-2.8999999999999998e-06, 1.23456e-9, 9.99e-5, -123456.7, 3.3e12, NAN, INF]:
		var told: String = RLViewPen.number(value)
		check(told.length() <= 8, "%s is long" % told)
	check_equal(RLViewPen.number(-123456.7), "-1.2e5")
