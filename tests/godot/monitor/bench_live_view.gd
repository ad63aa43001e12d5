extends SceneTree
## What the live view costs: [code]godot --headless --fixed-fps 90 --path .
## --script res://tests/godot/monitor/bench_live_view.gd -- --rl.onnx_model=MODEL
## --rl.episodes=1000000 --rl.arenas=16[/code]
##
## The VR locomotion scene plays MODEL. Segments of ticks alternate between: no live view; one that
## nobody watches; one of 1 and one of 4 arenas that are watched, as often as a run tells (by the
## clock). It prints the median physics ticks a second of each and the ratio to the first, and the
## microseconds of one look, from which the share of a second follows. It checks nothing.

const RLLiveView := preload("res://addons/godot_rl/monitor/live_view.gd")
const SCENE: String = "res://scenes/features/vr_locomotion_test.tscn"
const ROUNDS: int = 15
const TICKS: int = 300
const LABELS: PackedStringArray = ["nothing", "nobody watches", "1 arena", "4 arenas"]
const WATCHED: PackedInt32Array = [0, 0, 1, 4]

var _folder: String = OS.get_temp_dir().path_join("rl_bench_live_view")


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	change_scene_to_file(SCENE)
	for tick: int in 400:
		await physics_frame
	DirAccess.make_dir_recursive_absolute(_folder)
	var roster: RefCounted = root.get_node("GodotRLAgentsSync").call("get_session").get("roster")
	print("%d agents" % (roster.get("agents") as Array).size())
	var rates: Array[PackedFloat64Array] = [[], [], [], []]
	for round_number: int in ROUNDS:
		var kinds: Array[int] = [0, 1, 2, 3]
		kinds.shuffle()
		for kind: int in kinds:
			_wish(WATCHED[kind])
			var view: RLLiveView = RLLiveView.new(_folder, roster, 0) if kind > 0 else null
			var began: int = Time.get_ticks_usec()
			for tick: int in TICKS:
				await physics_frame
				if view != null:
					view.look()
			rates[kind].append(TICKS * 1e6 / (Time.get_ticks_usec() - began))
	for kind: int in LABELS.size():
		rates[kind].sort()
		var median: float = rates[kind][ROUNDS >> 1]
		print("%-15s %8.0f ticks/s  %.3f" % [LABELS[kind], median, median / rates[0][ROUNDS >> 1]])
	for kind: int in [1, 2, 3]:
		_time_look(roster, kind)
	quit()


func _time_look(roster: RefCounted, kind: int) -> void:
	_wish(WATCHED[kind])
	var view: RLLiveView = RLLiveView.new(_folder, roster, 0)
	view.look()
	var times: PackedFloat64Array = []
	for i: int in 200:
		if kind > 1:
			view.set("_next_ms", 0)
		var began: int = Time.get_ticks_usec()
		view.look()
		times.append(Time.get_ticks_usec() - began)
	times.sort()
	var share: float = times[100] * (1000.0 / RLLiveView.PICTURE_MS) / 1e4 if kind > 1 else 0.0
	print("%-15s a look takes %.1f us: %.2f %% of a second" % [LABELS[kind], times[100], share])


func _wish(arenas: int) -> void:
	var file: FileAccess = FileAccess.open(_folder.path_join("wanted.json"), FileAccess.WRITE)
	var until: float = Time.get_unix_time_from_system() + (600.0 if arenas > 0 else -1.0)
	file.store_string(JSON.stringify({"arenas": range(arenas), "until": until}))
