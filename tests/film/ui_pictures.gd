extends "res://tests/film/picture_taker.gd"
## Takes pictures of the UI interaction scene; make_ui_pictures.py starts it. What is wanted:
## SEED:PAGE.
##
## The scripted tester of the tests plays the seed's episode until it drags a slider of that page
## (or clicks there, where there is none); then the window is saved in each lighting, as 0.png to
## 3.png.

const SETTLE_FRAMES: int = 4
const MOST_DECISIONS: int = 600


func take(parts: PackedStringArray) -> void:
	await process_frame
	var player: UITestCase = UITestCase.new()
	root.add_child(player)
	player.build(parts[0].to_int())
	RenderingServer.render_loop_enabled = false
	var decisions: int = 0
	while decisions < MOST_DECISIONS and not _is_there(player, parts[1]):
		await player.step_tester()
		decisions += 1
	player.player.frozen = true
	RenderingServer.render_loop_enabled = true
	for lighting: int in UIMenuCatalogue.LIGHTINGS.size():
		player.stage.settings.write("lighting", lighting)
		player.stage.settings.write("brightness", 0.5)
		player.stage.settings.write("shadows", 1.0)
		for frame: int in SETTLE_FRAMES:
			await process_frame
		await save(str(lighting), 0)


func _is_there(player: UITestCase, page: String) -> bool:
	var is_on_page: bool = player.controller.get_cell().get_file() == page
	return is_on_page and player.player.right_pointer.is_pressing and player.is_dragging()
