extends GodotTestCase
## The window that nobody sees: left out of what is drawn, and drawn when a picture is asked for.

const RLGameWindow := preload("res://addons/godot_rl/agents/game_window.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")


func test_it_is_left_out_and_stays_so_after_a_picture() -> void:
	var window: RID = get_tree().root.get_viewport_rid()
	var before: RenderingServer.ViewportUpdateMode = RenderingServer.viewport_get_update_mode(
		window
	)
	RLGameWindow.leave_out(get_tree())
	check_equal(
		RenderingServer.viewport_get_update_mode(window),
		RenderingServer.VIEWPORT_UPDATE_DISABLED,
		"left out"
	)
	RLGameWindow.draw_once(get_tree())
	check_equal(
		RenderingServer.viewport_get_update_mode(window),
		RenderingServer.VIEWPORT_UPDATE_DISABLED,
		"after a picture"
	)
	RenderingServer.viewport_set_update_mode(window, before)


func test_it_is_drawn_unless_the_trainer_says_otherwise() -> void:
	check(RLLaunchOptions.parse(PackedStringArray()).draw_window, "drawn by default")
	var told: RLLaunchOptions = RLLaunchOptions.parse(PackedStringArray(["--rl.draw_window=0"]))
	check_equal(told.error, "")
	check(not told.draw_window, "--rl.draw_window=0")
