extends "res://tests/godot/scenes/scenario_bench.gd"
## Cost of one agent-tick of the VR navigation scene: `godot --headless --fixed-fps 90 --path .
## --script res://tests/godot/scenes/bench_vr_navigation.gd -- [arenas] [ticks] [kind]`.

var _kind: int = _argument(2, 2)


func _init() -> void:
	scene_path = "res://scenes/vr_navigation/vr_navigation.tscn"


func _prepare(controller: AIController3D) -> void:
	(controller as VRNavigationController).course_kind = _kind


func _tell(median: float, least: float) -> void:
	printraw("kind %d, " % _kind)
	super(median, least)


func _time_parts() -> void:
	var controller: VRNavigationController = _controllers[0]
	var player: NavPlayer = controller.player
	var delta: float = 1.0 / 90.0
	_time("move_and_slide", player.move_and_slide)
	_time("locomotion.step", player.locomotion.step.bind(delta))
	_time("comfort.step", player.comfort.step.bind(player.velocity, 0.0, 1.0, delta * 3.0))
	_time("headset.sample_at", player.headset.sample_at.bind(1.0, 0.1))
	_time("distance_to_go", controller.course.distance_to_go.bind(player.global_position))
	_time("sampled", controller._on_sampled.bind(delta * 3.0))
	_time("rays", controller.observation.rays.get_packed_observation)
	_time("observation", controller.get_obs)
	_time("begin_episode", controller.begin_episode.bind(7))
