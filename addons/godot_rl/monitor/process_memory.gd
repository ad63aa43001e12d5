extends RefCounted
## How much memory this process uses.
##
## RLPerformanceMonitor asks it. Debug builds count what the engine has taken; release builds do
## not, so there it is the whole process's resident memory, where the system tells (Linux).

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const MEBIBYTE: float = 1048576.0
const _PAGE: float = 4096.0


## In MB of 1,048,576 bytes; 0 where nothing tells.
static func used_mb() -> float:
	var counted: int = OS.get_static_memory_usage()
	if counted > 0:
		return counted / MEBIBYTE
	var file: FileAccess = FileAccess.open("/proc/self/statm", FileAccess.READ)
	if file == null:
		return 0.0
	var fields: PackedStringArray = file.get_line().split(" ")
	return fields[1].to_int() * _PAGE / MEBIBYTE if fields.size() > 1 else 0.0
