extends SceneTree
## What looking at an agent costs, on and off: [code]godot --headless --fixed-fps 90 --path .
## --script res://tests/godot/monitor/bench_overlay.gd -- --rl.onnx_model=MODEL
## --rl.arenas=16[/code]
##
## The VR locomotion scene plays MODEL. Segments of ticks alternate between: no node of the monitor
## in the tree; the switch of the overlay, off; the overlay, on. It prints the median physics ticks
## a second of each and the ratio to the first, and the cost of the one comparison that every
## decision pays. It checks nothing: it is no test.

const RLOverlay := preload("res://addons/godot_rl/monitor/overlay.gd")
const RLOverlaySwitch := preload("res://addons/godot_rl/monitor/overlay_switch.gd")
const SCENE: String = "res://scenes/features/vr_locomotion_test.tscn"
const ROUNDS: int = 20
const TICKS: int = 200
const LABELS: PackedStringArray = ["nothing", "switch, off", "overlay, on"]

var watch: RefCounted


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	change_scene_to_file(SCENE)
	await _advance(400)
	var sync: Node = root.get_node("GodotRLAgentsSync")
	print("%d agents" % (sync.get_agents() as Array).size())
	for child: Node in sync.get_children():
		sync.remove_child(child)
		child.queue_free()
	var rates: Array[PackedFloat64Array] = [[], [], []]
	for round_number: int in ROUNDS:
		var kinds: Array[int] = [0, 1, 2]
		kinds.shuffle()
		for kind: int in kinds:
			var added: Node = _node_of(kind, sync)
			await _advance(20)
			var started: int = Time.get_ticks_usec()
			await _advance(TICKS)
			rates[kind].append(TICKS * 1e6 / (Time.get_ticks_usec() - started))
			if added != null:
				added.free()
	for kind: int in LABELS.size():
		rates[kind].sort()
		var median: float = rates[kind][ROUNDS >> 1]
		print("%-12s %8.0f ticks/s  %.3f" % [LABELS[kind], median, median / rates[0][ROUNDS >> 1]])
	_time_comparison()
	quit()


func _advance(ticks: int) -> void:
	for tick: int in ticks:
		await physics_frame


func _node_of(kind: int, sync: Node) -> Node:
	if kind == 0:
		return null
	var node: Node
	if kind == 1:
		node = RLOverlaySwitch.new()
	else:
		var overlay: RLOverlay = RLOverlay.new()
		overlay.sync = sync
		node = overlay
	sync.add_child(node)
	return node


func _time_comparison() -> void:
	var count: int = 1000000
	var seen: int = 0
	var started: int = Time.get_ticks_usec()
	for i: int in count:
		pass
	var empty: int = Time.get_ticks_usec() - started
	started = Time.get_ticks_usec()
	for i: int in count:
		if watch != null:
			seen += 1
	var cost: float = (Time.get_ticks_usec() - started - empty) * 1000.0 / count
	print("one comparison: %.0f ns" % cost)
