extends CanvasLayer
## The screen: the player from behind, or its own eyes while a person plays, and a card that tells
## what the tester has walked and found. UIView makes one; a headset that is worn leaves it out.

const UIJournal := preload("res://addons/godot_rl/ui_testing/ui_journal.gd")

## Where a spectator stands and looks, relative to the player, m.
const BEHIND: Vector3 = Vector3(0.42, 1.72, 0.42)
const LOOKED_AT: Vector3 = Vector3(0.22, 1.36, -1.9)
const CARD: Rect2 = Rect2(24.0, 24.0, 330.0, 0.0)

var _view: UIView
var _camera: Camera3D = Camera3D.new()
var _text: RichTextLabel = RichTextLabel.new()


func _init(view: UIView) -> void:
	_view = view
	name = "Screen"


func _ready() -> void:
	_camera.fov = 65.0
	_camera.near = 0.05
	add_child(_camera)
	var card: PanelContainer = PanelContainer.new()
	card.position = CARD.position
	card.custom_minimum_size = Vector2(CARD.size.x, 0.0)
	var style: StyleBoxFlat = UIMenuTheme.box(
		Color(0.04, 0.05, 0.09, 0.82), UIMenuTheme.EDGE, 2, 14
	)
	style.content_margin_top = 14.0
	style.content_margin_bottom = 14.0
	card.add_theme_stylebox_override("panel", style)
	_text.bbcode_enabled = true
	_text.fit_content = true
	_text.scroll_active = false
	_text.add_theme_font_size_override("normal_font_size", 17)
	_text.add_theme_font_size_override("bold_font_size", 18)
	card.add_child(_text)
	add_child(card)
	_view.player.headset.worn.connect(_on_worn)


func _process(_delta: float) -> void:
	if not _view.player.headset.is_simulating:
		return
	var here: Transform3D = _view.player.global_transform
	_camera.make_current()
	if _view.controller.heuristic == "human":
		_camera.global_transform = here * Transform3D(Basis.IDENTITY, Vector3(0.0, 1.6, 0.1))
	else:
		var side: Vector3 = Vector3(signf(_view.stage.quick_panel.position.x), 1.0, 1.0)
		_camera.look_at_from_position(here * (BEHIND * side), here * (LOOKED_AT * side))
	_text.text = _tell()


func _tell() -> String:
	var counts: Dictionary[String, float] = _view.controller.tester.count()
	var lines: PackedStringArray = [
		"[b]Tester's journal[/b]",
		(
			"pages %d    elements %d    kept %d"
			% [counts["pages"], counts["elements"], counts["sequences"]]
		),
		"",
	]
	var journal: UIJournal = _view.controller.tester.journals[0]
	for page: String in journal.pages:
		lines.append(_tell_page(journal, page))
	for message: String in _view.controller.found:
		lines.append("[color=#ff7a6e]! %s[/color]" % message)
	return "\n".join(lines)


func _tell_page(journal: UIJournal, page: String) -> String:
	var done: int = 0
	var all: int = 0
	for record: RefCounted in journal.pages[page].values():
		all += 1
		done += int(record.call("is_done") as bool)
	var colour: String = "#7ee0b0" if done == all else "#c9d4ea"
	var mark: String = "> " if page == journal.page else "   "
	var indent: String = "   ".repeat(journal.depths.get(page, 0))
	return "[color=%s]%s%s%s  %d/%d[/color]" % [colour, mark, indent, page.get_file(), done, all]


func _on_worn(is_on: bool) -> void:
	visible = not is_on
	_camera.current = not is_on
