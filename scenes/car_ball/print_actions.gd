extends SceneTree
## Prints the action table of `car_ball` and checks its fallback: `godot --headless --path .
## --script res://scenes/car_ball/print_actions.gd`. Exit code 1 where the fallback is wrong. With
## `-- --json` the rows come as one line of JSON, for `debug.debug_actions` (docs/debugging.md).


func _initialize() -> void:
	print("\n".join(CarActions.summary()))
	if "--json" in OS.get_cmdline_user_args():
		_print_json()
		quit(0)
		return
	print("row: throttle steer pitch yaw roll jump boost handbrake")
	for i: int in CarActions.rows().size():
		var cells: PackedStringArray = []
		for value: float in CarActions.rows()[i]:
			cells.append("%2d" % roundi(value))
		print("%2d: %s" % [i, " ".join(cells)])
	quit(0 if CarActions.fallback_error().is_empty() else 1)


func _print_json() -> void:
	var columns: PackedStringArray = []
	for name: String in CarActions.Column.keys():
		columns.append(name.to_lower())
	var rows: Array = []
	for row: PackedFloat32Array in CarActions.rows():
		rows.append(Array(row))
	var told: Dictionary = {
		"columns": columns,
		"rows": rows,
		"turning": CarActions.turning_rows(),
		"parts": ["steer", "pitch", "yaw", "roll"],
		"fallback_error": CarActions.fallback_error(),
	}
	print("ACTION_TABLE ", JSON.stringify(told))
