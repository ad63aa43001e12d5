extends CanvasLayer
## The score, the clock, each car's boost, and a word after a goal. CarBallView makes it.

const Parts := preload("res://scenes/shared/display_parts.gd")
const PANEL: Color = Color(0.03, 0.04, 0.08, 0.78)
const BOOST: Color = Color(1.0, 0.76, 0.15)
const WORD_SECONDS: float = 1.6

var _view: CarBallView
var _goals: Array[Label] = []
var _clock: Label
var _boosts: Array[ProgressBar] = []
var _word: Label
var _word_left: float = 0.0


func _init(view: CarBallView) -> void:
	_view = view
	_view.arena.scored.connect(_on_scored)


func _ready() -> void:
	_add_score()
	_add_boosts()
	_word = Parts.label(64, Color.WHITE)
	_word.add_theme_color_override("font_outline_color", Color(0.0, 0.0, 0.0, 0.8))
	_word.add_theme_constant_override("outline_size", 14)
	_word.set_anchors_and_offsets_preset(
		Control.PRESET_CENTER_TOP, Control.PRESET_MODE_MINSIZE, 110
	)
	_word.grow_horizontal = Control.GROW_DIRECTION_BOTH
	add_child(_word)


func _process(delta: float) -> void:
	var arena: CarBall = _view.arena
	for team: int in 2:
		_goals[team].text = str(arena.goals[team])
	var left: int = maxi(ceili(arena.settings.match_seconds - arena.match_seconds), 0)
	_clock.text = "%d:%02d" % [left / 60, left % 60]
	for i: int in arena.cars.size():
		_boosts[i].value = arena.cars[i].boost / CarBody.BOOST_MOST
	_word_left -= delta
	_word.visible = _word_left > 0.0


func _add_score() -> void:
	var row: HBoxContainer = HBoxContainer.new()
	row.add_theme_constant_override("separation", 22)
	_clock = Parts.label(30, Color.WHITE, "5:00")
	for team: int in 2:
		var goals: Label = Parts.label(40, CarBallView.TEAM_COLOURS[team].lightened(0.35), "0")
		goals.custom_minimum_size.x = 44.0
		goals.horizontal_alignment = HORIZONTAL_ALIGNMENT_CENTER
		_goals.append(goals)
	for part: Label in [_goals[0], _clock, _goals[1]]:
		row.add_child(part)
	var panel: PanelContainer = Parts.in_box(row, PANEL, 12.0)
	panel.set_anchors_and_offsets_preset(Control.PRESET_CENTER_TOP, Control.PRESET_MODE_MINSIZE, 14)
	panel.grow_horizontal = Control.GROW_DIRECTION_BOTH
	add_child(panel)


func _add_boosts() -> void:
	var column: VBoxContainer = VBoxContainer.new()
	for car: CarBody in _view.arena.cars:
		var row: HBoxContainer = HBoxContainer.new()
		row.add_theme_constant_override("separation", 10)
		var name: Label = Parts.label(18, CarBallView.TEAM_COLOURS[car.team].lightened(0.35))
		name.text = car.name
		name.custom_minimum_size.x = 78.0
		var bar: ProgressBar = Parts.bar(BOOST, 12.0)
		bar.custom_minimum_size.x = 170.0
		bar.size_flags_vertical = Control.SIZE_SHRINK_CENTER
		row.add_child(name)
		row.add_child(bar)
		column.add_child(row)
		_boosts.append(bar)
	var panel: PanelContainer = Parts.in_box(column, PANEL, 12.0)
	panel.set_anchors_and_offsets_preset(
		Control.PRESET_BOTTOM_RIGHT, Control.PRESET_MODE_MINSIZE, 18
	)
	panel.grow_horizontal = Control.GROW_DIRECTION_BEGIN
	panel.grow_vertical = Control.GROW_DIRECTION_BEGIN
	add_child(panel)


func _on_scored(team: int) -> void:
	_word.text = "%s scores!" % CarBall.TEAM_NAMES[team].capitalize()
	_word.add_theme_color_override("font_color", CarBallView.TEAM_COLOURS[team].lightened(0.3))
	_word_left = WORD_SECONDS
