extends Node
## Makes the life of the game: scenes change, are reloaded, enemies come and go, in every way that games
## use. It is told what to do by words of the game's own, `mode=onnx`, and prints one line of JSON.

const ENEMY: PackedScene = preload("res://enemy.tscn")
const LEVELS: PackedStringArray = ["res://level.tscn", "res://other_level.tscn"]

var mode: int = AIController3D.ControlModes.ONNX_INFERENCE
var model: String = "res://policy.onnx"
var ticks: int = 0
## Ticks after which the game quits by itself; 0: never.
var limit: int = 3000
## Milliseconds after which it quits; 0: never.
var until_ms: int = 0
var faults: bool = false
## In a run: what to do there.
var plot: String = "life"
var scene_changes: int = 0
var spawned: int = 0
var idle: Array[String] = []
var kept: Array[Node] = []
var errors: Array[String] = []
var mutations: int = 0
var objects: Array[float] = []
var random: RandomNumberGenerator = RandomNumberGenerator.new()
var watcher: Watcher = Watcher.new()


class Watcher:
	extends Logger
	var lines: Array[String] = []
	var mutex: Mutex = Mutex.new()

	func _log_error(
		function: String,
		file: String,
		line: int,
		code: String,
		rationale: String,
		_editor_notify: bool,
		error_type: int,
		_backtraces: Array[ScriptBacktrace]
	) -> void:
		if error_type == Logger.ERROR_TYPE_WARNING:
			return
		mutex.lock()
		lines.append("%s (%s:%d %s)" % [rationale if rationale else code, file, line, function])
		mutex.unlock()


# Before the first scene is in the tree, which is before _ready().
func _init() -> void:
	process_mode = Node.PROCESS_MODE_ALWAYS
	random.seed = 5
	OS.add_logger(watcher)
	for word: String in OS.get_cmdline_user_args() + OS.get_cmdline_args():
		var parts: PackedStringArray = word.split("=")
		match parts[0]:
			"mode":
				mode = {"human": 1, "remote": 2, "onnx": 3}[parts[1]]
			"model":
				model = parts[1]
			"ticks":
				limit = parts[1].to_int()
			"faults":
				faults = true
			"seconds":
				limit = 1 << 60
				until_ms = int(parts[1].to_float() * 1000.0)
			"plot":
				plot = parts[1]


func _physics_process(_delta: float) -> void:
	ticks += 1
	if plot == "menu":
		if ticks == 30:
			get_tree().change_scene_to_file(LEVELS[0])
	elif plot == "gone":
		if ticks == 30:
			get_tree().current_scene.get_node("Player").queue_free()
	elif plot == "reload":
		if ticks % 50 == 0:
			get_tree().reload_current_scene()
	elif plot == "life":
		_live()
	_look()
	if (limit > 0 and ticks >= limit) or (until_ms > 0 and Time.get_ticks_msec() > until_ms):
		_end()


func _live() -> void:
	if ticks == 30 or ticks % 250 == 0:
		scene_changes += 1
		if scene_changes % 3 == 0:
			get_tree().reload_current_scene()
		elif scene_changes % 7 == 0:
			get_tree().change_scene_to_packed(load("res://menu.tscn"))
		else:
			get_tree().change_scene_to_file(LEVELS[scene_changes % 2])
		return
	var scene: Node = get_tree().current_scene
	if scene == null:
		return
	if ticks % 11 == 0:
		_spawn(scene)
	if ticks % 13 == 0:
		_end_one(scene)
	if ticks % 97 == 0:
		for enemy: Node in scene.get_children():
			if enemy.name.begins_with("Enemy") and random.randf() < 0.3:
				enemy.reparent(get_tree().root.get_node("Director"))
				enemy.reparent(scene)
	if ticks % 400 == 200:
		objects.append(Performance.get_monitor(Performance.OBJECT_COUNT))


func _spawn(scene: Node) -> void:
	if not kept.is_empty() and random.randf() < 0.5:
		scene.add_child(kept.pop_back())  # as pools do
		return
	var enemy: Node = ENEMY.instantiate()
	enemy.name = "Enemy%d" % spawned
	scene.add_child(enemy)
	spawned += 1


func _end_one(scene: Node) -> void:
	for enemy: Node in scene.get_children():
		if not enemy.name.begins_with("Enemy") or enemy.is_queued_for_deletion():
			continue
		match random.randi() % 4:
			0:
				enemy.queue_free()
			1:
				enemy.free()
			2:
				scene.remove_child(enemy)
				kept.append(enemy)
			3:
				enemy.get_child(0).terminated = true
				enemy.queue_free()
		return


# An action may end another agent, or the scene.
func on_action(controller: Node) -> void:
	if plot != "life" or random.randf() > 0.01:
		return
	var scene: Node = get_tree().current_scene
	if scene == null:
		return
	for enemy: Node in scene.get_children():
		if enemy.name.begins_with("Enemy") and not enemy.is_ancestor_of(controller):
			enemy.free()
			return


# Every agent that has lived for a while acts.
func _look() -> void:
	for controller: Node in get_tree().get_nodes_in_group("AGENT"):
		if controller.lived != 40:
			continue
		var acts: bool = controller.acted > 0 or faults
		if mode != AIController3D.ControlModes.ONNX_INFERENCE:
			acts = controller.heuristic == "human"
		if not acts and idle.size() < 10:
			idle.append("%s at tick %d" % [controller.get_path(), ticks])


func spoil(what: String, value):
	if not faults or random.randf() > 0.2:
		return value
	mutations += 1
	var worst: Array = [null, NAN, INF, -INF, "text", [], {}, [NAN, 0.0, 0.0], {"obs": null}]
	worst += [{"obs": [NAN, 0.0, 1.0]}, {"obs": [INF, 0.0, 1.0]}, {"obs": [1.0]}, {"other": [1.0]}]
	worst += [{"obs": range(50)}, {"obs": "text"}, {"obs": 3.0}, {"obs": [null, null, null]}]
	worst += [[false, false], [true], range(50), {"is_success": NAN}, 1e300, Vector3.ONE]
	worst += [PackedFloat32Array([NAN, NAN, NAN]), {"obs": PackedFloat32Array([0.0, NAN, 0.0])}]
	return worst[random.randi() % worst.size()]


func _end() -> void:
	for node: Node in kept:
		node.free()
	var told: Dictionary = {
		"ticks": ticks,
		"scene_changes": scene_changes,
		"spawned": spawned,
		"idle": idle,
		"errors": watcher.lines,
		"mutations": mutations,
		"bad_actions": load("res://walker_controller.gd").bad_actions,
		"objects": objects,
		"first_random": randi(),
	}
	print("LIFE " + JSON.stringify(told))
	get_tree().quit(0)
