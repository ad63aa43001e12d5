@tool
extends RefCounted
## Turns what a SubViewport shows into the bytes of an observation. Shared by the 2D and 3D cameras.
##
## Held by one camera sensor. It draws the viewport when it is read (or takes the last frame drawn)
## and never decides what is in the picture. Without a screen it reports one error line and gives
## nothing: an image of zeros would let a run go on that learns from nothing.

const RLLog := preload("res://addons/godot_rl/logger.gd")
const NO_SCREEN: String = (
	"no screen to draw on, so this camera sensor has no image: run with a window (without --headless;"
	+ " when training with one engine, --viz), or install Xvfb (python -m rl_training.engine install"
	+ ' --with-xvfb) and draw on its virtual screen (screen="virtual" when training)'
)

## Width and height of the image that is given out, pixels.
var sent_size: Vector2i = Vector2i(36, 36)
## 3 for RGB, 4 for RGBA.
var channels: int = 3
## Whether bytes come plane by plane (C, H, W) instead of pixel by pixel (H, W, C).
var channels_first: bool = true
## Whether a read draws the viewport anew.
var draw_on_read: bool = true

var _viewport: SubViewport
var _reported: bool = false


func _init(viewport: SubViewport) -> void:
	_viewport = viewport


## The image as it is sent: [member sent_size], RGB8 or RGBA8; null without a renderer.
func read_image() -> Image:
	if DisplayServer.get_name() == "headless":
		_report_once()
		return null
	if draw_on_read:
		_draw_now()
	var image: Image = _viewport.get_texture().get_image()
	if image == null or image.is_empty():
		# No frame was drawn yet.
		_draw_now()
		image = _viewport.get_texture().get_image()
	if image == null or image.is_empty():
		_report_once()
		return null
	image.convert(Image.FORMAT_RGBA8 if channels == 4 else Image.FORMAT_RGB8)
	if image.get_size() != sent_size:
		image.resize(sent_size.x, sent_size.y, Image.INTERPOLATE_NEAREST)
	return image


## The bytes of [param image]; none for null.
func bytes_of(image: Image) -> PackedByteArray:
	if image == null:
		return PackedByteArray()
	var pixels: PackedByteArray = image.get_data()
	return _planes_of(pixels) if channels_first else pixels


# Taken apart natively: with the bytes shifted by k, the red of every pixel is channel k.
func _planes_of(pixels: PackedByteArray) -> PackedByteArray:
	var format: Image.Format = Image.FORMAT_RGBA8 if channels == 4 else Image.FORMAT_RGB8
	var planes: PackedByteArray = []
	for channel: int in channels:
		var shifted: PackedByteArray = pixels.slice(channel)
		shifted.resize(pixels.size())
		var plane: Image = Image.create_from_data(sent_size.x, sent_size.y, false, format, shifted)
		plane.convert(Image.FORMAT_R8)
		planes.append_array(plane.get_data())
	return planes


# Draws this viewport alone: the main view, which costs most, is left out of the forced draw.
func _draw_now() -> void:
	var main_view: RID = _viewport.get_tree().root.get_viewport_rid()
	var mode: RenderingServer.ViewportUpdateMode = RenderingServer.viewport_get_update_mode(
		main_view
	)
	RenderingServer.viewport_set_update_mode(main_view, RenderingServer.VIEWPORT_UPDATE_DISABLED)
	var update_mode: SubViewport.UpdateMode = _viewport.render_target_update_mode
	_viewport.render_target_update_mode = SubViewport.UPDATE_ONCE
	RenderingServer.force_draw(false)
	if update_mode == SubViewport.UPDATE_ALWAYS:
		_viewport.render_target_update_mode = update_mode
	RenderingServer.viewport_set_update_mode(main_view, mode)


func _report_once() -> void:
	if not _reported:
		_reported = true
		RLLog.error("%s: %s" % [_viewport.get_parent().get_path(), NO_SCREEN])
