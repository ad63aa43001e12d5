extends Node
## Calls two functions at one place in the order of each physics tick and each process step.
##
## RLPerformanceMonitor puts three of them in the tree: just before Sync, just after it, and behind
## all other nodes. It runs while the game is paused too.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## The priority of Sync, round which the first two stand.
const SYNC: int = -1000000

var _in_tick: Callable
var _in_process: Callable


## [param priority]: as Node.process_priority; an empty Callable is not called.
func _init(priority: int, in_tick: Callable, in_process: Callable) -> void:
	process_mode = Node.PROCESS_MODE_ALWAYS
	process_priority = priority
	process_physics_priority = priority
	_in_tick = in_tick
	_in_process = in_process


func _ready() -> void:
	set_physics_process(_in_tick.is_valid())
	set_process(_in_process.is_valid())


func _process(_delta: float) -> void:
	_in_process.call()


func _physics_process(_delta: float) -> void:
	_in_tick.call()
