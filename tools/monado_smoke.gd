extends SceneTree
## Enters VR navigation over the OpenXR runtime that runs, looks, shakes a hand and leaves.
## monado_smoke.py starts it. Software draws slowly, so it waits for what it looks for.

const SCENE: String = "res://scenes/vr_navigation/vr_navigation.tscn"
const WAIT_MS: int = 90000

var _failed: PackedStringArray = []


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	root.get_node("GodotRLAgentsSync").process_mode = Node.PROCESS_MODE_DISABLED
	var scene: VRNavigation = (load(SCENE) as PackedScene).instantiate()
	root.add_child(scene)
	var controller: VRNavigationController = scene.get_node("Player/AIController3D")
	controller.set_heuristic("human")
	var player: NavPlayer = scene.player
	_check(not player.headset.is_simulating, "the headset is entered")
	await _wait(func() -> bool: return player.left_hand.get_is_active())
	_check(player.left_hand.get_is_active(), "the left hand follows the runtime")
	_check(player.right_hand.get_is_active(), "the right hand follows the runtime")
	_check(player.camera.position.y > 1.0, "the head is at %s" % player.camera.position)
	player.collided.emit(1)
	player.headset.take_off()
	_check(player.headset.is_simulating, "simulated hands are back")
	print("monado: %s" % ("all checks hold" if _failed.is_empty() else "FAILED"))
	# Leaving the tree at once makes the renderer hang; nothing is to be saved here.
	OS.kill(OS.get_process_id())


func _wait(condition: Callable) -> void:
	var end: int = Time.get_ticks_msec() + WAIT_MS
	while not condition.call() and Time.get_ticks_msec() < end:
		await process_frame


func _check(holds: bool, what: String) -> void:
	print("monado: %s  %s" % ["ok  " if holds else "FAIL", what])
	if not holds:
		_failed.append(what)
