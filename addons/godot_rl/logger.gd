extends RefCounted
## The addon's only way to print. Every line starts with "godot_rl:", which the Python side looks
## for when an engine fails.

const PREFIX: String = "godot_rl: "


## Prints one line of progress.
static func info(message: String) -> void:
	print(PREFIX + message)


## Reports something that works but is probably not meant.
static func warn(message: String) -> void:
	push_warning(PREFIX + message)


## Reports something that cannot go on: what was expected, what came, what to do.
static func error(message: String) -> void:
	push_error(PREFIX + message)
