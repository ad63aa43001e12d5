extends RefCounted
## Says when a quantity goes over its limit: once, and again only after it was back below for a
## while.
##
## RLPerformanceMonitor asks it before it adds a warning. It holds no limit itself.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## Physics ticks for which a quantity has to be below its limit before it is told again.
const REST_TICKS: int = 90

# Kind of warning -> tick in which the quantity was over its limit last.
var _last_over: Dictionary[String, int] = {}


## Whether [param value] of [param kind] is over [param limit] and that is news. A limit of 0 or
## less is none.
func is_news(kind: String, value: float, limit: float, tick: int) -> bool:
	if value <= limit or limit <= 0.0:
		return false
	var was: int = _last_over.get(kind, -REST_TICKS - 1)
	_last_over[kind] = tick
	return tick - was > REST_TICKS


func clear() -> void:
	_last_over.clear()
