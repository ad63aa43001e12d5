extends SceneTree
## What a watched arena costs its engine: [code]godot --headless --fixed-fps 120 --path . --script
## res://tests/godot/watch/bench_watch.gd -- --rl.random_policy=100000000 --rl.arenas=4
## --rl.agent_wait=60[/code]
##
## car_ball plays at random. Segments of ticks alternate between nobody who watches and one arena
## whose poses are told, as often as a run tells them (by the clock). It prints the median of the
## pairs' ratios of ticks a second, and the microseconds of one telling, from which the share of a
## second follows. It checks nothing.

const RLLiveView := preload("res://addons/godot_rl/monitor/live_view.gd")
const RLPoseStream := preload("res://addons/godot_rl/monitor/pose_stream.gd")
const SCENE: String = "res://scenes/car_ball/car_ball.tscn"
const PAIRS: int = 20
const TICKS: int = 160
const REPEAT: int = 8

var _folder: String = OS.get_temp_dir().path_join("rl_bench_watch")


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	change_scene_to_file(SCENE)
	for tick: int in 240:
		await physics_frame
	DirAccess.make_dir_recursive_absolute(_folder)
	var roster: RefCounted = root.get_node("GodotRLAgentsSync").call("get_session").get("roster")
	print("%d agents" % (roster.get("agents") as Array).size())
	var ratios: PackedFloat64Array = []
	var rates: PackedFloat64Array = []
	for pair: int in PAIRS:
		var rate: PackedFloat64Array = [0.0, 0.0]
		for kind: int in [0, 1] if pair % 2 == 0 else [1, 0]:
			_wish(kind == 1)
			var view: RLLiveView = RLLiveView.new(_folder, roster, 0)
			var began: int = Time.get_ticks_usec()
			for tick: int in TICKS:
				await physics_frame
				if tick % REPEAT == 0:
					view.look()
			rate[kind] = TICKS * 1e6 / (Time.get_ticks_usec() - began)
		ratios.append(rate[1] / rate[0])
		rates.append(rate[0])
	ratios.sort()
	rates.sort()
	print(
		(
			"watched / not: median %.3f, quartiles %.3f to %.3f, of %d pairs; %.0f ticks/s"
			% [ratios[PAIRS / 2], ratios[PAIRS / 4], ratios[PAIRS * 3 / 4], PAIRS, rates[PAIRS / 2]]
		)
	)
	await _time_telling(roster, rates[PAIRS / 2])
	quit()


func _time_telling(roster: RefCounted, rate: float) -> void:
	var stream: RLPoseStream = RLPoseStream.new(_folder.path_join("poses_0.jsonl"), roster, 0, 0)
	var times: PackedFloat64Array = []
	for i: int in 200:
		for tick: int in REPEAT:
			await physics_frame
		var began: int = Time.get_ticks_usec()
		stream.tell()
		times.append(Time.get_ticks_usec() - began)
	times.sort()
	var most: float = 1000.0 / RLLiveView.POSE_MS
	var often: float = minf(rate / REPEAT, most)
	print(
		(
			"a telling takes %.0f us (median): %.2f %% of a second at %.0f/s, %.2f %% at the most, %.0f/s"
			% [times[100], times[100] * often / 1e4, often, times[100] * most / 1e4, most]
		)
	)


func _wish(is_watched: bool) -> void:
	var file: FileAccess = FileAccess.open(_folder.path_join("wanted_x.json"), FileAccess.WRITE)
	var until: float = Time.get_unix_time_from_system() + (600.0 if is_watched else -1.0)
	file.store_string(JSON.stringify({"poses": [0], "until": until}))
