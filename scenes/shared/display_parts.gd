extends RefCounted
## Parts of the displays beside a scene's picture: boxes, labels, bars; static functions only.

const EMPTY: Color = Color(1.0, 1.0, 1.0, 0.14)


## A box with round corners in [param colour] round [param content], with [param room] pixels inside
## its rim.
static func in_box(content: Control, colour: Color, room: float) -> PanelContainer:
	var box: StyleBoxFlat = StyleBoxFlat.new()
	box.bg_color = colour
	box.set_corner_radius_all(8)
	box.set_content_margin_all(room)
	var panel: PanelContainer = PanelContainer.new()
	panel.add_theme_stylebox_override("panel", box)
	panel.add_child(content)
	return panel


## A line of text, [param size] pixels high.
static func label(size: int, colour: Color, text: String = "") -> Label:
	var line: Label = Label.new()
	line.text = text
	line.add_theme_font_size_override("font_size", size)
	line.add_theme_color_override("font_color", colour)
	return line


## A bar that shows a share in [0, 1], [param height] pixels high.
static func bar(colour: Color, height: float) -> ProgressBar:
	var line: ProgressBar = ProgressBar.new()
	line.max_value = 1.0
	line.step = 0.001
	line.show_percentage = false
	line.custom_minimum_size.y = height
	for part: String in ["background", "fill"]:
		var box: StyleBoxFlat = StyleBoxFlat.new()
		box.bg_color = colour if part == "fill" else EMPTY
		box.set_corner_radius_all(4)
		line.add_theme_stylebox_override(part, box)
	return line
