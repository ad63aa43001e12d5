@tool
@icon("res://addons/godot_rl/icons/camera_sensor_3d.svg")
class_name RGBCameraSensor3D
extends ISensor3D
## A camera whose picture is the observation: an RGB (or RGBA) image of its own SubViewport.
##
## Called by a controller in get_obs(): put [method get_camera_bytes] into the observation
## under a key that holds "2d", and [method get_camera_shape] into its space. It looks along its -Z
## axis into the World3D of its viewport, so each arena sees its own. It needs a renderer (a screen
## or Xvfb). Visual nodes moved by a script in the same tick are seen at their old place unless they
## had force_update_transform().
##
## Lens and clip distances are those of the node SubViewport/Camera of rgb_camera_sensor_3d.tscn,
## which is made with the same settings when the script stands on a bare node.

const RLCameraReader := preload("res://addons/godot_rl/sensors/camera_reader.gd")
const _STOCK_LEAST: int = 36

## Width and height of the rendered image in pixels, at least 1; at least 36 for SB3's CNN.
@export var render_image_resolution: Vector2i = Vector2i(36, 36):
	set(value):
		render_image_resolution = value
		_changed()
## How large the preview shows an image pixel. Has no effect on the observation.
@export var displayed_image_scale_factor: Vector2 = Vector2(8, 8)
## Whether to draw the image anew at each read, so that it is of this very moment and ticks without
## a read draw nothing. Off: the last frame the engine drew, as in the stock plugin.
@export var render_on_read: bool = true:
	set(value):
		render_on_read = value
		_changed()
## Whether the bytes come plane by plane, as [method get_camera_shape] says. Off: pixel by pixel, as
## the stock plugin sends them under the same shape; for models trained with that.
@export var channels_first: bool = true:
	set(value):
		channels_first = value
		_changed()
## Whether a fourth channel tells how opaque a pixel is (background 0).
@export var transparent_background: bool = false:
	set(value):
		transparent_background = value
		_changed()
@export_group("Downscale image options")
## Whether to shrink the rendered image (nearest pixel) before it is sent.
@export var downscale_image: bool = false:
	set(value):
		downscale_image = value
		_changed()
## Whether the preview shows the shrunk image instead of the rendered one.
@export var display_downscaled_image: bool = true
## Width and height of the sent image in pixels when [member downscale_image] is on.
@export var resized_image_resolution: Vector2i = Vector2i(36, 36):
	set(value):
		resized_image_resolution = value
		_changed()

## The viewport that is rendered.
var sub_viewport: SubViewport
## The camera in it; it follows the sensor.
var camera: Camera3D

var _reader: RLCameraReader


func _ready() -> void:
	super()
	if Engine.is_editor_hint():
		set_process(false)
		return
	_make_parts()
	_changed()


func _process(_delta: float) -> void:
	if _reader != null:
		_follow()


func configuration_problems() -> Array[String]:
	var problems: Array[String] = []
	for size: Vector2i in [render_image_resolution, resized_image_resolution]:
		if size.x < 1 or size.y < 1:
			problems.append("an image resolution is %s; both sides must be at least 1" % size)
	return problems


func _get_configuration_warnings() -> PackedStringArray:
	var warnings: PackedStringArray = super()
	var size: Vector2i = _sent_size()
	if Engine.is_editor_hint() and mini(size.x, size.y) < _STOCK_LEAST:
		warnings.append("SB3's default CNN needs images of 36 x 36 or more; this one is %s" % size)
	return warnings


## The image as hexadecimal digits of its bytes, two a byte, as godot-rl decodes it; "" where there
## is no screen.
func get_camera_pixel_encoding() -> String:
	return get_camera_bytes().hex_encode()


## The image as bytes in [0, 255]; [member channels_first] tells their order. Empty where there is
## no screen.
func get_camera_bytes() -> PackedByteArray:
	if _reader == null:
		RLLog.error("%s was read before it was ready; wait for its _ready()" % name)
		return PackedByteArray()
	_follow()
	var image: Image = _reader.read_image()
	_show(image)
	return _reader.bytes_of(image)


## The shape to declare for the image: [channels, height, width].
func get_camera_shape() -> Array:
	return Array(shape())


## The bytes scaled to [0, 1], for use in a flat observation; NAN where there is no screen. Slow
## beside the encoded form.
func get_observation() -> Array:
	return Array(get_packed_observation())


func write_observation(buffer: PackedFloat32Array, offset: int) -> int:
	var bytes: PackedByteArray = get_camera_bytes()
	for i: int in bytes.size():
		buffer[offset + i] = bytes[i] / 255.0
	var size: int = observation_size()
	for i: int in range(bytes.size(), size):
		buffer[offset + i] = NAN  # no screen: refused wherever observations are checked
	return size


func observation_size() -> int:
	var size: Vector2i = _sent_size()
	return _channels() * size.x * size.y


func observation_names() -> PackedStringArray:
	var size: Vector2i = _sent_size()
	var letters: PackedStringArray = ["r", "g", "b", "a"].slice(0, _channels())
	var names: PackedStringArray = []
	for k: int in observation_size():
		var pixel: int = k % (size.x * size.y) if channels_first else k / _channels()
		var channel: int = k / (size.x * size.y) if channels_first else k % _channels()
		var place: Array = [pixel / size.x, pixel % size.x, letters[channel]]
		names.append(RLSensorTools.prefix(self) + "pixel_%d_%d_%s" % place)
	return names


func shape() -> PackedInt32Array:
	var size: Vector2i = _sent_size()
	return PackedInt32Array([_channels(), size.y, size.x])


func _channels() -> int:
	return 4 if transparent_background else 3


func _sent_size() -> Vector2i:
	return resized_image_resolution if downscale_image else render_image_resolution


func _make_parts() -> void:
	sub_viewport = get_node_or_null(^"SubViewport") as SubViewport
	if sub_viewport == null:
		sub_viewport = SubViewport.new()
		sub_viewport.name = "SubViewport"
		add_child(sub_viewport)
	camera = sub_viewport.get_node_or_null(^"Camera") as Camera3D
	if camera == null:
		camera = Camera3D.new()
		camera.name = "Camera"
		camera.near = 0.5
		sub_viewport.add_child(camera)
	if sub_viewport.transparent_bg:
		transparent_background = true
	_reader = RLCameraReader.new(sub_viewport)


func _changed() -> void:
	if not is_node_ready():
		return
	update_configuration_warnings()
	if _reader == null:
		return
	sub_viewport.size = render_image_resolution.max(Vector2i.ONE)
	sub_viewport.transparent_bg = transparent_background
	sub_viewport.render_target_update_mode = (
		SubViewport.UPDATE_DISABLED if render_on_read else SubViewport.UPDATE_ALWAYS
	)
	set_process(not render_on_read)
	_reader.sent_size = _sent_size().max(Vector2i.ONE)
	_reader.channels = _channels()
	_reader.channels_first = channels_first
	_reader.draw_on_read = render_on_read


func _follow() -> void:
	camera.global_transform = global_transform
	camera.force_update_transform()


# Only the display changes here. The preview is the node Control/CameraTexture of the scene; it may
# be deleted or hidden.
func _show(image: Image) -> void:
	var preview: Sprite2D = get_node_or_null(^"Control/CameraTexture") as Sprite2D
	if preview == null or image == null or not preview.is_visible_in_tree():
		return
	preview.scale = displayed_image_scale_factor
	if not (downscale_image and display_downscaled_image):
		preview.texture = sub_viewport.get_texture()
	elif (
		preview.texture is ImageTexture and Vector2i(preview.texture.get_size()) == image.get_size()
	):
		(preview.texture as ImageTexture).update(image)
	else:
		preview.texture = ImageTexture.create_from_image(image)
