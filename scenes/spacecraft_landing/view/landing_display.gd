extends CanvasLayer
## The display beside the picture: altitude, speeds, distance, fuel, thrust, attitude, the outcome,
## and a chart of the way down. LandingView makes it.

const Chart := preload("res://scenes/spacecraft_landing/view/descent_chart.gd")
const Horizon := preload("res://scenes/spacecraft_landing/view/attitude_ball.gd")
const Parts := preload("res://scenes/shared/display_parts.gd")
const MARGIN: int = 16
const PANEL: Color = Color(0.07, 0.05, 0.05, 0.76)
const DIM: Color = Color(0.78, 0.72, 0.66)
const GOOD: Color = Color(0.42, 0.86, 0.52)
const FAIR: Color = Color(0.98, 0.78, 0.25)
const BAD: Color = Color(0.96, 0.36, 0.28)
const HELP: String = "Space main engine   W A S D sideways   arrow keys pitch and roll"
const OUTCOMES: Dictionary[String, String] = {
	"": "In flight",
	"soft": "Soft touchdown",
	"hard": "Hard touchdown",
	"crash": "Crash",
	"lost": "Lost",
	"time_out": "Out of time",
}

var _view: LandingView
var _title: Label = Parts.label(26, Color.WHITE)
var _values: Dictionary[String, Label] = {}
var _fuel: ProgressBar = Parts.bar(FAIR, 9.0)
var _thrust: ProgressBar = Parts.bar(Color(1.0, 0.5, 0.2), 9.0)
var _help: Label = Parts.label(16, DIM)


func _init(view: LandingView) -> void:
	_view = view


func _ready() -> void:
	var screen: Control = Control.new()
	screen.mouse_filter = Control.MOUSE_FILTER_IGNORE
	screen.set_anchors_preset(Control.PRESET_FULL_RECT)
	add_child(screen)
	var column: VBoxContainer = VBoxContainer.new()
	column.add_theme_constant_override("separation", 10)
	column.add_child(Parts.in_box(_make_numbers(), PANEL, 12.0))
	column.add_child(Parts.in_box(_make_bars(), PANEL, 12.0))
	column.add_child(Parts.in_box(Horizon.new(_view.lander), PANEL, 12.0))
	column.add_child(Parts.in_box(Chart.new(_view), PANEL, 12.0))
	screen.add_child(column)
	column.set_anchors_and_offsets_preset(
		Control.PRESET_TOP_RIGHT, Control.PRESET_MODE_MINSIZE, MARGIN
	)
	_help.text = HELP
	screen.add_child(_help)
	_help.set_anchors_and_offsets_preset(
		Control.PRESET_BOTTOM_LEFT, Control.PRESET_MODE_MINSIZE, MARGIN
	)


func _process(_delta: float) -> void:
	var judge: LandingJudge = _view.controller.judge
	var lander: Lander = _view.lander
	var offset: Vector3 = judge.offset()
	var speed: Vector3 = lander.velocity
	_title.text = "On foot" if _view.walk.is_on else OUTCOMES[judge.outcome]
	_title.modulate = _colour_of(judge.outcome)
	_tell("altitude", "%.0f m" if offset.y > 50.0 else "%.1f m", maxf(offset.y, 0.0))
	_tell("descent", "%.1f m/s", -speed.y)
	_tell("sideways", "%.1f m/s", Vector2(speed.x, speed.z).length())
	_tell("beside pad", "%.1f m", Vector2(offset.x, offset.z).length())
	_fuel.value = lander.fuel / Lander.TANK
	_tell("fuel", "%.0f kg", lander.fuel)
	var burns: bool = not lander.is_over and lander.fuel > 0.0
	_thrust.value = lander.thrust.length() if burns else 0.0
	_help.visible = _view.controller.heuristic == "human"


func _tell(name: String, format: String, value: float) -> void:
	_values[name].text = format % value


func _colour_of(outcome: String) -> Color:
	match outcome:
		"":
			return Color.WHITE
		"soft":
			return GOOD
		"hard":
			return FAIR
	return BAD


func _make_numbers() -> VBoxContainer:
	var rows: VBoxContainer = VBoxContainer.new()
	rows.add_child(_title)
	for name: String in ["altitude", "descent", "sideways", "beside pad"]:
		rows.add_child(_make_row(name))
	return rows


func _make_bars() -> VBoxContainer:
	var rows: VBoxContainer = VBoxContainer.new()
	rows.add_child(_make_row("fuel"))
	rows.add_child(_fuel)
	var caption: Label = Parts.label(16, DIM)
	caption.text = "thrust"
	rows.add_child(caption)
	rows.add_child(_thrust)
	return rows


func _make_row(name: String) -> HBoxContainer:
	var row: HBoxContainer = HBoxContainer.new()
	var caption: Label = Parts.label(16, DIM)
	caption.text = name
	caption.custom_minimum_size.x = 110.0
	row.add_child(caption)
	var value: Label = Parts.label(20, Color.WHITE)
	value.custom_minimum_size.x = 110.0
	value.horizontal_alignment = HORIZONTAL_ALIGNMENT_RIGHT
	row.add_child(value)
	_values[name] = value
	return row
