extends SceneTree
## Prints the action table of `car_ball` and checks its fallback: `godot --headless --path .
## --script res://scenes/car_ball/print_actions.gd`. Exit code 1 where the fallback is wrong.


func _initialize() -> void:
	print("\n".join(CarActions.summary()))
	print("row: throttle steer pitch yaw roll jump boost handbrake")
	for i: int in CarActions.rows().size():
		var cells: PackedStringArray = []
		for value: float in CarActions.rows()[i]:
			cells.append("%2d" % roundi(value))
		print("%2d: %s" % [i, " ".join(cells)])
	quit(0 if CarActions.fallback_error().is_empty() else 1)
