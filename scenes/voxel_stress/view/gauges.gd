extends CanvasLayer
## Gauges of `voxel_stress`: times against their budgets, chunks, memory, queue, findings, and a map
## of what is loaded. VoxelView makes it.

const Parts := preload("res://scenes/shared/display_parts.gd")
const RingMap := preload("res://scenes/voxel_stress/view/ring_map.gd")
const TimeChart := preload("res://scenes/voxel_stress/view/time_chart.gd")

const PANEL: Color = Color(0.06, 0.08, 0.12, 0.80)
const INK: Color = Color(0.90, 0.93, 0.97)
const FAINT: Color = Color(0.60, 0.66, 0.75)
const WARM: Color = Color(1.0, 0.62, 0.25)
const WIDTH: float = 300.0

var _view: VoxelView
var _chart: TimeChart
var _values: Dictionary[String, Label] = {}
var _found: Label


func _init(view: VoxelView) -> void:
	_view = view
	var column: VBoxContainer = VBoxContainer.new()
	column.custom_minimum_size.x = WIDTH
	column.add_theme_constant_override("separation", 5)
	var panel: PanelContainer = Parts.in_box(column, PANEL, 14.0)
	panel.position = Vector2(18.0, 18.0)
	add_child(panel)
	column.add_child(Parts.label(17, INK, "VOXEL STRESS"))
	_chart = TimeChart.new()
	column.add_child(_chart)
	for name: String in ["chunk made in", "active chunks", "columns waiting", "voxel memory"]:
		column.add_child(_row(name))
	for name: String in ["speed", "reward"]:
		column.add_child(_row(name))
	column.add_child(RingMap.new(view.terrain, view.walker))
	_found = Parts.label(13, WARM)
	_found.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	column.add_child(_found)
	_view.stress.ticked.connect(_chart.add)


func _process(_delta: float) -> void:
	var terrain: VoxelTerrain = _view.terrain
	var controller: VoxelStressController = _view.controller
	_values["chunk made in"].text = "%.2f ms" % controller.observation.mean_generation()
	_values["active chunks"].text = "%d" % terrain.chunk_count
	_values["columns waiting"].text = "%d" % terrain.loader.count()
	_values["voxel memory"].text = "%.1f MB" % (terrain.held_bytes / 1048576.0)
	var velocity: Vector3 = _view.walker.velocity
	_values["speed"].text = "%.1f m/s" % Vector2(velocity.x, velocity.z).length()
	var sum: float = 0.0
	for value: float in controller.rewards.sums.values():
		sum += value
	_values["reward"].text = "%.0f" % sum
	_found.text = "\n".join(controller.findings.told())


func _row(name: String) -> HBoxContainer:
	var row: HBoxContainer = HBoxContainer.new()
	var label: Label = Parts.label(13, FAINT, name)
	label.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	row.add_child(label)
	_values[name] = Parts.label(13, INK)
	row.add_child(_values[name])
	return row
