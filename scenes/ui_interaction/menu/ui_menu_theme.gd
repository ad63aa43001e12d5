class_name UIMenuTheme
extends RefCounted
## How the menu looks: colours, corners, letters. One Theme for all panels of a process.

const BACK: Color = Color(0.055, 0.075, 0.125, 0.97)
const EDGE: Color = Color(0.32, 0.47, 0.78)
const BUTTON: Color = Color(0.135, 0.185, 0.30)
const HOVER: Color = Color(0.20, 0.34, 0.62)
const PRESSED: Color = Color(0.10, 0.62, 0.66)
const DISABLED: Color = Color(0.10, 0.13, 0.20)
const TEXT: Color = Color(0.93, 0.96, 1.0)
const MUTED: Color = Color(0.66, 0.73, 0.86)
const ACCENT: Color = Color(0.22, 0.80, 0.80)

static var _shared: Theme


## The theme.
static func shared() -> Theme:
	if _shared == null:
		_shared = _make()
	return _shared


## A box with round corners.
static func box(fill: Color, edge: Color, width: int = 2, radius: int = 16) -> StyleBoxFlat:
	var style: StyleBoxFlat = StyleBoxFlat.new()
	style.bg_color = fill
	style.border_color = edge
	style.set_border_width_all(width)
	style.set_corner_radius_all(radius)
	style.content_margin_left = 22.0
	style.content_margin_right = 22.0
	return style


static func _make() -> Theme:
	var theme: Theme = Theme.new()
	theme.default_font_size = 32
	for type: String in ["Button", "CheckButton"]:
		theme.set_stylebox("normal", type, box(BUTTON, BUTTON.lightened(0.16)))
		theme.set_stylebox("hover", type, box(HOVER, ACCENT, 3))
		theme.set_stylebox("pressed", type, box(BUTTON, ACCENT, 2))
		theme.set_stylebox("hover_pressed", type, box(HOVER, ACCENT, 3))
		theme.set_stylebox("disabled", type, box(DISABLED, DISABLED))
		theme.set_stylebox("focus", type, StyleBoxEmpty.new())
		for colour: String in ["font_color", "font_hover_color", "font_pressed_color"]:
			theme.set_color(colour, type, TEXT)
		theme.set_color("font_hover_pressed_color", type, TEXT)
	theme.set_stylebox("pressed", "Button", box(PRESSED, ACCENT, 3))
	theme.set_color("font_color", "Label", TEXT)
	var groove: StyleBoxFlat = box(Color(0.17, 0.22, 0.34), Color(0.25, 0.32, 0.48), 2, 9)
	groove.content_margin_top = 9.0
	groove.content_margin_bottom = 9.0
	var filled: StyleBoxFlat = box(ACCENT.darkened(0.25), ACCENT, 0, 9)
	filled.content_margin_top = 9.0
	filled.content_margin_bottom = 9.0
	theme.set_stylebox("slider", "HSlider", groove)
	theme.set_stylebox("grabber_area", "HSlider", filled)
	theme.set_stylebox("grabber_area_highlight", "HSlider", filled)
	for icon: String in ["grabber", "grabber_highlight"]:
		theme.set_icon(icon, "HSlider", _make_knob(TEXT if icon == "grabber" else ACCENT))
	return theme


static func _make_knob(colour: Color) -> ImageTexture:
	var extent: int = 38
	var image: Image = Image.create(extent, extent, false, Image.FORMAT_RGBA8)
	var centre: Vector2 = Vector2.ONE * (extent - 1) / 2.0
	for x: int in extent:
		for y: int in extent:
			var inside: float = extent / 2.0 - 1.0 - Vector2(x, y).distance_to(centre)
			image.set_pixel(x, y, Color(colour, clampf(inside, 0.0, 1.0)))
	return ImageTexture.create_from_image(image)
