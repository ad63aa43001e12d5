extends RefCounted
## A picture of what the game's window shows, for a trainer that asks.
##
## Called by AIController2D and AIController3D. It draws at once, so that the picture shows what is
## observed now and not the last frame; it changes nothing in the game.

@warning_ignore_start("unsafe_method_access")

const RLGameWindow := preload("res://addons/godot_rl/agents/game_window.gd")


## Returns `width` and `height` in pixels, and `rgb`: rows of RGB bytes from the top left, deflated,
## in base64. {} where nothing draws (headless).
static func take(node: Node) -> Dictionary:
	if DisplayServer.get_name() == "headless":
		return {}
	# What moved in this tick is told to the renderer only after it.
	node.get_tree().root.propagate_call("force_update_transform")
	RLGameWindow.draw_once(node.get_tree())
	var image: Image = node.get_tree().root.get_texture().get_image()
	if image == null or image.is_empty():
		return {}
	image.convert(Image.FORMAT_RGB8)
	var bytes: PackedByteArray = image.get_data().compress(FileAccess.COMPRESSION_DEFLATE)
	return {
		"width": image.get_width(),
		"height": image.get_height(),
		"rgb": Marshalls.raw_to_base64(bytes),
	}
