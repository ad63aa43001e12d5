extends SceneTree
## Saves pictures of the UI interaction scene: started by make_ui_pictures.py, with the folder and
## seed:decisions:lighting:name of each picture as arguments.
##
## The scripted tester of the tests plays so many decisions of the seed's episode, then the lighting
## is set and the window is saved as NAME.png. It is not a test.

const SETTLE_FRAMES: int = 4


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	await process_frame
	root.get_node("GodotRLAgentsSync").process_mode = Node.PROCESS_MODE_DISABLED
	var arguments: PackedStringArray = OS.get_cmdline_user_args()
	for wanted: String in arguments.slice(1):
		var parts: PackedStringArray = wanted.split(":")
		var player: UITestCase = UITestCase.new()
		root.add_child(player)
		player.build(parts[0].to_int())
		for decision: int in parts[1].to_int():
			await player.step_tester()
		player.stage.settings.write("lighting", parts[2].to_int())
		player.stage.settings.write("brightness", 0.5)
		player.stage.settings.write("shadows", 1.0)
		player.player.frozen = true
		for frame: int in SETTLE_FRAMES:
			await process_frame
		var picture: Image = root.get_texture().get_image()
		picture.save_png(arguments[0].path_join(parts[3] + ".png"))
		player.free()
		await process_frame
	quit()
