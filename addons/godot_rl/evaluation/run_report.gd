extends RefCounted
## Writes the JSON report of a run: an evaluation's or a measurement's. It knows nothing of what is
## in it.

const RLJsonText := preload("res://addons/godot_rl/wire/json_text.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")


## Writes [param report] to [param path], or to the log where that is empty. Returns what went
## wrong, or "".
static func write(report: Dictionary, path: String) -> String:
	var text: String = RLJsonText.of(report, "  ")
	if path.is_empty():
		RLLog.info("report: " + text)
		return ""
	var file: FileAccess = FileAccess.open(path, FileAccess.WRITE)
	if file == null or not file.store_string(text):
		return "the report %s cannot be written" % path
	RLLog.info("report: " + file.get_path_absolute())
	file.close()
	return ""
