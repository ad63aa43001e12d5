extends "res://tests/godot/scenes/scenario_bench.gd"
## Cost of one agent-tick of the landing scene: `godot --headless --fixed-fps 90 --path .
## --script res://tests/godot/scenes/bench_spacecraft_landing.gd -- [arenas] [ticks]`.


func _init() -> void:
	scene_path = "res://scenes/spacecraft_landing/spacecraft_landing.tscn"
	controller_path = ^"AIController3D"
	action_repeat = 18
	arenas = 64
	ticks = 3600
	columns = 8
	warm_up = 200
