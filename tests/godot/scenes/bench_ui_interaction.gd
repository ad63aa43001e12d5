extends "res://tests/godot/scenes/scenario_bench.gd"
## Cost of one decision of the UI interaction scene: `godot --headless --fixed-fps 90 --path .
## --script res://tests/godot/scenes/bench_ui_interaction.gd -- [arenas] [decisions]`.

const CALLS: int = 30


func _init() -> void:
	scene_path = "res://scenes/ui_interaction/ui_interaction.tscn"
	arenas = 32
	warm_up = 20 * action_repeat
	segments = 10


func _run() -> void:
	await process_frame
	root.get_node("GodotRLAgentsSync").process_mode = Node.PROCESS_MODE_DISABLED
	await super()


# Decisions on the command line; whole ones are timed.
func _argument(place: int, otherwise: int) -> int:
	if place != 1:
		return super(place, otherwise)
	return ceili(super(place, 200) / float(segments)) * segments * action_repeat


func _tell(median: float, least: float) -> void:
	print(
		(
			"%d arenas: median %.0f, least %.0f us a decision of one agent (%d ticks)"
			% [arenas, median * action_repeat, least * action_repeat, action_repeat]
		)
	)


func _draw(_controller: AIController3D) -> Dictionary:
	var turn: Array[float] = [_rng.randf_range(-0.6, 0.6), _rng.randf_range(-0.6, 0.6)]
	var trigger: int = _rng.randi_range(0, 1)
	return {"point": turn, "trigger": trigger, "grip": _rng.randi_range(0, 1)}


func _time_parts() -> void:
	var controller: UIInteractionController = _controllers[0]
	_time("pointer.move", controller.player.right_pointer.move, CALLS)
	_time("tester.look", controller.tester.look, CALLS)
	_time("observation.collect", controller.observation.collect, CALLS)
	_time("get_obs", controller.get_obs, CALLS)
	_time("begin_episode", controller.begin_episode.bind(7), CALLS)
