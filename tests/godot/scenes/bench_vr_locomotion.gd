extends "res://tests/godot/scenes/scenario_bench.gd"
## Cost of one agent-tick of the VR locomotion scenario: `godot --headless --fixed-fps 90 --path .
## --script res://tests/godot/scenes/bench_vr_locomotion.gd -- [arenas] [ticks]`.


func _init() -> void:
	scene_path = "res://scenes/features/vr_locomotion_test.tscn"
	action_repeat = 8


func _time_parts() -> void:
	var controller: VRLocomotionController = _controllers[0]
	var player: VRPlayer = controller.player
	var delta: float = 1.0 / 90.0
	_time("move_and_slide", player.move_and_slide)
	_time("locomotion.step", player.locomotion.step.bind(delta))
	_time("comfort.step", player.comfort.step.bind(player.velocity, delta))
	_time("reward", controller._reward_tick.bind(delta))
	_time("observation", controller.get_obs)
	_time("begin_episode", controller.begin_episode.bind(7))
