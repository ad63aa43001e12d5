extends "res://addons/godot_rl/http/api/calls.gd"
## Calls that look at the engine: health, status, performance, a screenshot.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLSettings := preload("res://addons/godot_rl/session/settings.gd")

## Frames for which a picture is waited for.
const MAX_FRAMES: int = 120
const MEBIBYTE: float = 1048576.0


## See RLHttpCalls.
func table() -> Dictionary[String, Callable]:
	return {
		"getHealth": _health,
		"getStatus": _status,
		"getPerformanceMetrics": _metrics,
		"getScreenshot": _screenshot,
	}


func _health(_request: RLHttpRequest, _body: Dictionary, answer: RLHttpAnswer) -> void:
	answer.tell({"status": "ok", "uptime_s": Time.get_ticks_msec() / 1000.0})


func _status(_request: RLHttpRequest, _body: Dictionary, answer: RLHttpAnswer) -> void:
	var session: RLSession = service.session()
	var scene: Node = tree().current_scene
	var told: Dictionary = {
		"engine": Engine.get_version_info()["string"],
		"addon_version": RLSettings.ADDON_VERSION,
		"headless": is_headless(),
		"scene_path": scene.scene_file_path if scene != null else "",
		"driver": service.driver(),
		"is_running": session != null and session.is_running,
		"paused": is_paused(),
		"holds_tree": service.holds_tree(),
		"agents": agents().size(),
		"arenas": arena_count(session),
		"tick": service.tick(),
		"action_repeat": service.sync.settings_now().action_repeat,
		"physics_ticks_per_second": Engine.physics_ticks_per_second,
		"fps": Engine.get_frames_per_second(),
		"memory_mb": OS.get_static_memory_usage() / MEBIBYTE,
		"clients": service.client_count(),
	}
	answer.tell(told)


## Whether there is no window.
static func is_headless() -> bool:
	return DisplayServer.get_name() == "headless"


## Whether the world moves only when the API lets it.
func is_paused() -> bool:
	if service.driver() == "http":
		return not service.pipe.is_free
	return service.gate.is_shut


static func arena_count(session: RLSession) -> int:
	return session.roster.arenas.size() if session != null else 0


func _metrics(_request: RLHttpRequest, _body: Dictionary, answer: RLHttpAnswer) -> void:
	answer.tell(RLPerformanceMonitor.current().get_statistics())


# The picture of the next frame that is drawn: it shows what was done before.
func _screenshot(_request: RLHttpRequest, _body: Dictionary, answer: RLHttpAnswer) -> void:
	if is_headless():
		answer.refuse(
			409, "headless", "a headless engine draws nothing: start it with a window or under Xvfb"
		)
		return
	var frames: Array[int] = [0]
	service.jobs.append(
		func() -> bool:
			frames[0] += 1
			if frames[0] == 1:
				return false  # this frame is drawn behind the call
			_take_picture(answer, frames[0] > MAX_FRAMES)
			return answer.is_ready()
	)
	service.expect(answer)


func _take_picture(answer: RLHttpAnswer, is_last: bool) -> void:
	var image: Image = tree().root.get_texture().get_image()
	if image != null and not image.is_empty():
		answer.give(image.save_png_to_buffer(), "image/png")
	elif is_last:
		answer.refuse(503, "timeout", "the window draws nothing")
