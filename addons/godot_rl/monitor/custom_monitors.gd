extends RefCounted
## Shows the performance monitor's numbers among Godot's own: Debugger > Monitors, group "rl".
##
## RLPerformanceMonitor makes one. The first look at one of them begins the measuring.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const GROUP: String = "rl/"
## The figures that are shown.
const NAMES: PackedStringArray = [
	"physics_frame_time_ms",
	"render_frame_time_ms",
	"active_chunks",
	"chunk_generation_average_ms",
	"chunk_generation_max_ms",
	"chunk_queue",
	"voxel_memory_mb",
	"object_count",
	"memory_mb",
	"warning_count",
]


## [param figures] gives all of them by name (RLPerformanceMonitor.get_figures).
func _init(figures: Callable) -> void:
	for name: String in NAMES:
		if not Performance.has_custom_monitor(GROUP + name):
			Performance.add_custom_monitor(GROUP + name, _value.bind(figures, name))


func remove() -> void:
	for name: String in NAMES:
		if Performance.has_custom_monitor(GROUP + name):
			Performance.remove_custom_monitor(GROUP + name)


static func _value(figures: Callable, name: String) -> float:
	if not figures.is_valid():
		return 0.0
	var all: Dictionary = figures.call()
	return all[name]
